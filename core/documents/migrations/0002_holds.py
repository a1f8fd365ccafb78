"""What keeps held documents from ending."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Holds over documents."""

    dependencies = [("documents", "0001_documents"), ("cases", "0002_holds")]
    operations = [RunSQL(SQL)]
