"""What ends what imports keep of records and people."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """What ends what imports keep of records and people."""

    dependencies = [
        ("imports", "0001_imports"),
        ("connections", "0001_connections"),
        ("documents", "0005_destruction"),
        ("cases", "0002_holds"),
        ("personal_files", "0002_destruction"),
        ("results", "0002_results"),
        ("studies", "0001_studies"),
        ("representatives", "0001_representatives"),
        ("rewards", "0001_rewards"),
    ]
    operations = [RunSQL(SQL)]
