"""Members of the staff as sources bring them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.bulk import insert_rows, mark_rows_gone, update_rows
from core.origins.writing import FieldPolicy, Incoming
from core.people.importing import NAMES, find_persons, person_columns, with_sort_key
from core.sdk.connectors import EntityKind
from core.staff.models import StaffMember

_TEXTS: Final = ("position", "subjects", "external_number", "snils", "email", "phone")
_MEMBER: Final = MappingProxyType(
    {
        **dict.fromkeys((*NAMES, *_TEXTS), ""),
        "birth_date": None,
        "archived": False,
        "sort_key": "",
        "revision": 1,
    }
)


class StaffWriter:
    """Writes members of the staff; accounts are linked by people only."""

    kind = EntityKind.STAFF
    table = "staff"
    policies: Mapping[str, FieldPolicy] = MappingProxyType(
        dict.fromkeys((*NAMES, "birth_date", "snils"), FieldPolicy.CONFLICT)
    )
    proposes = True

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a `StaffData` says by columns; raise `RecordUnfit` without a family name."""
        columns = person_columns(data, needed=("family_name",))
        columns.pop("sex", None)
        return columns | {name: data[name] for name in ("position", "subjects") if name in data}

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return who is there under the same number or СНИЛС."""
        return await find_persons(work, self.table, wanted)

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Take members in."""
        await insert_rows(work, self.table, _MEMBER, [with_sort_key(row) for row in rows])

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change members."""
        named = [row.entity_id for row in rows if row.fields.keys() & set(NAMES)]
        before = {member.id: member for member in await StaffMember.filter(id__in=named)} if named else {}
        await update_rows(work, self.table, [with_sort_key(row, before.get(row.entity_id)) for row in rows])

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that no source has these members any more; they stay."""
        await mark_rows_gone(work, self.table, entities, at)
