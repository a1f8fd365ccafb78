"""People and groups."""

from pathlib import Path
from typing import ClassVar

from tortoise import migrations
from tortoise.migrations.operations import Operation, RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """People and groups."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = [("institutions", "0001_institutions"), ("search", "0001_search")]
    operations: ClassVar[list[Operation]] = [RunSQL(SQL)]
