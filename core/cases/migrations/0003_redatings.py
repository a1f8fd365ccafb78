"""That cases were dated anew by what a person accepted."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Re-datings of cases."""

    dependencies = [("cases", "0002_holds")]
    operations = [RunSQL(SQL)]
