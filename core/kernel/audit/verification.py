"""Verification: reads a whole trail again and names everything that is not as it was sealed and anchored."""

import asyncio
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.anchors import StoredAnchor, anchored_institutions, stored_anchors
from core.kernel.audit.entries import GENESIS, AuditEntry, link, payload_digest
from core.kernel.audit.report import Fault, Findings, TrailReport
from core.kernel.audit.sealing import ENTRY_COLUMNS, chain_head, entry_from_row
from core.kernel.database.connection import Database
from core.kernel.scope import Scope
from storage.vault import Vault

SOURCE: Final = "audit.verification"
BATCH: Final = 2_000
"""Seals read at once; memory does not grow with the length of the trail."""
WINDOW: Final = timedelta(minutes=10)
"""How long an entry may wait for its seal before the wait is a fault; sealing takes seconds."""
_MOST_MISPLACED: Final = 200
"""Links that do not fit and are tried against each other's positions, to tell a swap from a change."""

# Each page is cut out first and its size is written out: else the planner would read every entry for each page.
_CHAIN: Final = (
    "WITH page AS MATERIALIZED (SELECT position, digest, sealed_at, entry_id FROM audit_seals"  # noqa: S608 - constants
    " WHERE institution_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT {batch:d})"
    f" SELECT s.position, s.digest, s.sealed_at, s.entry_id, {ENTRY_COLUMNS}, p.entry_id AS payload_of, p.salt,"
    " p.payload::text AS payload, p.blanked_by,"
    " CASE WHEN p.blanked_by IS NOT NULL THEN is_ground_for_blanking(s.entry_id, p.blanked_by) END AS has_ground"
    " FROM page s LEFT JOIN audit_entries e ON e.id = s.entry_id LEFT JOIN audit_payloads p ON p.entry_id = s.entry_id"
    " ORDER BY s.position"
)
_UNSEALED: Final = (
    "WITH page AS MATERIALIZED (SELECT id, recorded_at FROM audit_entries"
    " WHERE institution_id = $1 AND id > $2 ORDER BY id LIMIT {batch:d})"
    " SELECT id, recorded_at, false AS is_last FROM page"
    " WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.entry_id = page.id)"
    " UNION ALL (SELECT id, recorded_at, true FROM page ORDER BY id DESC LIMIT 1)"
)
_FIRST_ID: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A link that does not fit where it stands."""

    position: int
    previous: bytes
    digest: bytes
    sealed_at: datetime
    entry: AuditEntry
    expected: bytes


async def verify_trail(
    database: Database, vault: Vault | None, institution_id: UUID, *, window: timedelta = WINDOW, batch: int = BATCH
) -> TrailReport:
    """Read the whole trail of one institution and its anchors, and report every fault.

    Without a vault the anchors are not looked at, and a trail that was rewritten or cut off consistently passes.
    Raises `DatabaseUnavailable` and `StorageError`.
    """
    # Anchors first: one that is written while the chain is read would otherwise look as if it were ahead of it.
    anchors = [a async for a in stored_anchors(vault, institution_id)] if vault is not None else []
    scope = Scope(institution_id=institution_id, source=SOURCE)
    async with database.work(scope) as work:
        head, _ = await chain_head(work, institution_id)
        recorded = await work.rows(
            "SELECT position, digest, version_id FROM audit_anchors WHERE institution_id = $1 ORDER BY position",
            [institution_id],
        )
        now = work.now
    walk = ChainWalk(_digests_wanted(anchors, recorded))
    position = 0
    while True:
        async with database.work(scope) as work:
            rows = await work.rows(_CHAIN.format(batch=batch), [institution_id, position, head])
        if not rows:
            break
        await asyncio.to_thread(walk.read, rows)
        position = rows[-1]["position"]
    walk.finish()
    waiting = await _check_unsealed(database, scope, walk.findings, now - window)
    if vault is not None:
        _check_anchors(walk, anchors, recorded, now - window)
    return TrailReport(
        institution_id=institution_id,
        verified_at=now,
        sealed=walk.sealed,
        waiting=waiting,
        anchors=len(anchors),
        head_position=walk.position,
        head_digest=walk.digest,
        findings=tuple(walk.findings.kept),
        counts=dict(walk.findings.counts),
    )


async def institutions_to_verify(database: Database, vault: Vault | None) -> list[UUID]:
    """Return every institution that has left a trace in the database or an anchor outside it, sorted."""
    rows = await database.ask("SELECT institutions_with_audit_trail() AS id")
    found = {row["id"] for row in rows}
    if vault is not None:
        found |= await anchored_institutions(vault)
    return sorted(found)


class ChainWalk:
    """Goes along one chain, seal by seal, in order of their positions."""

    def __init__(self, wanted: frozenset[int] = frozenset()) -> None:
        self.findings = Findings()
        self.position = 0
        self.digest = GENESIS
        """Of the last seal that was read, as stored."""
        self.sealed = 0
        self.digests: dict[int, bytes] = {}
        """Digests at the positions `wanted`."""
        self._wanted = wanted
        self._last_misfit: _Misfit | None = None
        self._misfits: list[_Misfit] = []

    def read(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take the next seals, each a row of position, digest, sealed_at, the entry's and the payload's columns."""
        for row in rows:
            self._read(row)

    def finish(self) -> None:
        """Say what the links that did not fit were: altered, or only in another order."""
        self._settle_last()
        reordered = _fitting_elsewhere(self._misfits)
        for misfit in self._misfits:
            fault = Fault.REORDERED if misfit.entry.id in reordered else Fault.ALTERED_ENTRY
            self.findings.add(fault, position=misfit.position, entry_id=misfit.entry.id)

    def _read(self, row: Mapping[str, Any]) -> None:
        position, stored = row["position"], bytes(row["digest"])
        follows = position == self.position + 1
        if not follows:
            self._settle_last()
            detail = f"{position - self.position - 1} seals are missing after position {self.position}"
            self.findings.add(Fault.GAP_IN_POSITIONS, position=self.position + 1, detail=detail)
        if row["id"] is None:
            self._settle_last()
            self.findings.add(Fault.REMOVED_ENTRY, position=position, entry_id=row["entry_id"])
        else:
            entry = entry_from_row(row)
            if follows:
                self._check_link(position, stored, row["sealed_at"], entry)
            self._check_payload(position, entry, row)
        self.position, self.digest = position, stored
        self.sealed += 1
        if position in self._wanted:
            self.digests[position] = stored

    def _check_link(self, position: int, stored: bytes, sealed_at: datetime, entry: AuditEntry) -> None:
        expected = link(self.digest, position, sealed_at, entry)
        last, self._last_misfit = self._last_misfit, None
        if hmac.compare_digest(expected, stored):
            self._keep(last)
        elif last is not None and link(last.expected, position, sealed_at, entry) == stored:
            # The link before would fit with the digest it ought to have: only that digest was changed.
            self.findings.add(Fault.ALTERED_SEAL, position=last.position, entry_id=last.entry.id)
        else:
            self._keep(last)
            self._last_misfit = _Misfit(position, self.digest, stored, sealed_at, entry, expected)

    def _keep(self, misfit: _Misfit | None) -> None:
        if misfit is None:
            return
        if len(self._misfits) < _MOST_MISPLACED:
            self._misfits.append(misfit)
        else:
            self.findings.add(Fault.ALTERED_ENTRY, position=misfit.position, entry_id=misfit.entry.id)

    def _settle_last(self) -> None:
        last, self._last_misfit = self._last_misfit, None
        self._keep(last)

    def _check_payload(self, position: int, entry: AuditEntry, row: Mapping[str, Any]) -> None:
        if row["payload_of"] is None:
            self.findings.add(Fault.REMOVED_PAYLOAD, position=position, entry_id=entry.id)
        elif row["payload"] is None:
            if not row["has_ground"]:
                self.findings.add(Fault.BLANKED_WITHOUT_REASON, position=position, entry_id=entry.id)
        elif payload_digest(bytes(row["salt"] or b""), json.loads(row["payload"])) != entry.payload_digest:
            self.findings.add(Fault.ALTERED_PAYLOAD, position=position, entry_id=entry.id)


