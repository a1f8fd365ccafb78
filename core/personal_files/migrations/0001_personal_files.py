"""Personal files."""

from pathlib import Path
from typing import ClassVar

from tortoise import migrations
from tortoise.migrations.operations import Operation, RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Personal files."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = [("people", "0001_people")]
    operations: ClassVar[list[Operation]] = [RunSQL(SQL)]
