"""Documents, their versions and what is made of them."""

from pathlib import Path
from typing import ClassVar

from tortoise import migrations
from tortoise.migrations.operations import Operation, RunSQL

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Documents, their versions and what is made of them."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = [("personal_files", "0001_personal_files")]
    operations: ClassVar[list[Operation]] = [RunSQL(SQL)]
