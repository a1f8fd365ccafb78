"""The one place where the rules of `retention` are asked about cases, and where their answer is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from core.cases.circumstances import circumstances, holds_by_case, valid_facts
from core.cases.errors import CaseStepRefused
from core.cases.models import Case
from core.cases.policy import policy_of
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.nomenclature.models import RuleVersion as RuleRow
from core.nomenclature.rule_json import rule_from_json
from core.nomenclature.rules import current_rules
from core.nomenclature.term_reading import RuleCells, TermReading, read_term
from retention import schedule
from retention.case_facts import COMPUTED, CaseFacts, CaseState, state_of
from retention.cases import CASE, COMPUTE, EXPIRE, Transition
from retention.circumstances import RuleVersion
from retention.errors import TransitionRefused
from retention.reasons import Reason
from retention.verdicts import Verdict

_KEEP_MANY: Final = """
UPDATE cases c
   SET state = n.state, rule_id = n.rule_id, outcome = n.outcome, earliest_act_date = n.earliest_act_date,
       kept_until = n.kept_until, not_before = n.not_before, open_end = n.open_end, explanation = n.explanation,
       computed_on = n.computed_on, revision = n.revision + 1
  FROM jsonb_to_recordset($2::jsonb) AS n(id uuid, revision integer, state text, rule_id uuid, outcome text,
       earliest_act_date date, kept_until date, not_before date, open_end boolean, explanation jsonb, computed_on date)
 WHERE c.institution_id = $1 AND c.id = n.id AND c.revision = n.revision
"""
_JUDGED: Final = (
    "id",
    "state",
    "rule_id",
    "rule_root_id",
    "class_index",
    "title",
    "opened_on",
    "closed_on",
    "earliest_act_date",
    "revision",
)
_DATED: Final = (COMPUTED - {CaseState.NEEDS_REVIEW}) | {CaseState.ON_ACT}
"""States of cases that have a rule already."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and whether holds cover the case."""

    verdict: Verdict
    rule_id: UUID

    @property
    def state(self) -> CaseState:
        """Where the verdict puts the case."""
        return state_of(self.verdict)


async def cases_to_judge(case_ids: Sequence[UUID]) -> list[Case]:
    """Return cases in the order of their ids with what verdicts, lines of acts and `keep_many` need, and no more."""
    return await Case.filter(id__in=list(case_ids)).order_by("id").only(*_JUDGED)


async def judge(work: Work, case: Case, *, today: date) -> Judgement:
    """Compute what the rule of a case says today."""
    return (await judge_all(work, [case], today=today))[case.id]


async def judge_all(work: Work, cases: Sequence[Case], *, today: date) -> dict[UUID, Judgement]:
    """Compute what the rules say of several cases today, with as many questions as for one."""
    ids = [case.id for case in cases]
    rules = await _rules_of(work, cases)
    facts, holds, policy = await valid_facts(ids), await holds_by_case(work, ids), await policy_of(work)
    read = {key: rule_version(row) for key, row in {row.id: row for row in rules.values()}.items()}
    found: dict[UUID, Judgement] = {}
    plain: dict[tuple[UUID, date | None], Judgement] = {}
    for case in cases:
        rule_id = rules[case.id].id
        # Of cases of which nothing is recorded, those of one rule that were closed on one day are judged alike.
        alike = None if facts[case.id] or holds[case.id] else (rule_id, case.closed_on)
        judgement = plain.get(alike) if alike else None
        if judgement is None:
            known = circumstances(case, facts[case.id], holds[case.id])
            judgement = Judgement(schedule.decide(read[rule_id], known, today=today, policy=policy), rule_id)
        if alike:
            plain[alike] = judgement
        found[case.id] = judgement
    return found


async def _rules_of(work: Work, cases: Sequence[Case]) -> dict[UUID, RuleRow]:
    """Return the rule of each case: a dated one keeps that which it was dated with, until a person accepts another."""
    dated = {case.id: case.rule_id for case in cases if case.state in _DATED and case.rule_id is not None}
    kept = {row.id: row for row in await RuleRow.filter(id__in=list(set(dated.values())))} if dated else {}
    latest = await current_rules(work, [case.rule_root_id for case in cases if case.id not in dated])
    return {case.id: kept[dated[case.id]] if case.id in dated else latest[case.rule_root_id] for case in cases}


def rule_version(row: RuleRow) -> RuleVersion:
    """Return a kept rule as it is computed with."""
    kept = row.reading.get("rule") if row.status == "understood" else None
    words = tuple(str(each) for each in row.reading.get("not_understood", ()))
    return RuleVersion(str(row.id), None if kept is None else rule_from_json(kept), words)


