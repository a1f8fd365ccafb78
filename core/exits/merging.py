"""Merger of cases («присоединение»): one goes into another of its class, which carries the later closing date.

There is no way back. Nothing of either is free earlier by it: what the source's own rule and records would have kept
longer keeps the merger from happening.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.cases.holds import holds_over, pass_gate
from core.cases.models import Case, Movement, Volume
from core.cases.opening import find_case, lock_case
from core.cases.verdicts import Judgement, judge, keep
from core.documents.models import Document
from core.exits.errors import CaseLeaving, MergerRefused
from core.exits.models import CaseMerger, TransferLine
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from retention.case_facts import COMPUTED, CaseFacts, CaseState
from retention.case_guards import NOT_BOUND
from retention.cases import CASE, MERGE
from retention.redating import compare
from retention.transitions import Refusal, Refused
from retention.verdicts import Verdict

_AT_ONCE: Final = 500
_INTO_ITSELF: Final = Refusal("into_itself", "Name another case of the class.")
_TARGET_STATE: Final = Refusal("target_in_another_state", "Choose a target that is open, or closed and on no act.")
_SUBJECT: Final = Refusal("has_subject", "A personal file, register or export is one case; it is not merged.")
_OPENED_LATER: Final = Refusal("opened_later", "Merge the later case into the one that was opened first.")
_CARRIER_GONE: Final = Refusal("carrier_gone", "The target gave this carrier away; choose a target that still has it.")
_SHORTENS: Final = Refusal(
    "merger_shortens", "The source would be kept longer by itself: choose it as the target, or prolong the target."
)

# Where the contents lie now: whoever asks for holds over the target looks one step back only.
_FOLLOW: Final = """
UPDATE cases SET merged_into_id = $3, revision = revision + 1 WHERE institution_id = $1 AND merged_into_id = $2
"""
_PERSONS: Final = """
INSERT INTO case_persons (institution_id, case_id, person_id)
SELECT institution_id, $3, person_id FROM case_persons WHERE institution_id = $1 AND case_id = $2
ON CONFLICT DO NOTHING
"""
_DOCUMENTS: Final = """
UPDATE documents d SET case_id = $3, revision = d.revision + 1,
  volume_id = (SELECT v.new FROM unnest($4::uuid[], $5::uuid[]) AS v(old, new) WHERE v.old = d.volume_id)
 WHERE d.institution_id = $1 AND d.case_id = $2
"""


@dataclass(frozen=True, slots=True)
class Joining:
    """The two cases, locked, with their volumes."""

    source: Case
    target: Case
    volumes: Sequence[Volume]

    @property
    def source_day(self) -> date | None:
        """The day on which the source would close by itself; None if nothing was ever put into it."""
        return latest([self.source.last_document_on, *(each.closed_on for each in self.volumes)])

    def closed_on(self, today: date) -> date:
        """The day on which both together are closed: the later one, and no day before a volume was begun."""
        ends = [self.source_day, self.target.closed_on or self.target.last_document_on]
        begun = [each.opened_on for each in self.volumes] + [self.target.opened_on]
        return latest([*(ends if any(ends) else [today]), *begun]) or today


def latest(days: Iterable[date | None]) -> date | None:
    """Return the latest of the days that are known, None if none is."""
    return max((day for day in days if day is not None), default=None)


def shortens(alone: Verdict, merged: Verdict) -> bool:
    """Tell whether what keeps a case by itself is missing once it is merged; both verdicts are of one day."""
    before, after = alone.earliest_act_date, merged.earliest_act_date
    earlier = before is not None and after is not None and after < before
    return earlier or compare(alone, merged).needs_acceptance


async def merge_cases(work: Work, source: Case, target_id: UUID, reason: str, *, today: date) -> CaseMerger:
    """Let an open case go into another one of its class, with everything that is in it and a trace of each document.

    Raises `NotFound`, `MergerRefused`, `CaseLeaving` or `StaleState`.
    """
    joining = await _locked(work, source, target_id)
    await _require_mergeable(work, joining)
    closing, judgement = await _judged(work, joining, today)
    new_volumes = await _move_volumes(joining, closing)
    documents = await _move_documents(work, joining, new_volumes, reason)
    ids = [work.scope.institution_id, joining.source.id, joining.target.id]
    await work.run(_PERSONS, ids)
    await work.run(_FOLLOW, ids)
    await _end_source(joining)
    await _carry(work, joining, closing, judgement)
    made = await CaseMerger.create(
        case_id=joining.source.id,
        into_case_id=joining.target.id,
        reason=reason,
        documents=documents,
        volumes=len(new_volumes),
        closed_on_before=joining.target.closed_on,
        closed_on_after=closing if joining.target.closed_on else None,
        merged_by=actor(work),
        merged_at=work.now,
    )
    facts = {"into": str(joining.target.id), "reason": reason, "documents": documents, "volumes": len(new_volumes)}
    work.record("case.merged", "case", joining.source.id, facts)
    work.record("case.took_in", "case", joining.target.id, {**facts, "from": str(joining.source.id)})
    work.emit("case.merged", {"case": str(joining.source.id), "into": str(joining.target.id)})
    return await CaseMerger.get(id=made.id)


async def _locked(work: Work, source: Case, target_id: UUID) -> Joining:
    if source.id == target_id:
        raise _refused(source, _INTO_ITSELF)
    await find_case(target_id)
    # In the order of their ids, so that two mergers never wait for each other.
    locked = {case_id: await lock_case(case_id) for case_id in sorted({source.id, target_id})}
    if locked[source.id].revision != source.revision:
        raise StaleState
    await pass_gate(work)
    volumes = await Volume.filter(case_id=source.id).order_by("number", "part")
    return Joining(locked[source.id], locked[target_id], volumes)


async def _require_mergeable(work: Work, joining: Joining) -> None:
    source, target = joining.source, joining.target
    held = bool(await holds_over(work, source.id) or await holds_over(work, target.id))
    facts = CaseFacts(held=held, same_class=source.lineage_id == target.lineage_id)
    decision = CASE.decide(source.state, MERGE, facts)
    against = list(decision.reasons) if isinstance(decision, Refused) else []
    conditions = (
        (target.state is CaseState.OPEN or target.state in COMPUTED, _TARGET_STATE),
        (not target.bound, NOT_BOUND.refusal),
        (source.subject_id is None and target.subject_id is None, _SUBJECT),
        (target.opened_on <= source.opened_on, _OPENED_LATER),
        (_has_room_for(target, source), _CARRIER_GONE),
    )
    against += [refusal for holds, refusal in conditions if not holds]
    if against:
        raise _refused(source, *against)
    if await TransferLine.exists(case_id=target.id, living=True):
        raise CaseLeaving


def _has_room_for(target: Case, source: Case) -> bool:
    pairs = ((source.paper_fate, target.paper_fate), (source.electronic_fate, target.electronic_fate))
    return all(theirs in {"kept", "none"} for ours, theirs in pairs if ours == "kept")


async def _judged(work: Work, joining: Joining, today: date) -> tuple[date, Judgement]:
    """Return the common closing day and the verdict of the target with it; refuse what would be free earlier."""
    closing = joining.closed_on(today)
    alone = await _as_closed(work, joining.source, joining.source_day or closing, today)
    merged = await _as_closed(work, joining.target, closing, today)
    against = shortens(alone.verdict, merged.verdict)
    if joining.target.closed_on is not None:
        before = await judge(work, joining.target, today=today)
        against = against or shortens(before.verdict, merged.verdict)
    if against:
        raise _refused(joining.source, _SHORTENS)
    return closing, merged


async def _as_closed(work: Work, case: Case, day: date, today: date) -> Judgement:
    assumed = copy(case)
    assumed.closed_on = day
    return await judge(work, assumed, today=today)


async def _move_volumes(joining: Joining, closing: date) -> dict[UUID, UUID]:
    """Add the source's volumes behind those of the target; return the new one of each. The old rows stay as a trace."""
    last = await Volume.filter(case_id=joining.target.id).order_by("-number").first()
    offset = last.number if last else 0
    closes = joining.target.closed_on is not None
    made = {
        each.id: Volume(
            id=new_id(),
            case_id=joining.target.id,
            number=offset + each.number,
            part=each.part,
            sheets=each.sheets,
            note=each.note,
            opened_on=each.opened_on,
            closed_on=each.closed_on or (closing if closes else None),
        )
        for each in joining.volumes
    }
    await Volume.bulk_create(list(made.values()), batch_size=_AT_ONCE)
    return {old: new.id for old, new in made.items()}


