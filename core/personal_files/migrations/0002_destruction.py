"""What the execution of a disposal act does to personal files."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """What the execution of a disposal act does to personal files."""

    dependencies = [("personal_files", "0001_personal_files")]
    operations = [RunSQL(SQL)]
