"""Study periods, subjects, and who studies or teaches in which group."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Study periods, subjects, and who studies or teaches in which group."""

    initial = True
    dependencies = [("people", "0001_people"), ("staff", "0001_staff")]
    operations = [RunSQL(SQL)]
