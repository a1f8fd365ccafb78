"""What a person reads of a difference: who or what it is, by name."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.imports.models import Difference
from core.imports.services import ImportServices
from core.kernel.database.work import Work
from core.origins.conflicts import current_fields
from core.sdk.connectors import EntityKind

_REFERRED: Final[Mapping[str, EntityKind]] = {
    "person_id": EntityKind.LEARNERS,
    "staff_id": EntityKind.STAFF,
    "group_id": EntityKind.GROUPS,
    "subject_id": EntityKind.SUBJECTS,
}
"""Columns whose entity is named in a title, in this order, and where it is found."""
_NAMES: Final = ("family_name", "given_name", "patronymic")
_OWN: Final = ("name", "file_name", "title", "said_kind", "status", "value")
_DAYS: Final = ("held_on", "graded_on", "lesson_on", "awarded_on")

# Of entities that a dry run would have made.
_WOULD_BE: Final = """
SELECT entity_id, fields::text AS fields FROM import_differences
 WHERE institution_id = $1 AND run_id = $2 AND entity_id = ANY ($3::uuid[]) AND outcome = 'new'
"""


async def whole_records(
    work: Work, services: ImportServices, rows: Sequence[Difference]
) -> dict[UUID, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return, by difference, what the registry holds of its entity, and what would be written: each by columns."""
    known: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        if row.entity_id is not None and row.outcome != "new":
            known[row.kind].append(row.entity_id)
    there: dict[UUID, Mapping[str, Any]] = {}
    for kind, entities in known.items():
        writer = services.writers.get(EntityKind(kind))
        there |= {} if writer is None else await current_fields(work, writer, entities)
    return {row.id: (there.get(row.entity_id, {}) if row.entity_id else {}, after(row)) for row in rows}


def after(row: Difference) -> dict[str, Any]:
    """Return what a difference would write, by columns; of a record that is not taken what it says, by fields."""
    if "record" in row.values:
        return dict(row.values["record"])
    return {name: each["after"] for name, each in row.values.items() if isinstance(each, dict) and "after" in each}


async def titles_of(
    work: Work, services: ImportServices, run_id: UUID, wholes: Mapping[UUID, Mapping[str, Any]]
) -> dict[UUID, str]:
    """Return the title of each of these, by whatever names them: its own name, else whose it is, in what, and when."""
    wanted: dict[EntityKind, set[UUID]] = defaultdict(set)
    for whole in wholes.values():
        for column, kind in _REFERRED.items():
            if whole.get(column):
                wanted[kind].add(UUID(str(whole[column])))
    names = await _names(work, services, run_id, wanted)
    return {key: _title(whole, names) for key, whole in wholes.items()}


async def _names(
    work: Work, services: ImportServices, run_id: UUID, wanted: Mapping[EntityKind, set[UUID]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, entities in wanted.items():
        writer = services.writers.get(kind)
        if writer is not None:
            there = await current_fields(work, writer, list(entities))
            found |= {str(each): _own_name(fields) for each, fields in there.items()}
    missing = [each for entities in wanted.values() for each in entities if str(each) not in found]
    if missing:
        for row in await work.rows(_WOULD_BE, [work.scope.institution_id, run_id, missing]):
            said = json.loads(row["fields"])
            found[str(row["entity_id"])] = _own_name({name: each["after"] for name, each in said.items()})
    return found


def _title(whole: Mapping[str, Any], names: Mapping[str, str]) -> str:
    # What is said of a file stands together in one column.
    whole = {**whole, **(whole.get("said") or {})}
    own = " ".join(str(whole[name]) for name in _NAMES if whole.get(name)) or str(whole.get("full_name") or "")
    referred = [names.get(str(whole.get(column)), "") for column in _REFERRED]
    said = [str(whole.get(name) or "") for name in _OWN]
    day = next((str(whole[name]) for name in _DAYS if whole.get(name)), "")
    parts = [own, *referred, *said, day]
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _own_name(fields: Mapping[str, Any]) -> str:
    return " ".join(str(fields[name]) for name in _NAMES if fields.get(name)) or str(fields.get("name") or "")
