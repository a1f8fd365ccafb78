"""Runs of imports, bookmarks, dead letters, proposals, files."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Imports."""

    initial = True
    dependencies = [
        ("institutions", "0001_institutions"),
        ("origins", "0001_origins"),
        ("documents", "0001_documents"),
    ]
    operations = [RunSQL(SQL)]
