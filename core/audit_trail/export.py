"""The sealed trail as JSON Lines: one entry a line, in the order of the chain, with what proves it."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from core.kernel.database.connection import Database
from core.kernel.scope import Scope

BATCH: Final = 500
MEDIA_TYPE: Final = "application/jsonl"

# The page is cut out first and its size is written out: else the planner would read every entry for each page.
_ROWS: Final = (
    "WITH page AS MATERIALIZED (SELECT position, digest, sealed_at, entry_id FROM audit_seals"  # noqa: S608 - constants
    f" WHERE institution_id = $1 AND position > $2 ORDER BY position LIMIT {BATCH:d})"
    " SELECT s.position, s.digest, s.sealed_at, e.id, e.institution_id, e.recorded_at, e.actor_kind, e.actor_id,"
    " e.action, e.object_type, e.object_id, e.purpose, e.source, e.request_id, e.payload_digest,"
    " p.salt, p.payload::text AS payload, p.blanked_by"
    " FROM page s JOIN audit_entries e ON e.id = s.entry_id LEFT JOIN audit_payloads p ON p.entry_id = e.id"
    " ORDER BY s.position"
)


async def export_trail(database: Database, scope: Scope, *, after: int = 0) -> AsyncIterator[bytes]:
    """Give the sealed entries of the scope's institution behind position `after`, some hundred lines at a time.

    Fields always come in the same order. `salt` and `payload` are null once a destruction blanked them; `blanked_by`
    then names the entry that says why. With the salt anybody can check `payload_digest`, and with the entry before it
    `digest`, as `docs/explanation/audit-trail.md` describes. Memory does not grow with the trail. Raises
    `DatabaseUnavailable`.
    """
    position = after
    while True:
        async with database.work(scope) as work:
            rows = await work.rows(_ROWS, [scope.institution_id, position])
        if not rows:
            return
        yield b"".join(_line(row) for row in rows)
        position = rows[-1]["position"]


def _line(row: Mapping[str, Any]) -> bytes:
    said = {
        "position": row["position"],
        "digest": bytes(row["digest"]).hex(),
        "sealed_at": _moment(row["sealed_at"]),
        "id": str(row["id"]),
        "institution_id": str(row["institution_id"]),
        "recorded_at": _moment(row["recorded_at"]),
        "actor_kind": row["actor_kind"],
        "actor_id": str(row["actor_id"]) if row["actor_id"] else None,
        "action": row["action"],
        "object_type": row["object_type"],
        "object_id": row["object_id"],
        "purpose": row["purpose"],
        "source": row["source"],
        "request_id": row["request_id"],
        "payload_digest": bytes(row["payload_digest"]).hex(),
        "salt": bytes(row["salt"]).hex() if row["salt"] is not None else None,
        "payload": json.loads(row["payload"]) if row["payload"] is not None else None,
        "blanked_by": str(row["blanked_by"]) if row["blanked_by"] else None,
    }
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
