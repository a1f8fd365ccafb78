"""The point of no return: lines are looked at once more, and what will go is written down, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.cases.holds import pass_gate
from core.cases.models import Case
from core.cases.verdicts import Judgement, judge_all
from core.disposal.execution.listing import FoundObject, GoingDocument
from core.disposal.execution.registers import ACTS, SEE_DOOMED
from core.disposal.listing import release_case
from core.disposal.lives import BY_SYSTEM, require_line_step
from core.disposal.models import DisposalAct, DisposalActLine
from core.disposal.snapshots import Going, going, line_digest
from core.institutions.registry import present_day
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.search.entries import remove_entries, remove_entry
from retention import act_lines
from retention.act_lines import LineFacts, LineState
from retention.case_facts import CaseState
from retention.disposal_facts import ActState
from retention.transitions import Refused
from retention.verdicts import Outcome

_ACT: Final = "SELECT state FROM disposal_acts WHERE institution_id = $1 AND id = $2 FOR SHARE"
_LOCK_FILES: Final = """
SELECT f.id FROM personal_files f WHERE f.institution_id = $1 AND f.id = ANY ($2::uuid[]) ORDER BY f.id FOR UPDATE
"""
_LOCK_DOCUMENTS: Final = """
SELECT d.id FROM documents d WHERE d.institution_id = $1 AND d.id = ANY ($2::uuid[]) ORDER BY d.id FOR UPDATE
"""
# What covers a document holds its line as well: a part that is held blocks the whole.
_HELD: Final = """
SELECT line_id, hold_id FROM lines_held_among($1, $2)
 UNION ALL
SELECT g.line_id, h FROM documents_of_lines($1, $2) AS g, LATERAL holds_over_document($1, g.document_id) AS h
"""
_STUBS: Final = """
INSERT INTO document_stubs (id, institution_id, case_id, kind, dated_on, received_at, files, act_id, act_number,
                            act_date, began_at)
SELECT d.id, $1::uuid, g.case_id, d.kind, d.issued_on, d.created_at,
       (SELECT count(*) FROM document_versions v WHERE v.institution_id = $1 AND v.document_id = d.id),
       $3::uuid, $4, $5::date, $6::timestamptz
  FROM documents_of_lines($1, $2) AS g JOIN documents d ON d.institution_id = $1 AND d.id = g.document_id
"""
# The same bytes may come again while these are on their way out.
_REPEATED: Final = """
UPDATE document_versions SET repeated = true
 WHERE institution_id = $1 AND document_id = ANY ($2::uuid[]) AND NOT repeated
