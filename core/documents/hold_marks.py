"""What storage is told of holds: a legal hold on every kept file that one covers, set and read back by a job.

The holds themselves bind from their commit, in the database; these marks are the second fence.
"""

from typing import Final
from uuid import UUID

from core.documents.models import DocumentVersion
from core.documents.services import DocumentServices
from core.kernel.database.work import Work
from core.kernel.errors import StorageUnavailable
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from retention.lifecycle import DocumentState
from storage.errors import ObjectAbsent, StoreUnavailable

_AT_ONCE: Final = 100
_FIRST: Final = UUID(int=0)

# Every document that a hold names, active or lifted, and whether storage is to hold it now.
_COVERED: Final = """
SELECT d.id, EXISTS (SELECT FROM holds_over_document(d.institution_id, d.id)) OR coalesce(c.open_end, false)
         OR coalesce(s.open_end, false) AS held
  FROM holds h
  JOIN documents d ON d.institution_id = h.institution_id
  LEFT JOIN personal_files f ON f.institution_id = d.institution_id AND f.id = d.personal_file_id
  LEFT JOIN cases c ON c.institution_id = d.institution_id AND c.id = d.case_id
  LEFT JOIN cases s ON s.institution_id = d.institution_id AND s.subject_kind = 'personal_file'
                   AND s.subject_id = d.personal_file_id
 WHERE h.institution_id = $1 AND h.id = $2 AND d.id > $3 AND d.state IN ('quarantined', 'kept', 'filed')
   AND (h.whole_institution OR EXISTS (
     SELECT FROM hold_targets t WHERE t.institution_id = h.institution_id AND t.hold_id = h.id
        AND (t.case_id IN (c.id, s.id) OR t.lineage_id IN (c.lineage_id, s.lineage_id) OR t.person_id = f.person_id
             OR EXISTS (SELECT FROM case_persons p WHERE p.institution_id = t.institution_id
                         AND p.case_id IN (c.id, s.id) AND p.person_id = t.person_id))))
 ORDER BY d.id LIMIT $4
"""


def hold_marks_job(services: DocumentServices) -> JobHandler:
    """Return the handler of `core.cases.holds.HOLD_MARKS_JOB`; it may run again, and then finds everything done."""

    async def handle(context: JobContext, *, hold: str) -> None:
        marked, absent, last = 0, 0, _FIRST
        while True:
            async with context.work() as work:
                covered = await _covered(work, UUID(hold), last)
                ids = [document_id for document_id, _ in covered]
                versions = await DocumentVersion.filter(document_id__in=ids, state=DocumentState.KEPT)
            wanted = dict(covered)
            for version in versions:
                found = await _mark(services, version, on=wanted[version.document_id])
                marked, absent = marked + found, absent + (not found)
            await context.progress(marked)
            if len(covered) < _AT_ONCE:
                break
            last = ids[-1]
        async with context.work() as work:
            work.record("hold.marked_in_storage", "hold", hold, {"files": marked, "absent": absent})

    return handle


async def _covered(work: Work, hold_id: UUID, last: UUID) -> list[tuple[UUID, bool]]:
    rows = await work.rows(_COVERED, [work.scope.institution_id, hold_id, last, _AT_ONCE])
    return [(row["id"], row["held"]) for row in rows]


async def _mark(services: DocumentServices, version: DocumentVersion, *, on: bool) -> bool:
    """Set or lift the legal hold of one file, read back by the vault; return False for a file that is not there."""
    try:
        await services.vault.hold(version.object_key, version.storage_version_id, on=on)
    except ObjectAbsent:
        return False
    except StoreUnavailable as error:
        raise StorageUnavailable from error
    return True
