"""Consents, what sets duties running, duties, blockings, calendars of working days."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Consents, what sets duties running, duties, blockings, calendars of working days."""

    initial = True
    dependencies = [("cases", "0001_cases"), ("personal_files", "0001_personal_files")]
    operations = [RunSQL(SQL)]
