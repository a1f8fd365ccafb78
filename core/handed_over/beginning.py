"""The point of no return of copies: looked at once more, and what will go is written down, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.cases.holds import pass_gate
from core.cases.models import Case
from core.disposal.execution.beginning import mark_documents
from core.disposal.execution.listing import FoundObject
from core.disposal.execution.registers import SEE_DOOMED, Register
from core.exits.contents import Content, files_of
from core.exits.models import Transfer, TransferLine
from core.handed_over.models import CopyDecision, CopyLine, CopyLineState
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.plugins import PluginHost
from core.papers.numerals import short_date
from core.sdk.disposal import DisposalLine, DisposalReview, DisposalStage
from retention.case_facts import CaseState

_DECISION: Final = "SELECT state FROM copy_decisions WHERE institution_id = $1 AND id = $2 FOR SHARE"
COPIES: Final = Register(lines="copy_lines", documents="documents_of_copies", objects="copy_objects")
_LOCK_FILES: Final = """
SELECT f.id FROM personal_files f WHERE f.institution_id = $1 AND f.id = ANY ($2::uuid[]) ORDER BY f.id FOR UPDATE
"""
_LOCK_DOCUMENTS: Final = """
SELECT d.id FROM documents d WHERE d.institution_id = $1 AND d.id = ANY ($2::uuid[]) ORDER BY d.id FOR UPDATE
"""
# What covers a document holds its line as well: a part that is held blocks the whole.
_HELD: Final = """
SELECT l.id AS line_id, h.hold_id FROM copy_lines l, LATERAL holds_over_cases($1, ARRAY[l.case_id]) AS h
 WHERE l.institution_id = $1 AND l.id = ANY ($2::uuid[])
 UNION ALL
SELECT g.line_id, h FROM documents_of_copies($1, $2) AS g, LATERAL holds_over_document($1, g.document_id) AS h
"""
_STUBS: Final = """
INSERT INTO document_stubs (id, institution_id, case_id, kind, dated_on, received_at, files, act_id, act_number,
                            act_date, began_at, transfer_id, kept_by, kept_under)
SELECT d.id, $1::uuid, g.case_id, d.kind, d.issued_on, d.created_at,
       (SELECT count(*) FROM document_versions v WHERE v.institution_id = $1 AND v.document_id = d.id),
       $3::uuid, $4, $5::date, $6::timestamptz, $7::uuid, $8, $9
  FROM documents_of_copies($1, $2) AS g JOIN documents d ON d.institution_id = $1 AND d.id = g.document_id
