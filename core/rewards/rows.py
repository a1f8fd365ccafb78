"""Rows of rewards, many by one statement."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work

COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person_id": "uuid",
        "kind_id": "uuid",
        "title": "text",
        "issuer": "text",
        "number": "text",
        "awarded_on": "date",
        "expires_on": "date",
        "ground": "text",
        "order_case_id": "uuid",
        "document_id": "uuid",
        "said_kind": "text",
    }
)
"""What a writer may fill, with the type in PostgreSQL; texts that are not given are empty."""
_CHANGED: Final = [name for name in COLUMNS if name != "person_id"]
_NAMES: Final = ", ".join(COLUMNS)
_ARRAYS: Final = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(COLUMNS.values(), start=5))
_INSERT: Final = (
    f"INSERT INTO rewards (institution_id, created_at, changed_at, changed_by, id, {_NAMES})"  # noqa: S608 - names of ours
    f" SELECT $1, $3, $3, $4::uuid, * FROM unnest($2::uuid[], {_ARRAYS})"
)
_UPDATE: Final = (
    "WITH w AS (SELECT p.* FROM jsonb_to_recordset($2::jsonb) AS u(entity_id uuid, fields jsonb)"  # noqa: S608 - names of ours
    " JOIN rewards t ON t.institution_id = $1 AND t.id = u.entity_id"
    " CROSS JOIN LATERAL jsonb_populate_record(t, u.fields) p)"
    f" UPDATE rewards t SET {', '.join(f'{name} = w.{name}' for name in _CHANGED)},"
    " revision = t.revision + 1, changed_at = $3, changed_by = $4::uuid"
    " FROM w WHERE t.institution_id = $1 AND t.id = w.id AND t.revision = w.revision"
)
_GONE: Final = (
    "UPDATE rewards SET gone_at = $3, revision = revision + 1, changed_at = $4, changed_by = NULL"
    " WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND gone_at IS DISTINCT FROM $3::timestamptz"
)


async def insert_rewards(
    work: Work, rows: Sequence[tuple[UUID, Mapping[str, Any]]], *, entered_by: UUID | None
) -> None:
    """Write new rewards, each an id with its columns, by one statement. Raises `IntegrityError`."""
    empty = {name: "" if kind == "text" else None for name, kind in COLUMNS.items()}
    columns = [[row.get(name, empty[name]) for _, row in rows] for name in COLUMNS]
    ids = [entity_id for entity_id, _ in rows]
    await work.run(_INSERT, [work.scope.institution_id, ids, work.now, entered_by, *columns])


async def update_rewards(work: Work, rows: Sequence[tuple[UUID, Mapping[str, Any]]]) -> None:
    """Change rewards as a source says, by one statement. Raises `IntegrityError`."""
    sent = [
        {"entity_id": str(entity_id), "fields": {name: _plain(row[name]) for name in _CHANGED if name in row}}
        for entity_id, row in rows
    ]
    await work.run(_UPDATE, [work.scope.institution_id, json.dumps(sent, ensure_ascii=False), work.now, None])


async def mark_rewards_gone(work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
    """Say that the source has these no longer, or (`None`) has them again."""
    await work.run(_GONE, [work.scope.institution_id, list(entities), at, work.now])


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
