"""Transfers to archives with their packages, returns to owners, mergers of cases."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Exits."""

    initial = True
    dependencies = [("inventories", "0001_inventories"), ("documents", "0002_filing")]
    operations = [RunSQL(SQL)]
