"""People and groups."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """People and groups."""

    initial = True
    dependencies = [("institutions", "0001_institutions"), ("search", "0001_search")]
    operations = [RunSQL(SQL)]
