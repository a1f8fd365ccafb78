"""Legal representatives as sources bring them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.bulk import insert_rows, mark_rows_gone, update_rows
from core.origins.writing import FieldPolicy, Incoming
from core.people.importing import NAMES, person_columns, with_sort_key
from core.people.names import person_sort_key
from core.representatives.models import Representative
from core.sdk.connectors import EntityKind

_REPRESENTATIVE: Final = MappingProxyType(
    {
        **dict.fromkeys((*NAMES, "relation", "snils", "email", "phone", "ground"), ""),
        **dict.fromkeys(("person_id", "birth_date", "starts_on", "ends_on")),
        "sort_key": "",
        "revision": 1,
    }
)
_NOT_KEPT: Final = frozenset({"external_number", "sex", "archived"})
_FIND: Final = """
SELECT w.place, min(r.id::text)::uuid AS id
  FROM jsonb_to_recordset($2::jsonb) AS w(place integer, person_id uuid, sort_key text)
  JOIN representatives r ON r.institution_id = $1 AND r.person_id = w.person_id AND r.sort_key = w.sort_key
 GROUP BY w.place
"""


class RepresentativeWriter:
    """Writes legal representatives; grounds and dates are recorded by people only."""

    kind = EntityKind.GUARDIANS
    table = "representatives"
    policies: Mapping[str, FieldPolicy] = MappingProxyType({})
    proposes = False

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a `GuardianData` says by columns; raise `RecordUnfit` without a family name."""
        columns = person_columns(data, needed=("family_name",))
        columns |= {"person_id": data["learner"]} if "learner" in data else {}
        columns |= {"relation": data["relation"]} if "relation" in data else {}
        return {name: value for name, value in columns.items() if name not in _NOT_KEPT}

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return who represents the same learner already under the same full name."""
        said = [
            {
                "place": place,
                "person_id": str(fields["person_id"]),
                "sort_key": person_sort_key(*(fields.get(name, "") for name in NAMES)),
            }
            for place, fields in enumerate(wanted)
            if fields.get("person_id") and fields.get("given_name")
        ]
        rows = await work.rows(_FIND, [work.scope.institution_id, json.dumps(said)]) if said else []
        return {row["place"]: row["id"] for row in rows}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Record representatives."""
        await insert_rows(work, self.table, _REPRESENTATIVE, [with_sort_key(row) for row in rows])

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change representatives."""
        named = [row.entity_id for row in rows if row.fields.keys() & set(NAMES)]
        before = {each.id: each for each in await Representative.filter(id__in=named)} if named else {}
        await update_rows(work, self.table, [with_sort_key(row, before.get(row.entity_id)) for row in rows])

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that no source has these representatives any more; they stay."""
        await mark_rows_gone(work, self.table, entities, at)
