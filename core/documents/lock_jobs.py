"""Storage follows verdicts and holds: a durable queue in the database says which files have to be looked at again.

Whatever dates a case, files a document or puts a copy again writes the queue in its own transaction (triggers, and the
keeper). A job takes from it, tells storage, reads back, writes down what it saw, and only then removes the rows.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from core.documents.locks import DIFFERENCES, NOTHING, Asked, Marks, Note, Terms, planned, tell
from core.documents.services import DocumentServices
from core.institutions.registry import present as present_institution
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import StorageUnavailable
from core.kernel.health import PartDegraded
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from core.kernel.scope import Scope, installation_scope
from storage.errors import ObjectAbsent, StoreUnavailable
from storage.objects import LockMode, RetentionLock
from storage.vault import Vault

LOCKS_JOB: Final = "storage.set_locks"
ATTEMPTS: Final = 1_000
"""The queue is not empty before the work is done, so giving up would only hide it."""
_SOURCE: Final = "locks"
_ENTRIES: Final = 500
_PAGE: Final = 200
_TOLD_AT_ONCE: Final = 4
_FIRST: Final = UUID(int=0)

_QUEUED: Final = """
SELECT id, case_id, document_id FROM storage_lock_queue WHERE institution_id = $1 ORDER BY id LIMIT $2
"""
_DONE: Final = "DELETE FROM storage_lock_queue WHERE institution_id = $1 AND id = ANY ($2::bigint[])"
_COUNT: Final = """
SELECT count(*) AS files FROM documents d
  JOIN document_versions v ON v.institution_id = d.institution_id AND v.document_id = d.id AND v.state = 'kept'
 WHERE d.institution_id = $1 AND (d.id = ANY ($2::uuid[]) OR d.case_id = ANY ($3::uuid[]))
"""
# Until it is filed a document has no term of its own, and can be withdrawn: only holds lie on it. What was filed into
# an open case has a term, and nobody knows its end yet.
_FILES: Final = """
SELECT v.id, v.document_id, v.object_key, v.storage_version_id, c.not_before,
       coalesce(c.open_end OR c.state = 'open', false) AS open_end,
       (SELECT EXISTS (SELECT FROM holds h WHERE h.institution_id = $1 AND h.state = 'active'))
         AND EXISTS (SELECT FROM holds_over_document(d.institution_id, d.id)) AS held,
       l.locked_until, l.mode, l.legal_hold, l.note, l.version_id IS NOT NULL AS told,
       l.settled AND l.storage_version_id = v.storage_version_id AS known
  FROM documents d
  JOIN document_versions v ON v.institution_id = d.institution_id AND v.document_id = d.id
  LEFT JOIN cases c ON c.institution_id = d.institution_id AND c.id = d.case_id
  LEFT JOIN storage_locks l ON l.institution_id = v.institution_id AND l.version_id = v.id
 WHERE d.institution_id = $1 AND (d.id = ANY ($2::uuid[]) OR d.case_id = ANY ($3::uuid[]))
   AND d.state IN ('quarantined', 'kept', 'filed') AND v.state = 'kept' AND v.id > $4
 ORDER BY v.id LIMIT $5
"""
_BEGUN: Final = """
INSERT INTO storage_locks (version_id, institution_id, storage_version_id, legal_hold, settled, seen_at)
SELECT v.id, v.institution_id, v.storage_version_id, false, false, $3 FROM document_versions v
 WHERE v.institution_id = $1 AND v.id = ANY ($2::uuid[])
ON CONFLICT (version_id) DO UPDATE SET settled = false
"""
_SEEN: Final = """
UPDATE storage_locks l SET storage_version_id = n.copy, locked_until = n.until, mode = n.mode, legal_hold = n.hold,
  note = n.note, settled = true, seen_at = $2
  FROM unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::boolean[], $8::text[])
       AS n(id, copy, until, mode, hold, note)
  JOIN document_versions v ON v.institution_id = $1 AND v.id = n.id AND v.storage_version_id = n.copy
 WHERE l.institution_id = $1 AND l.version_id = n.id
