"""Subscriptions, and the messages sent for them."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Subscriptions, and the messages sent for them."""

    initial = True
    dependencies = [("institutions", "0001_institutions")]
    operations = [RunSQL(SQL)]
