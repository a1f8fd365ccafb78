"""Locks of storage follow the verdicts of cases, and holds."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Locks of storage follow the verdicts of cases, and holds."""

    dependencies = [("documents", "0003_consents"), ("cases", "0002_holds")]
    operations = [RunSQL(SQL)]