"""
_UNFINISHED: Final = """
SELECT 1 FROM jobs WHERE institution_id = $1 AND kind = $2 AND state IN ('queued', 'running') LIMIT 1
"""

Row = Mapping[str, Any]


class Told:
    """What came of telling storage of some files."""

    def __init__(self) -> None:
        self.looked_at = 0
        self.changed = 0
        self.absent = 0
        self.notes: dict[str, int] = {}

    def facts(self) -> dict[str, object]:
        """Return the numbers for the audit trail."""
        return {"files": self.looked_at, "changed": self.changed, "absent": self.absent, "notes": self.notes}


async def mark_documents(
    services: DocumentServices,
    context: JobContext,
    told: Told,
    *,
    documents: Sequence[UUID] = (),
    cases: Sequence[UUID] = (),
    mode: LockMode,
    total: int | None = None,
) -> None:
    """Bring the marks of every kept file of these documents and cases to what verdicts and holds ask.

    Can be repeated; what was cut off is looked at in the store again. Raises `StorageUnavailable`.
    """
    last = _FIRST
    while True:
        async with context.work() as work:
            values = [work.scope.institution_id, list(documents), list(cases), last, _PAGE]
            files = await work.rows(_FILES, values)
            plans = await _plans(work, services, files, mode) if files else []
            if plans:
                await work.run(_BEGUN, [work.scope.institution_id, [row["id"] for row, _ in plans], work.now])
        if plans:
            await _tell_all(services, context, told, plans)
        told.looked_at += len(files)
        await context.progress(told.looked_at, total)
        if len(files) < _PAGE:
            return
        last = files[-1]["id"]


async def _plans(
    work: Work, services: DocumentServices, files: Sequence[Row], mode: LockMode
) -> list[tuple[Row, Marks]]:
    """Return the files that have to be told something, each with what."""
    zone = ZoneInfo((await present_institution(work)).time_zone)
    terms = Terms(zone, work.now, mode, services.vault.capabilities.late_lock_dates)
    found = []
    for row in files:
        asked = Asked(row["not_before"], row["open_end"], row["held"])
        known = _known(row)
        wanted = planned(asked, known or NOTHING, terms)
        if known is None or wanted != known:
            found.append((row, wanted))
    return found


def _known(row: Row) -> Marks | None:
    """Return what was seen of a file; None where that is in doubt."""
    if not row["told"]:
        return NOTHING
    if not row["known"]:
        return None
    mode = row["mode"]
    lock = None if mode is None else RetentionLock(retain_until=row["locked_until"], mode=LockMode(mode))
    return Marks(lock, row["legal_hold"], None if row["note"] is None else Note(row["note"]))


async def _tell_all(
    services: DocumentServices, context: JobContext, told: Told, plans: Sequence[tuple[Row, Marks]]
) -> None:
    room = asyncio.Semaphore(_TOLD_AT_ONCE)

    async def tell_one(row: Row, wanted: Marks) -> Marks | None:
        async with room:
            try:
                return await tell(services.vault, row["object_key"], row["storage_version_id"], wanted, _known(row))
            except ObjectAbsent:
                return None
            except StoreUnavailable as error:
                raise StorageUnavailable from error

    outcomes = await asyncio.gather(*(tell_one(row, wanted) for row, wanted in plans), return_exceptions=True)
    both = [(row, wanted, seen) for (row, wanted), seen in zip(plans, outcomes, strict=True) if isinstance(seen, Marks)]
    told.absent += outcomes.count(None)
    told.changed += len(both)
    async with context.work() as work:
        await work.run(_SEEN, _columns(work, [(row, marks) for row, _, marks in both]))
        for row, wanted, marks in both:
            if marks.note is not None:
                told.notes[marks.note.value] = told.notes.get(marks.note.value, 0) + 1
            if marks.note in DIFFERENCES:
                said = {"version": str(row["id"]), "asked": _said(wanted), "kept": _said(marks)}
                work.record("document.lock_differs", "document", row["document_id"], said)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


def _columns(work: Work, seen: Sequence[tuple[Row, Marks]]) -> list[Any]:
    locks = [marks.lock for _, marks in seen]
    return [
        work.scope.institution_id,
        work.now,
        [row["id"] for row, _ in seen],
        [row["storage_version_id"] for row, _ in seen],
        [None if lock is None else lock.retain_until for lock in locks],
        [None if lock is None else lock.mode.value for lock in locks],
        [marks.legal_hold for _, marks in seen],
        [None if marks.note is None else marks.note.value for _, marks in seen],
    ]


def _said(marks: Marks) -> str:
    lock = "no lock" if marks.lock is None else f"{marks.lock.mode} until {marks.lock.retain_until.isoformat()}"
    return f"{lock}, legal hold {'on' if marks.legal_hold else 'off'}"


def locks_job(services: DocumentServices, *, mode: LockMode) -> JobHandler:
    """Return the handler of `LOCKS_JOB`: everything that is queued for one institution; it may run again."""

    async def handle(context: JobContext) -> None:
        told, total = Told(), 0
        while True:
            async with context.work() as work:
                entries = await work.rows(_QUEUED, [work.scope.institution_id, _ENTRIES])
                documents = [row["document_id"] for row in entries if row["document_id"]]
                cases = [row["case_id"] for row in entries if row["case_id"]]
                counted = await work.rows(_COUNT, [work.scope.institution_id, documents, cases])
            if not entries:
                break
            total += counted[0]["files"]
            await mark_documents(services, context, told, documents=documents, cases=cases, mode=mode, total=total)
            async with context.work() as work:
                await work.run(_DONE, [work.scope.institution_id, [row["id"] for row in entries]])
        if told.changed or told.absent:
            async with context.work() as work:
                work.record("storage.locks_set", "institution", work.scope.institution_id, told.facts())

    return handle


async def follow_verdicts(database: Database, vault: Vault) -> int:
    """Start a job for each institution whose queue has something and that has none; return how many were started.

    A store without object lock is told nothing; the queue waits for one that has it.
    """
    if not vault.capabilities.object_lock:
        return 0
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT institutions_with_locks_to_set() AS id")
    started = 0
    for row in rows:
        async with database.work(Scope(institution_id=row["id"], source=_SOURCE)) as work:
            if not await work.rows(_UNFINISHED, [row["id"], LOCKS_JOB]):
                work.defer(LOCKS_JOB, subject_type="institution", subject_id=row["id"], lock=f"holds:{row['id']}")
                started += 1
    return started


async def queue_doubtful_locks(database: Database) -> int:
    """Have every file looked at again of which storage may keep something else than is written; return how many."""
    rows = await database.ask("SELECT queue_doubtful_locks() AS files")
    return int(rows[0]["files"])


async def check_locks(database: Database, vault: Vault) -> None:
    """Raise `PartDegraded` where storage keeps no locks, or keeps others than it was told."""
    if not vault.capabilities.object_lock:
        raise PartDegraded("object_lock_unsupported")
    rows = await database.ask("SELECT storage_locks_differ() AS differ")
    if rows[0]["differ"]:
        raise PartDegraded("object_locks_differ")
