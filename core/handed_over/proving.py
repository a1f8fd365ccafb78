"""The end of copies: proof, stub and the end of their rows in one transaction, once storage confirmed every absence."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.disposal.execution.proving import remove_documents
from core.disposal.execution.registers import SEE_DOOMED
from core.handed_over.beginning import COPIES
from core.handed_over.models import CopyDecision, CopyLine, CopyLineState
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from storage.objects import ProofOfAbsence

_LOCK: Final = """
SELECT id FROM cases WHERE institution_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE
"""
_DOCUMENTS: Final = """
SELECT id, case_id, files FROM document_stubs
 WHERE institution_id = $1 AND act_id = $3 AND case_id = ANY ($2::uuid[]) AND destroyed_at IS NULL ORDER BY id
"""


async def finish_copies(
    work: Work,
    decision: CopyDecision,
    attempt_id: UUID,
    line_ids: Sequence[UUID],
    proofs: Mapping[str, ProofOfAbsence],
) -> int:
    """Write the proofs of lines whose every version is absent, and let the rows of their documents go; return how many.

    The cases stay what they are: transferred. A line that has ended already is passed over.
    """
    institution = work.scope.institution_id
    lines = await CopyLine.filter(id__in=list(line_ids), state=CopyLineState.DESTROYING).order_by("id")
    if not lines:
        return 0
    ids, case_ids = [line.id for line in lines], [line.case_id for line in lines]
    await work.rows(_LOCK, [institution, case_ids])
    await work.rows(SEE_DOOMED)
    await COPIES.write_absent(work, ids, proofs, attempt_id)
    documents = await work.rows(_DOCUMENTS, [institution, case_ids, decision.id])
    said = {"copy_decision": str(decision.id), "number": decision.number}
    await remove_documents(work, [row["id"] for row in documents], said)
    changed = await CopyLine.filter(id__in=ids, state=CopyLineState.DESTROYING).update(
        state=CopyLineState.DESTROYED, ended_at=work.now
    )
    if changed != len(ids):
        raise StaleState
    _tell(work, decision, lines, documents)
    return len(lines)


def _tell(work: Work, decision: CopyDecision, lines: Sequence[CopyLine], documents: Sequence[dict[str, Any]]) -> None:
    counts: dict[UUID, list[int]] = {line.case_id: [0, 0] for line in lines}
    for row in documents:
        counts[row["case_id"]][0] += 1
        counts[row["case_id"]][1] += row["files"]
    for line in lines:
        gone, files = counts[line.case_id]
        named = {"decision": str(decision.id), "line": str(line.id)}
        said = {**named, "number": decision.number, "documents": gone, "files": files}
        work.record("case.copies_destroyed", "case", line.case_id, said)
        work.emit("copy_decision.line_destroyed", {**named, "case": str(line.case_id)})


async def fail_copies(work: Work, decision: CopyDecision, reasons: Mapping[UUID, str]) -> int:
    """Say of lines that they could not be finished; they stay half destroyed until two executors go on."""
    lines = await CopyLine.filter(id__in=list(reasons), state=CopyLineState.DESTROYING).order_by("id")
    for line in lines:
        await CopyLine.filter(id=line.id, state=CopyLineState.DESTROYING).update(
            state=CopyLineState.FAILED, reason=reasons[line.id]
        )
        said = {"decision": str(decision.id), "line": str(line.id), "reason": reasons[line.id]}
        work.record("copy_decision.line_failed", "case", line.case_id, said)
    return len(lines)
