"""The end of a line: proof, stub and the end of its rows in one transaction, once storage confirmed every absence."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.cases.models import Case
from core.cases.verdicts import require_step
from core.disposal.execution.copies import end_copies
from core.disposal.execution.people import end_people
from core.disposal.execution.registers import ACTS, SEE_DOOMED
from core.disposal.lives import BY_SYSTEM, require_line_step
from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.audit.blanking import blank_payloads
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.origins.forgetting import EndingAct
from core.search.entries import remove_entries
from retention import act_lines
from retention import cases as case_steps
from retention.act_lines import LineFacts, LineState
from retention.case_facts import CaseFacts, CaseState
from storage.objects import ProofOfAbsence

_ACT: Final = "SELECT id FROM disposal_acts WHERE institution_id = $1 AND id = $2 FOR SHARE"
_LOCK: Final = """
SELECT id FROM cases WHERE institution_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE
"""
_DOCUMENTS: Final = """
SELECT id, case_id, files FROM document_stubs
 WHERE institution_id = $1 AND case_id = ANY ($2::uuid[]) AND destroyed_at IS NULL ORDER BY id
"""
_BLANK: Final = """
SELECT blank_audit_payloads('document', e.object, e.reason)
  FROM unnest($1::text[], $2::uuid[]) AS e(object, reason)
"""
_KEYS: Final = """
DELETE FROM idempotency_keys k USING document_versions v
 WHERE k.institution_id = $1 AND k.object_type = 'document_version' AND k.object_id = v.id AND v.institution_id = $1
   AND v.document_id = ANY ($2::uuid[])
"""
_ROWS: Final = "DELETE FROM documents WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
_GONE: Final = """
UPDATE document_stubs SET destroyed_at = $3 WHERE institution_id = $1 AND id = ANY ($2::uuid[])
"""
_CASES: Final = """
UPDATE cases SET state = 'destroyed', revision = revision + 1,
  electronic_fate = CASE electronic_fate WHEN 'kept' THEN 'destroyed' ELSE electronic_fate END
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND state = 'on_act'
"""
_LINES: Final = """
UPDATE disposal_act_lines SET state = 'destroyed', ended_at = $3
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND state = 'destroying'
"""


async def finish_lines(
    work: Work,
    act: DisposalAct,
    attempt_id: UUID,
    line_ids: Sequence[UUID],
    proofs: Mapping[str, ProofOfAbsence],
) -> int:
    """Write the proofs of lines whose every version is absent, and let the rows of their documents go; return how many.

    What is said of the documents in the audit trail is blanked but for their end; triggers enter them into the
    destruction ledger. A line that has ended already is passed over.
    """
    institution = work.scope.institution_id
    await work.rows(_ACT, [institution, act.id])
    lines = await DisposalActLine.filter(id__in=list(line_ids), state=LineState.DESTROYING).order_by("id")
    if not lines:
        return 0
    ids, case_ids = [line.id for line in lines], [line.case_id for line in lines]
    await work.rows(_LOCK, [institution, case_ids])
    await work.rows(SEE_DOOMED)
    await ACTS.write_absent(work, ids, proofs, attempt_id)
    documents = await work.rows(_DOCUMENTS, [institution, case_ids])
    said = {"act": str(act.id), "number": act.number}
    await remove_documents(work, [row["id"] for row in documents], said)
    await _end_personal_files(work, act, case_ids)
    for line in lines:
        require_line_step(line, act_lines.FINISH, LineFacts(absent=True, proof_written=True), BY_SYSTEM)
        require_step(CaseState.ON_ACT, case_steps.EXECUTED, CaseFacts(absence_proved=True))
    moved = [await work.run(_CASES, [institution, case_ids]), await work.run(_LINES, [institution, ids, work.now])]
    if moved != [len(lines), len(lines)] or act.approved_on is None:
        raise StaleState
    ending = EndingAct(id=act.id, number=act.number, date=act.approved_on)
    await end_people(work, ending, await end_copies(work, ending, case_ids))
    await remove_entries(work, "case", case_ids)
    _tell(work, act, lines, documents)
    return len(lines)


async def remove_documents(work: Work, documents: Sequence[UUID], said: Mapping[str, str]) -> None:
    """Let the rows of documents go whose versions are proved absent; the trail keeps what is `said` of their end."""
    if not documents:
        return
    institution, ids = work.scope.institution_id, list(documents)
    reasons = [work.record("document.destroyed", "document", each, said) for each in ids]
    await work.flush()
    await work.rows(_BLANK, [[str(each) for each in ids], reasons])
    await work.run(_KEYS, [institution, ids])
    await remove_entries(work, "document", ids)
    await work.run(_ROWS, [institution, ids])
    await work.run(_GONE, [institution, ids, work.now])


async def _end_personal_files(work: Work, act: DisposalAct, case_ids: Sequence[UUID]) -> None:
    """Blank what the trail says of the personal files that these cases are; their rows stay as stubs."""
    cases = Case.filter(id__in=list(case_ids), subject_kind="personal_file")
    files: list[UUID] = await cases.values_list("subject_id", flat=True)  # type: ignore[assignment]
    for file_id in files:
        reason = work.record("personal_file.destroyed", "personal_file", file_id, {"act": str(act.id)})
        await blank_payloads(work, "personal_file", file_id, reason)


def _tell(work: Work, act: DisposalAct, lines: Sequence[DisposalActLine], documents: Sequence[dict[str, Any]]) -> None:
    counts: dict[UUID, list[int]] = {line.case_id: [0, 0] for line in lines}
    for row in documents:
        counts[row["case_id"]][0] += 1
        counts[row["case_id"]][1] += row["files"]
    for line in lines:
        gone, files = counts[line.case_id]
        said = {"act": str(act.id), "line": str(line.id), "number": act.number, "documents": gone, "files": files}
        work.record("case.destroyed", "case", line.case_id, said)
        named = {"act": str(act.id), "line": str(line.id), "case": str(line.case_id)}
        work.emit("disposal_act.line_destroyed", named)


async def fail_lines(work: Work, act: DisposalAct, reasons: Mapping[UUID, str]) -> int:
    """Say of lines that they could not be finished; they stay half destroyed until the act is executed again."""
    await work.rows(_ACT, [work.scope.institution_id, act.id])
    lines = await DisposalActLine.filter(id__in=list(reasons), state=LineState.DESTROYING).order_by("id")
    for line in lines:
        reason = reasons[line.id]
        state = require_line_step(line, act_lines.FAIL, LineFacts(reason_given=bool(reason)), BY_SYSTEM)
        await DisposalActLine.filter(id=line.id, state=LineState.DESTROYING).update(state=state, reason=reason)
        said = {"act": str(act.id), "line": str(line.id), "reason": reason}
        work.record("disposal_act.line_failed", "case", line.case_id, said)
        named = {"act": str(act.id), "line": str(line.id), "case": str(line.case_id)}
        work.emit("disposal_act.line_failed", named)
    return len(lines)
