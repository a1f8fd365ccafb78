"""What the execution of a disposal act does to documents, and what stays of them."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """What the execution of a disposal act does to documents, and what stays of them."""

    dependencies = [("documents", "0004_storage_locks"), ("personal_files", "0002_destruction")]
    operations = [RunSQL(SQL)]
