"""Documents, their versions and what is made of them."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Documents, their versions and what is made of them."""

    initial = True
    dependencies = [("personal_files", "0001_personal_files")]
    operations = [RunSQL(SQL)]
