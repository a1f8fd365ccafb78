"""The nomenclature: versions, sections, record classes, rules, decisions about terms."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The nomenclature."""

    initial = True
    dependencies = [("people", "0001_people")]
    operations = [RunSQL(SQL)]
