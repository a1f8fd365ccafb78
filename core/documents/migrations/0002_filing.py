"""Filing into cases, and what keeps held documents from ending."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Filing and holds."""

    dependencies = [("documents", "0001_documents"), ("cases", "0002_holds")]
    operations = [RunSQL(SQL)]
