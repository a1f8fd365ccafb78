"""The search index."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The search index."""

    initial = True
    dependencies = [
        ("kernel", "0001_foundation"),
        ("institutions", "0001_institutions"),
    ]
    operations = [RunSQL(SQL)]
