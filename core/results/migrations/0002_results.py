"""Results and attendance of learners, and what they were before."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Results and attendance of learners, and what they were before."""

    dependencies = [("results", "0001_taxonomy"), ("studies", "0001_studies")]
    operations = [RunSQL(SQL)]