def _fitting_elsewhere(misfits: Sequence[_Misfit]) -> frozenset[UUID]:
    """Return the entries among `misfits` that fit where another of them stands."""
    return frozenset(
        other.entry.id for place in misfits for other in misfits if other is not place and _fits(place, other)
    )


def _fits(place: _Misfit, other: _Misfit) -> bool:
    moments = {place.sealed_at, other.sealed_at}
    return any(link(place.previous, place.position, moment, other.entry) == place.digest for moment in moments)


def _digests_wanted(anchors: Sequence[StoredAnchor], recorded: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    return frozenset({stored.position for stored in anchors} | {row["position"] for row in recorded})


async def _check_unsealed(database: Database, scope: Scope, findings: Findings, old: datetime) -> int:
    """Look for entries without a seal; return how many of them are younger than `old`."""
    waiting, last = 0, _FIRST_ID
    while True:
        async with database.work(scope) as work:
            rows = await work.rows(_UNSEALED.format(batch=BATCH), [scope.institution_id, last])
        if not rows:
            return waiting
        for row in rows:
            if row["is_last"]:
                last = row["id"]
            elif row["recorded_at"] >= old:
                waiting += 1
            else:
                findings.add(Fault.NEVER_SEALED, entry_id=row["id"])


def _check_anchors(
    walk: ChainWalk, anchors: Sequence[StoredAnchor], recorded: Sequence[Mapping[str, Any]], old: datetime
) -> None:
    """Compare the anchor objects with the chain, and the rows that know of them with the objects."""
    rows = {row["version_id"]: row for row in recorded}
    for stored in anchors:
        row = rows.pop(stored.version_id, None)
        _check_anchor(walk, stored.position, stored.anchor.digest if stored.anchor else None, stored.key)
        if stored.anchor is not None and row is None and stored.anchor.anchored_at < old:
            walk.findings.add(Fault.ANCHOR_UNRECORDED, position=stored.position, detail=stored.key)
        elif row is not None and stored.anchor is not None and bytes(row["digest"]) != stored.anchor.digest:
            walk.findings.add(Fault.ANCHOR_MISMATCH, position=stored.position, detail="row and object differ")
    for row in rows.values():
        walk.findings.add(Fault.ANCHOR_LOST, position=row["position"])
        _check_anchor(walk, row["position"], bytes(row["digest"]), "known from its row only")


def _check_anchor(walk: ChainWalk, position: int, digest: bytes | None, detail: str) -> None:
    if digest is None:
        walk.findings.add(Fault.ANCHOR_UNREADABLE, position=position, detail=detail)
    elif position > walk.position:
        walk.findings.add(Fault.ANCHOR_AHEAD_OF_CHAIN, position=position, detail=detail)
    elif walk.digests.get(position) != digest:
        walk.findings.add(Fault.ANCHOR_MISMATCH, position=position, detail=detail)
