"""Settling a conflict with what the source's record says now."""

from collections.abc import Mapping
from typing import Any, Final

from core.imports.records import references_of, said_before, translation
from core.imports.services import ImportServices
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.origins.conflicts import settle
from core.origins.keeping import resolve
from core.origins.models import OriginConflict
from core.sdk.connectors import EntityKind

_SAID: Final = """
SELECT connection_id, mapped::text AS mapped FROM origins
 WHERE institution_id = $1 AND id = $2 AND forgotten_at IS NULL
"""


async def settle_conflict(
    work: Work, services: ImportServices, conflict: OriginConflict, *, take: bool
) -> OriginConflict:
    """Keep the hand's value, or take what the record says now; raise `NotFound` or `ConflictSettled`."""
    kind = EntityKind(conflict.kind)
    if kind not in services.writers:
        raise NotFound
    columns = await _columns(work, services, conflict, kind) if take else {}
    return await settle(work, conflict, services.writers[kind], columns, take=take)


async def _columns(
    work: Work, services: ImportServices, conflict: OriginConflict, kind: EntityKind
) -> Mapping[str, Any]:
    rows = await work.rows(_SAID, [work.scope.institution_id, conflict.origin_id])
    if not rows:
        raise NotFound
    said = said_before(kind, rows[0]["mapped"])
    for name, referred in references_of(kind).items():
        if said.get(name):
            found = await resolve(work, rows[0]["connection_id"], referred, [said[name]])
            if said[name] in found:
                said[name] = found[said[name]]
            else:
                del said[name]
    said |= translation(await services.connections.words(work, rows[0]["connection_id"], kind), said)
    return services.writers[kind].columns(said)