"""


@dataclass(frozen=True, slots=True)
class Present:
    """What lines and their cases are at this moment, with holds shut out."""

    cases: Mapping[UUID, Case]
    held: Mapping[UUID, UUID]
    accepted: Mapping[UUID, Content]
    """By line of the transfer: what the archive accepted."""
    files: Mapping[UUID, Content]


async def objections_to_copies(
    plugins: PluginHost, decision: CopyDecision, lines: Sequence[CopyLine], said: Mapping[UUID, TransferLine]
) -> dict[UUID, list[str]]:
    """Return, by line, `plugin.code` of every objection; a plugin that cannot be asked objects to every line."""
    review = DisposalReview(
        act_id=decision.id,
        institution_id=decision.institution_id,
        stage=DisposalStage.BEFORE_EXECUTION,
        lines=tuple(_shown(line, said[line.transfer_line_id]) for line in lines),
    )
    found: dict[UUID, list[str]] = {}
    for raised in await plugins.review_disposal(review):
        found.setdefault(raised.objection.line_id, []).append(f"{raised.plugin}.{raised.objection.code}")
    return found


def _shown(line: CopyLine, said: TransferLine) -> DisposalLine:
    return DisposalLine(
        id=line.id,
        case_id=line.case_id,
        index=said.class_index,
        title=said.title,
        first_year=said.first_day.year,
        last_year=said.last_day.year,
        volumes=said.volumes,
        term=" ".join(part for part in (said.term, said.footnote) if part),
        article=said.article,
        rule_version="",
    )


async def begin_copies(
    work: Work,
    decision: CopyDecision,
    lines: Sequence[CopyLine],
    objections: Mapping[UUID, Sequence[str]],
    found: Sequence[FoundObject],
) -> int:
    """Let the lines that nothing speaks against pass the point of no return, and end the others; return how many.

    What goes is exactly what the archive accepted: every file is compared with the line of the transfer.
    """
    [now] = await work.rows(_DECISION, [work.scope.institution_id, decision.id])
    if now["state"] != "executing":
        raise StaleState
    listed = await CopyLine.filter(id__in=[line.id for line in lines], state=CopyLineState.LISTED).order_by("id")
    present = await _look(work, listed)
    begun = []
    for line in listed:
        state, reason = _against(line, present, objections.get(line.id, ()))
        if state is None:
            begun.append(line)
        else:
            await _end(work, decision, line, state, reason)
    if begun:
        await _pass(work, decision, begun, found)
    return len(begun)


async def _look(work: Work, lines: Sequence[CopyLine]) -> Present:
    case_ids, ids = [line.case_id for line in lines], [line.id for line in lines]
    locked = await Case.filter(id__in=case_ids).order_by("id").select_for_update()
    files = sorted(case.subject_id for case in locked if case.subject_kind == "personal_file" and case.subject_id)
    await work.rows(_LOCK_FILES, [work.scope.institution_id, files])
    documents = await COPIES.going(work, ids)
    await work.rows(_LOCK_DOCUMENTS, [work.scope.institution_id, [each.id for each in documents]])
    await pass_gate(work)
    held = await work.rows(_HELD, [work.scope.institution_id, ids])
    said = await TransferLine.filter(id__in=[line.transfer_line_id for line in lines])
    return Present(
        cases={case.id: case for case in locked},
        held={row["line_id"]: row["hold_id"] for row in held},
        accepted={each.id: each.content for each in said},
        files=await files_of(work, case_ids),
    )


def _against(line: CopyLine, present: Present, objections: Sequence[str]) -> tuple[CopyLineState | None, str]:
    if line.id in present.held:
        return CopyLineState.HELD, str(present.held[line.id])
    reasons = sorted(objections)
    if present.cases[line.case_id].state is not CaseState.TRANSFERRED:
        reasons.append("case_in_another_state")
    if present.files[line.case_id] != present.accepted[line.transfer_line_id]:
        reasons.append("content_changed")
    return (CopyLineState.SKIPPED, ", ".join(reasons)) if reasons else (None, "")


async def _end(work: Work, decision: CopyDecision, line: CopyLine, state: CopyLineState, reason: str) -> None:
    await CopyLine.filter(id=line.id, state=CopyLineState.LISTED).update(state=state, reason=reason, ended_at=work.now)
    said = {"decision": str(decision.id), "line": str(line.id), "reason": reason}
    work.record(f"copy_decision.line_{state.value}", "case", line.case_id, said)


async def _pass(work: Work, decision: CopyDecision, begun: Sequence[CopyLine], found: Sequence[FoundObject]) -> None:
    institution, ids = work.scope.institution_id, [line.id for line in begun]
    transfer = await Transfer.get(id=decision.transfer_id)
    going = [each.id for each in await COPIES.going(work, ids)]
    day = short_date(transfer.accepted_on) if transfer.accepted_on else ""
    where = [transfer.id, transfer.archive_name, f"№ {transfer.acceptance_number} от {day}"]
    await work.rows(SEE_DOOMED)
    await work.run(_STUBS, [institution, ids, decision.id, decision.number, decision.approved_on, work.now, *where])
    await COPIES.write_known(work, ids)
    await COPIES.write_found(work, [each for each in found if each.line_id in set(ids)])
    await mark_documents(work, going)
    changed = await CopyLine.filter(id__in=ids, state=CopyLineState.LISTED).update(state=CopyLineState.DESTROYING)
    if changed != len(ids):
        raise StaleState
    for line in begun:
        said: dict[str, Any] = {"decision": str(decision.id), "line": str(line.id)}
        work.record("copy_decision.line_begun", "case", line.case_id, said)
