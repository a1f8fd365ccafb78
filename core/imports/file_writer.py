"""What a record of a file becomes before its bytes are fetched."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.origins.writing import FieldPolicy, Incoming
from core.sdk.connectors import EntityKind

_INSERT: Final = """
INSERT INTO import_files (id, institution_id, said, person_id, group_id, address, file_id, size, modified_at,
  created_at)
SELECT g.id, $1, g.said, g.person_id, g.group_id, coalesce(g.address, ''), coalesce(g.file_id, ''), g.size,
       g.modified_at, $2
  FROM jsonb_to_recordset($3::jsonb) AS g(id uuid, said jsonb, person_id uuid, group_id uuid, address text,
       file_id text, size bigint, modified_at timestamptz)
"""
# Other bytes are fetched; other words about the same bytes change what a clerk sees in the tray.
_UPDATE: Final = """
UPDATE import_files f
   SET said = n.said, person_id = n.person_id, group_id = n.group_id, address = n.address, file_id = n.file_id,
       size = n.size, modified_at = n.modified_at, revision = f.revision + 1,
       edition = f.edition + g.other::integer, attempts = CASE WHEN g.other THEN 0 ELSE f.attempts END,
       state = CASE WHEN g.other THEN 'pending' ELSE f.state END,
       settled = f.settled AND NOT g.other, ended_at = CASE WHEN g.other THEN NULL ELSE f.ended_at END
  FROM (SELECT n.id, n.fields, n.fields ?| ARRAY['address', 'file_id', 'size', 'modified_at'] AS other
          FROM jsonb_to_recordset($2::jsonb) AS n(id uuid, fields jsonb)) g,
       LATERAL jsonb_populate_record((SELECT t FROM import_files t WHERE t.id = g.id), g.fields) AS n
 WHERE f.institution_id = $1 AND f.id = g.id
"""
_GONE: Final = "UPDATE import_files SET gone_at = $3 WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
_DIRECT: Final = ("address", "file_id", "size", "modified_at")


class FileWriter:
    """Writes records of files; what is kept of their bytes is decided after the commit."""

    kind = EntityKind.FILES
    table = "import_files"
    policies: Mapping[str, FieldPolicy] = MappingProxyType({})
    proposes = False

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a `FileData` says by columns."""
        said = {name: plain(value) for name, value in data.items() if name not in {*_DIRECT, "learner", "group"}}
        columns: dict[str, Any] = {"said": said}
        columns |= {name: data[name] for name in _DIRECT if name in data}
        columns |= {
            column: data[name] for name, column in (("learner", "person_id"), ("group", "group_id")) if name in data
        }
        return columns

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return nothing: a file has no other key than its record's."""
        del work, wanted
        return {}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Write files down that are to be fetched."""
        said = [{"id": row.entity_id, **row.fields} for row in rows]
        await work.run(_INSERT, [work.scope.institution_id, work.now, _json(said)])

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change what is said of files; other bytes are fetched anew."""
        said = [{"id": row.entity_id, "fields": row.fields} for row in rows]
        await work.run(_UPDATE, [work.scope.institution_id, _json(said)])

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that the source has these files no longer; what is kept stays."""
        await work.run(_GONE, [work.scope.institution_id, list(entities), at])


def _json(value: object) -> str:
    return json.dumps(plain(value), ensure_ascii=False)
