"""Members of the staff."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Members of the staff."""

    initial = True
    dependencies = [("access", "0001_access"), ("people", "0001_people")]
    operations = [RunSQL(SQL)]
