"""Holds, and the gate that every deletion passes."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Holds."""

    dependencies = [("cases", "0001_cases")]
    operations = [RunSQL(SQL)]
