"""Issued papers, where they are filed, and who signed them."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Paperwork."""

    initial = True
    dependencies = [("disposal", "0001_disposal")]
    operations = [RunSQL(SQL)]