async def what_if(work: Work, case: Case, cells: RuleCells, *, today: date) -> tuple[TermReading, Verdict]:
    """Compute what would become of a case if its row said something else; nothing is changed."""
    reading = read_term(cells)
    kept = reading.content["rule"]
    rule = RuleVersion("what-if", None if kept is None else rule_from_json(kept), tuple(reading.not_understood))
    facts, holds = await valid_facts([case.id]), await holds_by_case(work, [case.id])
    known = circumstances(case, facts[case.id], holds[case.id])
    return reading, schedule.decide(rule, known, today=today, policy=await policy_of(work))


def require_step(state: CaseState, step: Transition, facts: CaseFacts) -> CaseState:
    """Return the state after a step; raise `CaseStepRefused` with every reason against it.

    Who may take it is decided by the permissions of the route.
    """
    try:
        return CASE.require(state, step, facts)
    except TransitionRefused as refusal:
        raise CaseStepRefused(
            state=state.value, step=step.name, reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal


def computed_state(judgement: Judgement) -> CaseState:
    """Return where the verdict puts a case that was just closed; one whose date has come expires at once."""
    wanted = CaseState.RETAINED if judgement.state is CaseState.EXPIRED else judgement.state
    facts = CaseFacts(verdict=judgement.verdict)
    state = require_step(CaseState.CLOSED, COMPUTE[wanted], facts)
    if judgement.state is CaseState.EXPIRED:
        state = require_step(state, EXPIRE, facts)
    return state


@dataclass(frozen=True, slots=True)
class Dated:
    """Where a case goes, and the verdict that puts it there."""

    case: Case
    state: CaseState
    judgement: Judgement


async def keep_many(work: Work, dated: Sequence[Dated]) -> None:
    """Write states and verdicts as `keep` does one, by one statement; raise `StaleState` if one case has moved on."""
    rows = [{**_columns(each), "id": each.case.id, "revision": each.case.revision} for each in dated]
    written = json.dumps(rows, default=str, ensure_ascii=False)
    if await work.run(_KEEP_MANY, [work.scope.institution_id, written]) != len(dated):
        raise StaleState
    for each in dated:
        _record(work, each)


async def keep(work: Work, case: Case, state: CaseState, judgement: Judgement, **further: Any) -> None:  # noqa: ANN401 - columns
    """Write state and verdict over the revision that `case` shows; raise `StaleState` if somebody was quicker."""
    dated = Dated(case, state, judgement)
    present = Case.filter(id=case.id, revision=case.revision)
    if await present.update(**further, **_columns(dated), revision=case.revision + 1) != 1:
        raise StaleState
    _record(work, dated)


def _columns(dated: Dated) -> dict[str, Any]:
    verdict = dated.judgement.verdict
    return {
        "state": dated.state,
        "rule_id": dated.judgement.rule_id,
        "outcome": verdict.outcome.value,
        "earliest_act_date": verdict.earliest_act_date,
        "kept_until": verdict.kept_until,
        "not_before": verdict.not_before,
        "open_end": _open_end(verdict),
        "explanation": explanation(verdict),
        "computed_on": verdict.today,
    }


def _record(work: Work, dated: Dated) -> None:
    case, verdict = dated.case, dated.judgement.verdict
    facts = {
        "state": {"before": case.state.value, "after": dated.state.value},
        "outcome": verdict.outcome.value,
        "rule": str(dated.judgement.rule_id),
        "earliest_act_date": {"before": _said(case.earliest_act_date), "after": _said(verdict.earliest_act_date)},
    }
    work.record("case.dated", "case", case.id, facts)


def _open_end(verdict: Verdict) -> bool:
    return verdict._replace(holds=()).storage_lock.legal_hold


def explanation(verdict: Verdict) -> dict[str, Any]:
    """Return the reasons of a verdict as JSON, in order, with everything it waits for."""
    return {
        "reasons": [_reason(each) for each in verdict.reasons],
        "awaited": [{"kind": each.kind.value, "code": each.code, "words": each.words} for each in verdict.awaited],
        "open_gates": list(verdict.open_gates),
        "assumed": list(verdict.assumed),
        "won_by": None if verdict.won_by is None else verdict.won_by.value,
        "appraised": verdict.appraised,
        "holds": list(verdict.holds),
    }


@lru_cache(maxsize=1024)
def _reason(reason: Reason) -> dict[str, Any]:
    # Cases of one class that were closed in one year are kept for the same reasons.
    facts: Mapping[str, object] = reason.facts
    return {
        "code": reason.code.value,
        "message": reason.message,
        "facts": {name: _plain(value) for name, value in facts.items()},
    }


def _plain(value: object) -> str | int:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _said(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
