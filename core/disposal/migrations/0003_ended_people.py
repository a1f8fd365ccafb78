"""What of a learner ends with the last file, what keeps it, and the decision about results that nobody has archived."""

from pathlib import Path

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The end of learners in the registry."""

    dependencies = [
        ("disposal", "0002_execution"),
        ("consents", "0001_consents"),
        ("representatives", "0001_representatives"),
        ("results", "0002_results"),
        ("rewards", "0001_rewards"),
        ("studies", "0001_studies"),
    ]
    operations = [RunSQL(SQL)]
