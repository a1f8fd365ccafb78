"""Decisions about copies that stayed after a transfer, their execution and its proof."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Copies after a transfer."""

    initial = True
    dependencies = [("exits", "0001_exits"), ("documents", "0005_destruction")]
    operations = [RunSQL(SQL)]
