"""Rewards, their kinds, and what they said before."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Rewards, their kinds, and what they said before."""

    initial = True
    dependencies = [("documents", "0001_documents"), ("results", "0001_taxonomy"), ("cases", "0001_cases")]
    operations = [RunSQL(SQL)]
