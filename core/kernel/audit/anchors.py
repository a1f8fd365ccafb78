"""Anchors: the head of each chain, written at intervals as a locked object outside PostgreSQL.

Who rules the database can rewrite a chain from some point on, or cut off its tail, and make it consistent again. It
then contradicts the anchors. The object is the anchor; its row in `audit_anchors` only says that it was written.
"""

import contextlib
import json
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.entries import canonical
from core.kernel.audit.sealing import chain_head
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError
from core.kernel.scope import Scope, installation_scope
from storage.digest import sha256_of
from storage.errors import InvalidKey, KeyTaken
from storage.keys import AnchorKey, anchor_key, parse_key
from storage.objects import LockMode, RetentionLock, VersionEntry
from storage.vault import Vault

log = logging.getLogger(__name__)

SOURCE: Final = "audit.anchoring"
MEDIA_TYPE: Final = "application/json"
FORMAT: Final = "deloteka-audit-anchor-1"
KEPT_FOR: Final = timedelta(days=3653)
"""How long the object storage is asked to refuse the deletion of an anchor: ten years."""
MAX_BYTES: Final = 4096


class TrailBroken(DelotekaError):
    """The chain contradicts an anchor that was written earlier; facts: institution_id, position."""

    code = "audit_trail_broken"
    title = "The audit trail contradicts its anchor"
    remedy = "Run `deloteka audit verify`, keep the database as it is, and compare it with the last backup."


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The head of one chain at one moment, as it lies in the object storage."""

    institution_id: UUID
    position: int
    digest: bytes
    """Of the seal at `position` (32 bytes)."""
    anchored_at: datetime
    previous_position: int
    previous_digest: bytes
    """The anchor before this one; position 0 and 32 zero bytes for the first."""

    def to_json(self) -> bytes:
        """Return the bytes that are stored."""
        return canonical(
            {
                "format": FORMAT,
                "institution_id": str(self.institution_id),
                "position": self.position,
                "digest": self.digest.hex(),
                "anchored_at": self.anchored_at.isoformat(timespec="microseconds"),
                "previous": {"position": self.previous_position, "digest": self.previous_digest.hex()},
            }
        )

    @classmethod
    def from_json(cls, data: bytes) -> "Anchor":
        """Read the stored bytes back; raise `ValueError` for anything this service does not write."""
        try:
            value: dict[str, Any] = json.loads(data)
            anchor = cls(
                institution_id=UUID(value["institution_id"]),
                position=int(value["position"]),
                digest=bytes.fromhex(value["digest"]),
                anchored_at=datetime.fromisoformat(value["anchored_at"]),
                previous_position=int(value["previous"]["position"]),
                previous_digest=bytes.fromhex(value["previous"]["digest"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            message = "these are not the bytes of an anchor"
            raise ValueError(message) from error
        if value.get("format") != FORMAT or anchor.to_json() != data:
            message = "these are not the bytes of an anchor"
            raise ValueError(message)
        return anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnchor:
    """One version of an anchor object; `anchor` is None when it cannot be read as one."""

    position: int
    key: str
    version_id: str
    stored_at: datetime
    anchor: Anchor | None


async def stored_anchors(
    vault: Vault, institution_id: UUID, *, known: frozenset[str] = frozenset()
) -> AsyncIterator[StoredAnchor]:
    """Read every version of every anchor of one institution, by position; versions named in `known` are passed over.

    Deleted keys count by their versions, since versions stay. Raises `StorageError`.
    """
    async for entry in vault.versions(f"anchors/{institution_id}/"):
        if entry.is_delete_marker or entry.version_id in known:
            continue
        yield await _read(vault, entry, institution_id)


async def anchored_institutions(vault: Vault) -> set[UUID]:
    """Return the institutions that have an anchor. Raises `StorageError`."""
    found = set()
    async for entry in vault.versions("anchors/"):
        with contextlib.suppress(InvalidKey):
            key = parse_key(entry.key)
            if isinstance(key, AnchorKey):
                found.add(key.institution_id)
    return found


async def _read(vault: Vault, entry: VersionEntry, institution_id: UUID) -> StoredAnchor:
    position = _position(entry.key)
    anchor: Anchor | None = None
    if entry.size <= MAX_BYTES:
        async with vault.open(entry.key, entry.version_id) as stream:
            data = await stream.read()
        try:
            anchor = Anchor.from_json(data)
        except ValueError:
            anchor = None
    if anchor and (anchor.position, anchor.institution_id) != (position, institution_id):
        anchor = None
    return StoredAnchor(
        position=position, key=entry.key, version_id=entry.version_id, stored_at=entry.stored_at, anchor=anchor
    )


def _position(key: str) -> int:
    try:
        parsed = parse_key(key)
    except InvalidKey:
        return 0
    return parsed.position if isinstance(parsed, AnchorKey) else 0


class Anchorer:
    """Writes anchors; built once by whoever runs the worker."""

    def __init__(
        self, database: Database, vault: Vault, *, mode: LockMode = LockMode.GOVERNANCE, kept_for: timedelta = KEPT_FOR
    ) -> None:
        self._database = database
        self._vault = vault
        self._mode = mode
        self._kept_for = kept_for

    async def anchor_all(self) -> int:
        """Anchor every chain that has grown since its last anchor; return how many anchors were written.

        A fault in one institution is logged and does not keep the others from being anchored; the first one is raised
        at the end.
        """
        async with self._database.work(installation_scope(source=SOURCE)) as work:
            rows = await work.rows("SELECT institutions_with_audit_trail() AS id")
        written = 0
        faults: list[Exception] = []
        for row in rows:
            try:
                written += await self.anchor(row["id"])
            except Exception as error:
                log.exception("the audit trail of institution %s could not be anchored", row["id"])
                faults.append(error)
        if faults:
            raise faults[0]
        return written

    async def anchor(self, institution_id: UUID) -> bool:
        """Anchor the head of one chain unless it is anchored already; return whether an anchor was written.

        An object whose row is missing (a crash between the two) gets its row first. Raises `TrailBroken` when the
        chain contradicts its last anchor, and `StorageError` or `DatabaseUnavailable`; it can then be repeated.
        """
        await self._record_found(institution_id)
        async with self._work(institution_id) as work:
            last_position, last_digest = await _last_anchor(work, institution_id)
            await _require_agreement(work, institution_id, last_position, last_digest)
            position, digest = await chain_head(work, institution_id)
            now = work.now
        if position == last_position:
            return False
        anchor = Anchor(
            institution_id=institution_id,
            position=position,
            digest=digest,
            anchored_at=now,
            previous_position=last_position,
            previous_digest=last_digest,
        )
        try:
            version_id = await self._put(anchor)
        except KeyTaken:
            # Another worker was faster; its object is found and recorded at the next run.
            return False
        await self._record(anchor, anchor_key(institution_id, position), version_id)
        return True

    def _work(self, institution_id: UUID) -> AbstractAsyncContextManager[Work]:
        return self._database.work(Scope(institution_id=institution_id, source=SOURCE))

    async def _put(self, anchor: Anchor) -> str:
        data = anchor.to_json()
        lock = None
        if self._vault.capabilities.object_lock:
            until = (anchor.anchored_at + self._kept_for).replace(microsecond=0)
            lock = RetentionLock(retain_until=until, mode=self._mode)
        with tempfile.NamedTemporaryFile(prefix="anchor-") as file:
            file.write(data)
            file.flush()
            stored = await self._vault.put(
                anchor_key(anchor.institution_id, anchor.position),
                Path(file.name),
                sha256=sha256_of(data),
                size=len(data),
                media_type=MEDIA_TYPE,
                lock=lock,
            )
        return stored.version_id

    async def _record_found(self, institution_id: UUID) -> None:
        """Write the rows of anchors that lie in the object storage without one."""
        async with self._work(institution_id) as work:
            rows = await work.rows("SELECT version_id FROM audit_anchors WHERE institution_id = $1", [institution_id])
        known = frozenset(row["version_id"] for row in rows)
        async for stored in stored_anchors(self._vault, institution_id, known=known):
            if stored.anchor is not None:
                await self._record(stored.anchor, stored.key, stored.version_id)

    async def _record(self, anchor: Anchor, key: str, version_id: str) -> None:
        async with self._work(anchor.institution_id) as work:
            await work.run(
                "INSERT INTO audit_anchors (institution_id, position, digest, object_key, version_id, anchored_at)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                [anchor.institution_id, anchor.position, anchor.digest, key, version_id, anchor.anchored_at],
            )


async def _last_anchor(work: Work, institution_id: UUID) -> tuple[int, bytes]:
    rows = await work.rows(
        "SELECT position, digest FROM audit_anchors WHERE institution_id = $1 ORDER BY position DESC LIMIT 1",
        [institution_id],
    )
    return (rows[0]["position"], bytes(rows[0]["digest"])) if rows else (0, bytes(32))


async def _require_agreement(work: Work, institution_id: UUID, position: int, digest: bytes) -> None:
    if position == 0:
        return
    rows = await work.rows(
        "SELECT digest FROM audit_seals WHERE institution_id = $1 AND position = $2", [institution_id, position]
    )
    if not rows or bytes(rows[0]["digest"]) != digest:
        detail = f"the chain does not have the digest that was anchored at position {position}"
        raise TrailBroken(detail, institution_id=str(institution_id), position=position)
