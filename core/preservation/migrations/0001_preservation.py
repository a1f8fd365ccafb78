"""The destruction ledger."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The ledger of what was destroyed and held."""

    initial = True
    dependencies = [("documents", "0002_filing"), ("cases", "0002_holds")]
    operations = [RunSQL(SQL)]
