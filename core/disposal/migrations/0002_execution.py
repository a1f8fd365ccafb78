"""The execution of disposal acts: who executes, what goes, and the proof that it is gone."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The execution of disposal acts."""

    dependencies = [("disposal", "0001_disposal"), ("documents", "0005_destruction")]
    operations = [RunSQL(SQL)]
