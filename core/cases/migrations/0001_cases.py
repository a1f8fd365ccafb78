"""Cases, their volumes, what is recorded of them, and the policy of the institution."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Cases."""

    initial = True
    dependencies = [("nomenclature", "0001_nomenclature")]
    operations = [RunSQL(SQL)]
