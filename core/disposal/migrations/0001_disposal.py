"""Disposal acts, their lines, what people said of them, and how the institution disposes."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Disposal acts."""

    initial = True
    dependencies = [("inventories", "0001_inventories"), ("documents", "0002_filing")]
    operations = [RunSQL(SQL)]
