"""Entries with what belongs to them: payload, position in the chain."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.keyset import Listing
from core.kernel.models import AuditEntryRow

_DETAILS: Final = (
    "SELECT p.entry_id, s.position, p.payload::text AS payload, p.blanked_by FROM audit_payloads p"
    " LEFT JOIN audit_seals s ON s.entry_id = p.entry_id WHERE p.institution_id = $1 AND p.entry_id = ANY($2::uuid[])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are asked for; None asks for all."""

    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    actor_id: UUID | None = None
    recorded_from: datetime | None = None
    recorded_before: datetime | None = None

    def conditions(self) -> dict[str, Any]:
        """Return the conditions as the query layer takes them."""
        said = {
            "action": self.action,
            "object_type": self.object_type,
            "object_id": self.object_id,
            "actor_id": self.actor_id,
            "recorded_at__gte": self.recorded_from,
            "recorded_at__lt": self.recorded_before,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDetails:
    """What lies beside an entry."""

    position: int | None
    """Place in the chain; None until it is sealed."""
    payload: dict[str, Any] | None
    """None once it was blanked."""
    blanked_by: UUID | None


def entry_listing(wanted: EntryFilter) -> Listing[AuditEntryRow]:
    """Return the entries of the institution, the newest first."""
    return Listing(AuditEntryRow.all().filter(**wanted.conditions()), ("-id",))


async def details_of(work: Work, entries: Sequence[AuditEntryRow]) -> dict[UUID, EntryDetails]:
    """Return what lies beside each of `entries`, by entry id."""
    rows = await work.rows(_DETAILS, [work.scope.institution_id, [entry.id for entry in entries]])
    return {
        row["entry_id"]: EntryDetails(
            position=row["position"],
            payload=json.loads(row["payload"]) if row["payload"] is not None else None,
            blanked_by=row["blanked_by"],
        )
        for row in rows
    }
