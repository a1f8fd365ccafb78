"""Previews of re-dating, their lines, and what people accepted of them."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Re-dating."""

    initial = True
    dependencies = [("cases", "0003_redatings"), ("disposal", "0001_disposal")]
    operations = [RunSQL(SQL)]