"""
_MARK: Final = """
UPDATE documents SET destruction_began_at = $3 WHERE institution_id = $1 AND id = ANY ($2::uuid[])
"""
_MARK_FILES: Final = """
UPDATE personal_files SET destruction_began_at = $3, note = '' WHERE institution_id = $1 AND id = ANY ($2::uuid[])
"""
_BEGUN: Final = """
UPDATE disposal_act_lines SET state = 'destroying'
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND state = 'listed'
"""


@dataclass(frozen=True, slots=True)
class _Present:
    """What lines and their cases are at this moment, with holds shut out."""

    cases: Mapping[UUID, Case]
    held: Mapping[UUID, UUID]
    judged: Mapping[UUID, Judgement]
    there: Mapping[UUID, Going]


async def begin_lines(
    work: Work,
    act: DisposalAct,
    lines: Sequence[DisposalActLine],
    objections: Mapping[UUID, Sequence[str]],
    found: Sequence[FoundObject],
) -> int:
    """Let the lines that nothing speaks against pass the point of no return, and take the others off; return how many.

    `found` is what storage listed of them before: it is written down together with what the register knows. What people
    approved is compared with what is there now, with cases, documents and holds locked.
    """
    [now] = await work.rows(_ACT, [work.scope.institution_id, act.id])
    locked = await Case.filter(id__in=[line.case_id for line in lines]).order_by("id").select_for_update()
    cases = {case.id: case for case in locked}
    listed = await DisposalActLine.filter(id__in=[line.id for line in lines], state=LineState.LISTED).order_by("id")
    documents = await _lock_records(work, cases.values(), listed)
    present = await _look(work, act, cases, listed)
    begun = []
    for line in listed:
        facts = _facts(line, present, objections.get(line.id, ()), executing=now["state"] == ActState.EXECUTING)
        decision = act_lines.decide(line.state, act_lines.BEGIN, facts, BY_SYSTEM)
        if not isinstance(decision, Refused):
            begun.append(line)
        elif facts.held:
            await _take_off(work, act, line, present)
        else:
            reasons = [each.code for each in decision.reasons] + sorted(objections.get(line.id, ()))
            await _skip(work, act, line, facts, reasons)
    if begun:
        await _pass(work, act, begun, documents, found)
    return len(begun)


async def _lock_records(work: Work, cases: Iterable[Case], lines: Sequence[DisposalActLine]) -> list[GoingDocument]:
    files = sorted(case.subject_id for case in cases if case.subject_kind == "personal_file" and case.subject_id)
    await work.rows(_LOCK_FILES, [work.scope.institution_id, files])
    documents = await ACTS.going(work, [line.id for line in lines])
    await work.rows(_LOCK_DOCUMENTS, [work.scope.institution_id, [each.id for each in documents]])
    return documents


async def _look(work: Work, act: DisposalAct, cases: Mapping[UUID, Case], lines: Sequence[DisposalActLine]) -> _Present:
    await pass_gate(work)
    held = await work.rows(_HELD, [work.scope.institution_id, [line.id for line in lines]])
    today = await present_day(work)
    on_act = [case for case in cases.values() if case.state is CaseState.ON_ACT]
    return _Present(
        cases=cases,
        held={row["line_id"]: row["hold_id"] for row in held},
        judged=await judge_all(work, on_act, today=today) if on_act else {},
        there=await going(work, list(cases), act_id=act.id, today=today),
    )


def _facts(line: DisposalActLine, present: _Present, objections: Sequence[str], *, executing: bool) -> LineFacts:
    case, judged = present.cases.get(line.case_id), present.judged.get(line.case_id)
    there, approved = present.there.get(line.case_id), Going(line.content, line.carried)
    unchanged = there is not None and there.within(approved) and line.digest == line_digest(line)
    return LineFacts(
        held=line.id in present.held,
        act_executing=executing,
        reason_given=True,
        due=judged is not None and judged.verdict.outcome is Outcome.DUE,
        same_rule_version=judged is not None and judged.rule_id == line.rule_id,
        same_content=unchanged,
        same_institution=case is not None and case.institution_id == line.institution_id,
        no_objection=not objections,
        versions_listed=True,
    )


async def _take_off(work: Work, act: DisposalAct, line: DisposalActLine, present: _Present) -> None:
    state = require_line_step(line, act_lines.HOLD_PLACED, LineFacts(), BY_SYSTEM)
    hold = str(present.held[line.id])
    await _end(work, act, line, state, "disposal_act.line_held", {"hold": hold})


async def _skip(work: Work, act: DisposalAct, line: DisposalActLine, facts: LineFacts, reasons: Sequence[str]) -> None:
    state = require_line_step(line, act_lines.SKIP, facts, BY_SYSTEM)
    await _end(work, act, line, state, "disposal_act.line_skipped", {"reasons": list(reasons)}, ", ".join(reasons))


async def _end(
    work: Work,
    act: DisposalAct,
    line: DisposalActLine,
    state: LineState,
    action: str,
    said: dict[str, Any],
    reason: str = "",
) -> None:
    """Take a line off the act; its case goes where today's verdict wants it, if the act still had it."""
    await DisposalActLine.filter(id=line.id, state=LineState.LISTED).update(
        state=state, living=False, reason=reason, ended_at=work.now
    )
    if await Case.filter(id=line.case_id, state=CaseState.ON_ACT).exists():
        await release_case(work, line.case_id, today=await present_day(work))
    work.record(action, "case", line.case_id, {"act": str(act.id), "line": str(line.id), **said})
    work.emit(action, {"act": str(act.id), "line": str(line.id), "case": str(line.case_id)})


async def _pass(
    work: Work,
    act: DisposalAct,
    begun: Sequence[DisposalActLine],
    documents: Sequence[GoingDocument],
    found: Sequence[FoundObject],
) -> None:
    institution, ids = work.scope.institution_id, [line.id for line in begun]
    going = [each.id for each in documents if each.line_id in set(ids)]
    await work.rows(SEE_DOOMED)
    await work.run(_STUBS, [institution, ids, act.id, act.number, act.approved_on, work.now])
    await ACTS.write_known(work, ids)
    await ACTS.write_found(work, [each for each in found if each.document_id in set(going)])
    await mark_documents(work, going)
    await _mark_personal_files(work, begun)
    if await work.run(_BEGUN, [institution, ids]) != len(ids):
        raise StaleState
    for line in begun:
        work.record("disposal_act.line_begun", "case", line.case_id, {"act": str(act.id), "line": str(line.id)})


async def mark_documents(work: Work, documents: Sequence[UUID]) -> None:
    """Let nobody see or find these documents any more: their destruction begins with the commit."""
    institution = work.scope.institution_id
    await work.run(_REPEATED, [institution, list(documents)])
    await work.run(_MARK, [institution, list(documents), work.now])
    await remove_entries(work, "document", documents)


async def _mark_personal_files(work: Work, begun: Sequence[DisposalActLine]) -> None:
    cases = Case.filter(id__in=[line.case_id for line in begun], subject_kind="personal_file")
    files: list[UUID] = await cases.values_list("subject_id", flat=True)  # type: ignore[assignment]
    if files:
        await work.run(_MARK_FILES, [work.scope.institution_id, files, work.now])
    for file_id in files:
        await remove_entry(work, "personal_file", file_id)
