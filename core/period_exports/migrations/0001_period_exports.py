"""Snapshots of study periods, their differences, and what the institution has said of them."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Period exports."""

    initial = True
    dependencies = [
        ("connections", "0001_connections"),
        ("imports", "0001_imports"),
        ("studies", "0001_studies"),
        ("documents", "0005_destruction"),
        ("paperwork", "0001_paperwork"),
    ]
    operations = [RunSQL(SQL)]
