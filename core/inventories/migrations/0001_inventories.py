"""Inventories and their lines."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Inventories."""

    initial = True
    dependencies = [("cases", "0002_holds")]
    operations = [RunSQL(SQL)]
