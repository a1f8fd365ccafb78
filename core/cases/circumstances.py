"""What people recorded of cases, as the computation of dates takes it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from core.cases.models import Case, CaseFact
from core.kernel.database.work import Work
from retention.circumstances import Answer, Appraisal, AppraisalDecision, Circumstances, RecordedEvent

_HOLDS: Final = "SELECT case_id, hold_id FROM holds_over_cases($1, $2::uuid[]) ORDER BY hold_id"


async def valid_facts(case_ids: Collection[UUID]) -> dict[UUID, list[CaseFact]]:
    """Return, by case, what is recorded and was not taken back, in order."""
    rows = await CaseFact.filter(case_id__in=list(case_ids)).order_by("id")
    revoked = {row.revokes_id for row in rows}
    found: dict[UUID, list[CaseFact]] = {case_id: [] for case_id in case_ids}
    for row in rows:
        if row.kind != "revoked" and row.id not in revoked:
            found[row.case_id].append(row)
    return found


async def holds_by_case(work: Work, case_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return, by case, the ids of the active holds that cover it."""
    found: dict[UUID, tuple[str, ...]] = dict.fromkeys(case_ids, ())
    for row in await work.rows(_HOLDS, [work.scope.institution_id, list(case_ids)]):
        found[row["case_id"]] += (str(row["hold_id"]),)
    return found


def circumstances(case: Case, facts: Iterable[CaseFact], holds: Sequence[str]) -> Circumstances:
    """Return what the date of a case depends on; of several answers to one question the latest counts."""
    by_kind: dict[str, list[CaseFact]] = {}
    for fact in facts:
        by_kind.setdefault(fact.kind, []).append(fact)
    prolonged = [_day(fact) for fact in by_kind.get("prolonged", ())]
    needs = [_day(fact) for fact in by_kind.get("need_ended", ())]
    ages = [fact.number for fact in by_kind.get("age", ())]
    return Circumstances(
        closed_on=case.closed_on,
        events=tuple(
            RecordedEvent(fact.code, fact.words, _day(fact), fact.evidence) for fact in by_kind.get("event", ())
        ),
        answers={fact.words: Answer(fact.answer) for fact in by_kind.get("answer", ())},
        closed_gates={fact.words: _day(fact) for fact in by_kind.get("gate", ())},
        need_ended_on=needs[-1] if needs else None,
        prolonged_until=max(prolonged, default=None),
        appraisal=_appraisal(by_kind.get("appraised", ())),
        age_at_closing=ages[-1] if ages else None,
        holds=tuple(holds),
    )


def _appraisal(facts: Sequence[CaseFact]) -> Appraisal | None:
    if not facts:
        return None
    return Appraisal(AppraisalDecision(facts[-1].answer), _day(facts[-1]), facts[-1].evidence)


def _day(fact: CaseFact) -> date:
    if fact.happened_on is None:
        message = f"a fact of kind {fact.kind} has a day"
        raise ValueError(message)
    return fact.happened_on
