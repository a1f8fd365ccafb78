"""Between the point of no return and the proof: every version is deleted, and storage is asked for each of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from core.disposal.execution.listing import FoundObject, GoingDocument, list_objects, side_by_side
from core.disposal.execution.registers import SEE_DOOMED, DoomedKey, Register
from core.disposal.execution.services import ExecutionServices
from core.documents.spool import SpoolName
from core.kernel.errors import StorageUnavailable
from core.kernel.jobs.context import JobContext
from core.sdk import Replica
from storage.errors import ObjectHeld, ObjectLocked, StorageError, StoreUnavailable
from storage.objects import ProofOfAbsence

log = structlog.get_logger(__name__)

_ATTEMPTS: Final = 3
_ROUNDS: Final = 3
"""Times that what came to light while everything known was deleted is deleted too."""
HELD_IN_STORAGE: Final = "held_in_storage"
"""Storage has a legal hold that no hold of the register explains."""
LOCKED_IN_STORAGE: Final = "locked_in_storage"
"""Storage has a lock that nobody may lift before its end."""
ABSENCE_NOT_CONFIRMED: Final = "absence_not_confirmed"
"""Storage answers, and does not say that a version is absent."""
REPLICA_NOT_CONFIRMED: Final = "replica_not_confirmed"
"""A further place for copies still has one, or does not answer."""


@dataclass(slots=True)
class Outcome:
    """What became of the keys of some lines."""

    proofs: dict[str, ProofOfAbsence] = field(default_factory=dict)
    """By key."""
    failed: dict[UUID, str] = field(default_factory=dict)
    """Why a line could not be finished, by line."""


async def remove_lines(
    services: ExecutionServices, context: JobContext, register: Register, lines: Collection[UUID]
) -> Outcome:
    """Delete what goes with these lines until nothing is listed any more.

    What comes to light meanwhile is written down first. Raises `StorageUnavailable` and `DatabaseUnavailable`; can be
    repeated.
    """
    institution = context.scope.institution_id
    async with context.work() as work:
        await work.rows(SEE_DOOMED)
        documents = await register.going(work, lines)
        versions = await register.versions(work, lines)
        explained = await register.explained(work, lines)
        doomed = await register.doomed(work, lines)
    await _drop_spooled(services, institution, versions)
    await _abort_uploads(services, institution, documents)
    outcome = Outcome()
    for _ in range(_ROUNDS):
        done = await _remove_keys(services, doomed, explained)
        outcome.proofs |= done.proofs
        outcome.failed |= done.failed
        found = await _leftovers(services, institution, [d for d in documents if d.line_id not in outcome.failed])
        if not found:
            return outcome
        async with context.work() as work:
            await register.write_found(work, found)
        doomed = _keys_of(found)
    await require_storage(services)
    outcome.failed |= {each.line_id: ABSENCE_NOT_CONFIRMED for each in doomed}
    return outcome


def _keys_of(found: Sequence[FoundObject]) -> list[DoomedKey]:
    seen: dict[str, list[str]] = {}
    for each in found:
        seen.setdefault(each.entry.key, []).append(each.entry.version_id)
    owners = {each.entry.key: each for each in found}
    return [DoomedKey(owners[key].line_id, owners[key].document_id, key, tuple(seen[key])) for key in sorted(seen)]


async def _abort_uploads(services: ExecutionServices, institution_id: UUID, documents: Sequence[GoingDocument]) -> None:
    """Throw away what was begun to be stored of these documents and never finished; raise `StorageUnavailable`."""
    prefixes: dict[str, list[str]] = {}
    for document in documents:
        for prefix in document.prefixes(institution_id):
            prefixes.setdefault(f"{prefix.partition('/')[0]}/{institution_id}/", []).append(prefix)
    try:
        for above, within in prefixes.items():
            await services.vault.abort_uploads(above, within=tuple(within))
    except StorageError as error:
        raise StorageUnavailable from error


async def _remove_keys(services: ExecutionServices, keys: Sequence[DoomedKey], explained: frozenset[UUID]) -> Outcome:
    """Delete every version of these keys and hear "absent" of each; what cannot be done fails its line alone.

    `explained` are lines whose legal holds in storage are marks of the register: of holds that came too late, or of
    earlier ones. They are taken off, because what was begun can only be finished. Raises `StorageUnavailable` when
    storage as a whole does not answer; everything can be repeated.
    """
    outcome = Outcome()
    waiting = iter(keys)

    async def remove() -> None:
        for doomed in waiting:
            if doomed.line_id in outcome.failed:
                continue
            try:
                outcome.proofs[doomed.key] = await _remove(services, doomed, ours=doomed.line_id in explained)
            except _LineFailed as failure:
                outcome.failed[doomed.line_id] = failure.code

    await side_by_side(remove)
    return outcome


class _LineFailed(Exception):
    """A line cannot be finished now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def _remove(services: ExecutionServices, doomed: DoomedKey, *, ours: bool) -> ProofOfAbsence:
    for replica in services.replicas:
        await _remove_copy(replica, doomed.key)
    for _ in range(_ATTEMPTS):
        try:
            # A governance lock is passed by here and nowhere else: two executors started an approved act.
            return await services.vault.destroy(
                doomed.key, bypass_governance=True, known_versions=doomed.versions, uploads_aborted=True
            )
        except ObjectHeld as error:
            if not ours:
                raise _LineFailed(HELD_IN_STORAGE) from error
            await _take_mark_off(services, doomed.key)
        except ObjectLocked as error:
            raise _LineFailed(LOCKED_IN_STORAGE) from error
        except StorageError as error:
            log.warning("destruction_repeated", key=doomed.key, reason=type(error).__name__)
            await require_storage(services)
    raise _LineFailed(ABSENCE_NOT_CONFIRMED)