async def _move_documents(work: Work, joining: Joining, volumes: dict[UUID, UUID], reason: str) -> int:
    rows = await Document.filter(case_id=joining.source.id).order_by("id").values_list("id", "volume_id")
    moved: list[tuple[UUID, UUID | None]] = [(each[0], each[1]) for each in rows]
    trace = [
        Movement(
            id=new_id(),
            document_id=document_id,
            from_case_id=joining.source.id,
            to_case_id=joining.target.id,
            volume_id=volumes.get(volume_id) if volume_id else None,
            reason=reason,
            moved_by=actor(work),
            moved_at=work.now,
        )
        for document_id, volume_id in moved
    ]
    await Movement.bulk_create(trace, batch_size=_AT_ONCE)
    values = [work.scope.institution_id, joining.source.id, joining.target.id, list(volumes), list(volumes.values())]
    if await work.run(_DOCUMENTS, values) != len(moved):
        raise StaleState
    for document_id, _ in moved:
        facts = {"case": str(joining.target.id), "from_case": str(joining.source.id), "reason": reason}
        work.record("document.moved", "document", document_id, facts)
    return len(moved)


async def _end_source(joining: Joining) -> None:
    source = joining.source
    changed = await Case.filter(id=source.id, revision=source.revision, state=source.state).update(
        state=MERGE.to_state, merged_into_id=joining.target.id, revision=source.revision + 1
    )
    if changed != 1:
        raise StaleState


async def _carry(work: Work, joining: Joining, closing: date, judgement: Judgement) -> None:
    """Let the target carry the later days and every carrier; a closed one is dated anew."""
    source, target = joining.source, joining.target
    values: dict[str, Any] = {"last_document_on": latest([joining.source_day, target.last_document_on])}
    values |= {"paper_fate": "kept"} if source.paper_fate == "kept" else {}
    values |= {"electronic_fate": "kept"} if source.electronic_fate == "kept" else {}
    if target.closed_on is not None:
        await keep(work, target, judgement.state, judgement, closed_on=closing, **values)
        return
    changed = await Case.filter(id=target.id, revision=target.revision).update(**values, revision=target.revision + 1)
    if changed != 1:
        raise StaleState


def _refused(source: Case, *against: Refusal) -> MergerRefused:
    return MergerRefused(
        state=source.state.value,
        step="merge",
        reasons=[each.code for each in against],
        remedies=[each.remedy for each in against],
    )
