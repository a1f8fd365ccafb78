"""What storage is told of holds: a legal hold on every kept file that one covers, set and read back by a job.

The holds themselves bind from their commit, in the database; these marks are the second fence. A file loses its mark
only when neither another hold nor the open end of its case needs it (`core.documents.locks`).
"""

from typing import Final
from uuid import UUID

from core.cases.holds import HOLD_MARKS_JOB
from core.documents.lock_jobs import ATTEMPTS, LOCKS_JOB, Told, locks_job, mark_documents
from core.documents.services import DocumentServices
from core.kernel.database.work import Work
from core.kernel.jobs.catalog import JobCatalog, JobHandler
from core.kernel.jobs.context import JobContext
from storage.objects import LockMode

_AT_ONCE: Final = 200
_FIRST: Final = UUID(int=0)

# Every document that a hold names, active or lifted, also by a case that was merged into its own.
_COVERED: Final = """
SELECT d.id
  FROM holds h
  JOIN documents d ON d.institution_id = h.institution_id
  LEFT JOIN personal_files f ON f.institution_id = d.institution_id AND f.id = d.personal_file_id
  LEFT JOIN cases s ON s.institution_id = d.institution_id AND s.subject_kind = 'personal_file'
                   AND s.subject_id = d.personal_file_id
 WHERE h.institution_id = $1 AND h.id = $2 AND d.id > $3 AND d.state IN ('quarantined', 'kept', 'filed')
   AND (h.whole_institution OR EXISTS (
     WITH RECURSIVE within AS (
       SELECT c.id, c.lineage_id FROM cases c WHERE c.institution_id = $1 AND c.id IN (d.case_id, s.id)
       UNION
       SELECT c.id, c.lineage_id FROM within w JOIN cases c ON c.institution_id = $1 AND c.merged_into_id = w.id)
     SELECT FROM hold_targets t WHERE t.institution_id = $1 AND t.hold_id = h.id
        AND (t.person_id = f.person_id OR EXISTS (
          SELECT FROM within w WHERE w.id = t.case_id OR w.lineage_id = t.lineage_id
             OR EXISTS (SELECT FROM case_persons p WHERE p.institution_id = $1 AND p.case_id = w.id
                           AND p.person_id = t.person_id)))))
 ORDER BY d.id LIMIT $4
"""


def register_marks(catalog: JobCatalog, services: DocumentServices, *, mode: LockMode = LockMode.GOVERNANCE) -> None:
    """Let a worker know the jobs that tell storage of holds and verdicts; new locks get this mode."""
    catalog.register(HOLD_MARKS_JOB, hold_marks_job(services, mode=mode))
    catalog.register(LOCKS_JOB, locks_job(services, mode=mode), attempts=ATTEMPTS)


def hold_marks_job(services: DocumentServices, *, mode: LockMode = LockMode.GOVERNANCE) -> JobHandler:
    """Return the handler of `HOLD_MARKS_JOB`; it may run again, and then finds everything done.

    Where the store keeps no legal holds it is told nothing, and the audit trail says so.
    """

    async def handle(context: JobContext, *, hold: str) -> None:
        told, last = Told(), _FIRST
        supported = services.vault.capabilities.object_lock
        while supported:
            async with context.work() as work:
                covered = await _covered(work, UUID(hold), last)
            await mark_documents(services, context, told, documents=covered, mode=mode)
            if len(covered) < _AT_ONCE:
                break
            last = covered[-1]
        async with context.work() as work:
            work.record("hold.marked_in_storage", "hold", hold, {**told.facts(), "supported": supported})

    return handle


async def _covered(work: Work, hold_id: UUID, last: UUID) -> list[UUID]:
    rows = await work.rows(_COVERED, [work.scope.institution_id, hold_id, last, _AT_ONCE])
    return [row["id"] for row in rows]
