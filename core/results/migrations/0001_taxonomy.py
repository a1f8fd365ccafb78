"""The institution's taxonomy of results, its policy, statements of will, special needs."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The institution's taxonomy of results, its policy, statements of will, special needs."""

    initial = True
    dependencies = [("people", "0001_people")]
    operations = [RunSQL(SQL)]
