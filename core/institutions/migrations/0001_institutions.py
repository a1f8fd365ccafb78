"""The table every row of an institution points to."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Institutions."""

    initial = True
    dependencies = [("kernel", "0001_foundation")]
    operations = [RunSQL(SQL)]