async def require_storage(services: ExecutionServices) -> None:
    """Raise `StorageUnavailable` when storage does not answer at all: then nothing failed, and all of it waits."""
    try:
        await services.vault.ping()
    except StorageError as error:
        raise StorageUnavailable from error


async def _take_mark_off(services: ExecutionServices, key: str) -> None:
    try:
        async for entry in services.vault.versions(key):
            if entry.key == key and not entry.is_delete_marker:
                await services.vault.hold(key, entry.version_id, on=False)
    except StoreUnavailable as error:
        raise StorageUnavailable from error
    except StorageError as error:
        raise _LineFailed(HELD_IN_STORAGE) from error


async def _remove_copy(replica: Replica, key: str) -> None:
    try:
        await replica.destroy(key)
        left = await replica.stat(key)
    except Exception as error:  # a replica is a plugin, and may raise anything
        raise _LineFailed(REPLICA_NOT_CONFIRMED) from error
    if left is not None:
        raise _LineFailed(REPLICA_NOT_CONFIRMED)


async def _leftovers(
    services: ExecutionServices, institution_id: UUID, documents: Sequence[GoingDocument]
) -> list[FoundObject]:
    """Return what storage still lists of documents, after everything known was deleted.

    Of originals the destruction has asked key by key: nothing else comes under their prefix, which was listed before.
    """
    try:
        return await list_objects(services.vault, institution_id, documents, originals_known=True)
    except StorageError as error:
        await require_storage(services)
        raise StorageUnavailable from error


async def _drop_spooled(services: ExecutionServices, institution_id: UUID, versions: Mapping[UUID, UUID]) -> None:
    """Remove copies of these versions (with their documents) from the spool of this host.

    Other hosts clear theirs away: their keeper finds no row for them any more.
    """
    spool = services.documents.spool
    waiting = {SpoolName(institution_id, document_id, version) for version, document_id in versions.items()}
    for name in waiting.intersection(spool.names()):
        async with spool.hold(name) as path:
            if path is not None:
                spool.discard(name)
