"""The ground the tables of every feature stand on."""

from pathlib import Path

from procrastinate.schema import SchemaManager
from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
GRANT_QUEUE = """
GRANT SELECT, INSERT, UPDATE, DELETE ON
  procrastinate_jobs, procrastinate_periodic_defers, procrastinate_events, procrastinate_workers TO deloteka_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO deloteka_app;
"""


class Migration(migrations.Migration):
    """Roles, isolation, audit trail, outbox, jobs."""

    initial = True
    operations = [RunSQL(SchemaManager.get_schema()), RunSQL(SQL), RunSQL(GRANT_QUEUE)]
