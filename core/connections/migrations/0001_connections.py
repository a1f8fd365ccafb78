"""Connections, their secrets and tokens, given files, mappings and sign-ins under way."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Connections, their secrets and tokens, given files, mappings and sign-ins under way."""

    initial = True
    dependencies = [("access", "0001_access"), ("preservation", "0001_preservation")]
    operations = [RunSQL(SQL)]
