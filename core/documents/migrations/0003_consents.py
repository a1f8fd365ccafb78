"""What blockings and consents mean for documents."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """What blockings and consents mean for documents."""

    dependencies = [("documents", "0002_filing"), ("consents", "0001_consents")]
    operations = [RunSQL(SQL)]
