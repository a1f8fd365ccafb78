"""What is true of an act at the moment of a step: its gates, and whether the list is the one that was submitted."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.cases.models import Case
from core.cases.policy import policy_of
from core.cases.verdicts import Judgement, judge_all
from core.disposal.holding import held_lines
from core.disposal.models import ActOpinion, DisposalAct, DisposalActLine
from core.disposal.snapshots import Content, contents, line_digest, list_digest
from core.inventories.coverage import Coverage, coverage
from core.kernel.database.work import Work
from retention.act_lines import LineState
from retention.disposal_facts import ActFacts, ActGate
from retention.verdicts import Outcome

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Looked:
    """An act as it is now, looked at from all sides."""

    facts: ActFacts
    coverage: Coverage
    differing: tuple[UUID, ...]
    """Lines whose case is not what was listed, or may not enter an act today."""
    contents: dict[UUID, Content]
    """Files as they are now, by listed line."""


async def opinions_of_round(act: DisposalAct) -> list[ActOpinion]:
    """Return what was said of the present round of an act."""
    return await ActOpinion.filter(act_id=act.id, round=act.round).order_by("id")


def _gave(opinions: list[ActOpinion], kind: str) -> frozenset[str]:
    return frozenset(str(each.given_by) for each in opinions if each.kind == kind)


async def simple_facts(act: DisposalAct, **said: Any) -> ActFacts:  # noqa: ANN401 - members of ActFacts
    """Return what steps depend on that look at people and states of lines only."""
    states: list[str] = await DisposalActLine.filter(act_id=act.id).values_list("state", flat=True)  # type: ignore[assignment]
    opinions = await opinions_of_round(act)
    return ActFacts(
        author=str(act.author_id),
        reviewers=_gave(opinions, "agreed"),
        lines=Counter(LineState(each) for each in states),
        period_named=True,
        **said,
    )


async def look(work: Work, act: DisposalAct, *, today: date, **said: Any) -> Looked:  # noqa: ANN401 - members of ActFacts
    """Judge every listed case anew, read its files anew, and say which gates are closed.

    What follows from it holds until the end of the transaction if the act is locked and `take_held_off` was called.
    """
    lines = await DisposalActLine.filter(act_id=act.id, living=True).order_by("id")
    listed = [line for line in lines if line.state is LineState.LISTED]
    held = await held_lines(work, act.id)
    judged, files = await _now(work, listed, today=today)
    covered = await coverage(work, act.first_year, act.last_year)
    opinions = await opinions_of_round(act)
    differing = tuple(
        line.id for line in listed if not _still_due(line, judged[line.case_id]) or files[line.id] != line.content
    )
    frozen = await DisposalActLine.filter(act_id=act.id, round=act.round) if act.round else []
    facts = await simple_facts(act)
    due = all(_still_due(line, judged[line.case_id]) for line in listed)
    appraised = all(judged[line.case_id].verdict.appraised for line in listed)
    reviewed = bool(_gave(opinions, "agreed"))
    closed = {
        ActGate.TERMS_EXPIRED: due,
        ActGate.NO_HOLD: not held,
        ActGate.INVENTORIES: covered.complete,
        ActGate.DECISIONS: reviewed,
        ActGate.APPRAISALS: appraised,
    }
    facts = ActFacts(
        author=facts.author,
        reviewers=facts.reviewers,
        lines=facts.lines,
        period_named=True,
        source_of_acquisition=(await policy_of(work)).source_of_acquisition,
        gates=frozenset(gate for gate, is_closed in closed.items() if is_closed),
        list_unchanged=act.list_digest == list_digest(frozen) and not differing and _intact(frozen),
        archive_decision=covered.archive_agreed and bool(_gave(opinions, "archive_agreed")),
        **said,
    )
    return Looked(facts, covered, differing, files)


async def _now(
    work: Work, listed: list[DisposalActLine], *, today: date
) -> tuple[dict[UUID, Judgement], dict[UUID, Content]]:
    judged: dict[UUID, Judgement] = {}
    files: dict[UUID, Content] = {}
    for start in range(0, len(listed), _AT_ONCE):
        some = listed[start : start + _AT_ONCE]
        cases = await Case.filter(id__in=[line.case_id for line in some])
        judged |= await judge_all(work, cases, today=today)
        found = await contents(work, [line.case_id for line in some])
        files |= {line.id: found[line.case_id] for line in some}
    return judged, files


def _still_due(line: DisposalActLine, judgement: Judgement) -> bool:
    return judgement.verdict.outcome is Outcome.DUE and judgement.rule_id == line.rule_id


def _intact(frozen: list[DisposalActLine]) -> bool:
    return all(line.digest == line_digest(line) for line in frozen)
