"""Many rows of one table by one statement: what writers are made of."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.origins.writing import Incoming

_INSERT: Final = (
    "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)"
)
_UPDATE: Final = """
UPDATE {table} t SET ({columns}, imported, revision) =
  (SELECT {columns}, true, t.revision + 1 FROM jsonb_populate_record(t, n.fields))
  FROM jsonb_to_recordset($2::jsonb) AS n(id uuid, fields jsonb)
 WHERE t.institution_id = $1 AND t.id = n.id
"""
_GONE: Final = """
UPDATE {table} SET gone_at = $3, imported = true, revision = revision + 1
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND gone_at IS DISTINCT FROM $3
"""
_SPOKEN_OF: Final = """
UPDATE {table} SET imported = true, revision = revision + 1
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND NOT imported
"""
_NOT_SPOKEN_OF: Final = """
UPDATE {table} t SET imported = false, revision = revision + 1
 WHERE t.institution_id = $1 AND t.id = $2 AND t.imported AND t.gone_at IS NULL
   AND NOT EXISTS (SELECT FROM origins o WHERE o.institution_id = $1 AND o.entity_id = t.id)
"""


async def insert_rows(work: Work, table: str, defaults: Mapping[str, Any], rows: Sequence[Incoming]) -> None:
    """Insert what a source speaks of; `defaults` names every column that the feature fills, with its usual value.

    Identifiers, the institution, `imported` and `created_at` are added here.
    """
    if not rows:
        return
    own = {"institution_id": work.scope.institution_id, "imported": True, "created_at": work.now}
    full = [{**defaults, **row.fields, **own, "id": row.entity_id} for row in rows]
    columns = ", ".join((*defaults, *own, "id"))
    await work.run(_INSERT.format(table=table, columns=columns), [_json(full)])


async def update_rows(work: Work, table: str, rows: Sequence[Incoming]) -> None:
    """Change known rows; they may name different columns. A row without any is only marked as spoken of."""
    columns = sorted({name for row in rows for name in row.fields} | {"gone_at"})
    said = [{"id": row.entity_id, "fields": row.fields} for row in rows]
    await work.run(_UPDATE.format(table=table, columns=", ".join(columns)), [work.scope.institution_id, _json(said)])


async def mark_rows_gone(work: Work, table: str, entities: Collection[UUID], at: datetime | None) -> None:
    """Say since when the source has these no longer, or (`None`) that it has them again."""
    await work.run(_GONE.format(table=table), [work.scope.institution_id, list(entities), at])


async def mark_rows_spoken_of(work: Work, table: str, entities: Collection[UUID]) -> None:
    """Say that a source speaks of these, where nothing of it is written into them."""
    if entities:
        await work.run(_SPOKEN_OF.format(table=table), [work.scope.institution_id, list(entities)])


async def forget_speaking_of(work: Work, table: str, entity: UUID) -> None:
    """Take back that a source speaks of this one, if no record of any does."""
    await work.run(_NOT_SPOKEN_OF.format(table=table), [work.scope.institution_id, entity])


def _json(value: object) -> str:
    return json.dumps(plain(value), ensure_ascii=False)
