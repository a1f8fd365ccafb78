"""What is true of an act at the moment of a step: its gates, and whether the list is the one that was submitted."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.functions import Count

from core.cases.policy import policy_of
from core.cases.verdicts import Judgement, cases_to_judge, judge_all
from core.disposal.holding import held_lines
from core.disposal.models import ActOpinion, DisposalAct, DisposalActLine
from core.disposal.snapshots import FROZEN_CELLS, Going, ListDigest, digest_of, going
from core.inventories.coverage import Coverage, coverage
from core.kernel.database.work import Work
from retention.act_lines import LineState
from retention.disposal_facts import ActFacts, ActGate
from retention.verdicts import Outcome

_AT_ONCE: Final = 1000
_BEFORE_ALL: Final = UUID(int=0)
_LINES: Final = f"""
SELECT id, state, living, round, digest, {", ".join(FROZEN_CELLS)} FROM disposal_act_lines
 WHERE institution_id = $1 AND act_id = $2 AND id > $3 AND (round = $4 OR living AND state = 'listed')
 ORDER BY id LIMIT $5
"""  # noqa: S608 - columns named in the code


@dataclass(frozen=True, slots=True)
class Looked:
    """An act as it is now, looked at from all sides."""

    facts: ActFacts
    coverage: Coverage
    differing: tuple[UUID, ...]
    """Lines whose case is not what was listed, or may not enter an act today."""
    refreshed: dict[UUID, tuple[Going, bytes]]
    """Listed lines with which goes something else than they say: what it is now, and the digest with it."""
    listed_digest: bytes
    """SHA-256 over the listed lines as `list_digest` makes it, with what goes with them now."""
    unarchived: dict[UUID, int]
    """Listed lines with which results go that no snapshot of a period holds, and how many."""
    rows: dict[str, int]
    """Rows of the registry that go with the listed lines, by kind; `people` are the cards."""


@dataclass(slots=True)
class _Seen:
    """What one way through the lines of an act has found so far; never more than a few lines are in memory."""

    frozen: ListDigest = field(default_factory=ListDigest)
    listed: ListDigest = field(default_factory=ListDigest)
    differing: list[UUID] = field(default_factory=list)
    refreshed: dict[UUID, tuple[Going, bytes]] = field(default_factory=dict)
    unarchived: dict[UUID, int] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    due: bool = True
    appraised: bool = True
    intact: bool = True

    def add_frozen(self, line: Mapping[str, Any], digest: bytes) -> None:
        """Take a line of the round that was submitted, whatever became of it."""
        self.frozen.add(line["id"], digest)
        self.intact = self.intact and line["digest"] == digest

    def add_listed(self, line: Mapping[str, Any], digest: bytes, judgement: Judgement, now: Going) -> None:
        """Take a line whose case is still to go, with what is true of the case now."""
        still_due = judgement.verdict.outcome is Outcome.DUE and judgement.rule_id == line["rule_id"]
        said = Going(line["content"], line["carried"])
        if not still_due or not now.within(said):
            self.differing.append(line["id"])
        if now != said or line["digest"] != digest:
            digest = digest_of({**line, "content": now.content, "carried": now.carried})
            self.refreshed[line["id"]] = (now, digest)
        if unarchived := sum(each["unarchived"] for each in now.carried):
            self.unarchived[line["id"]] = unarchived
        for learner in now.carried:
            self.rows.update({"people": 1, **learner["counts"]})
        self.listed.add(line["id"], digest)
        self.due = self.due and still_due
        self.appraised = self.appraised and judgement.verdict.appraised


async def opinions_of_round(act: DisposalAct) -> list[ActOpinion]:
    """Return what was said of the present round of an act."""
    return await ActOpinion.filter(act_id=act.id, round=act.round).order_by("id")


def _gave(opinions: list[ActOpinion], kind: str) -> frozenset[str]:
    return frozenset(str(each.given_by) for each in opinions if each.kind == kind)


async def simple_facts(act: DisposalAct, **said: Any) -> ActFacts:  # noqa: ANN401 - members of ActFacts
    """Return what steps depend on that look at people and states of lines only."""
    counted = (
        await DisposalActLine.filter(act_id=act.id)
        .annotate(lines=Count("id"))
        .group_by("state")
        .values("state", "lines")
    )
    opinions = await opinions_of_round(act)
    return ActFacts(
        author=str(act.author_id),
        reviewers=_gave(opinions, "agreed"),
        lines=Counter({LineState(row["state"]): row["lines"] for row in counted}),
        period_named=True,
        **said,
    )


async def look(work: Work, act: DisposalAct, *, today: date, **said: Any) -> Looked:  # noqa: ANN401 - members of ActFacts
    """Judge every listed case anew, read its files anew, and say which gates are closed.

    What follows from it holds until the end of the transaction if the act is locked and `take_held_off` was called.
    """
    held = await held_lines(work, act.id)
    covered = await coverage(work, act.first_year, act.last_year)
    opinions = await opinions_of_round(act)
    seen = await _see(work, act, today=today)
    facts = await simple_facts(act)
    reviewed = bool(_gave(opinions, "agreed"))
    closed = {
        ActGate.TERMS_EXPIRED: seen.due,
        ActGate.NO_HOLD: not held,
        ActGate.INVENTORIES: covered.complete,
        ActGate.DECISIONS: reviewed,
        ActGate.APPRAISALS: seen.appraised,
    }
    facts = ActFacts(
        author=facts.author,
        reviewers=facts.reviewers,
        lines=facts.lines,
        period_named=True,
        source_of_acquisition=(await policy_of(work)).source_of_acquisition,
        gates=frozenset(gate for gate, is_closed in closed.items() if is_closed),
        list_unchanged=act.list_digest == seen.frozen.value and not seen.differing and seen.intact,
        archive_decision=covered.archive_agreed and bool(_gave(opinions, "archive_agreed")),
        **said,
    )
    return Looked(
        facts, covered, tuple(seen.differing), seen.refreshed, seen.listed.value, seen.unarchived, dict(seen.rows)
    )


async def _see(work: Work, act: DisposalAct, *, today: date) -> _Seen:
    """Go through the lines in the order of their ids: those that were frozen, and those whose case is still to go."""
    seen, last = _Seen(), _BEFORE_ALL
    while lines := await work.rows(_LINES, [work.scope.institution_id, act.id, last, act.round, _AT_ONCE]):
        for line in lines:
            line["content"], line["carried"] = json.loads(line["content"]), json.loads(line["carried"])
        listed = [line for line in lines if line["living"] and line["state"] == LineState.LISTED.value]
        judged, there = await _now(work, act, [line["case_id"] for line in listed], today=today)
        still = {line["id"] for line in listed}
        for line in lines:
            digest = digest_of(line)
            if 0 < act.round == line["round"]:
                seen.add_frozen(line, digest)
            if line["id"] in still:
                seen.add_listed(line, digest, judged[line["case_id"]], there[line["case_id"]])
        last = lines[-1]["id"]
    return seen


async def _now(
    work: Work, act: DisposalAct, case_ids: list[UUID], *, today: date
) -> tuple[dict[UUID, Judgement], dict[UUID, Going]]:
    if not case_ids:
        return {}, {}
    judged = await judge_all(work, await cases_to_judge(case_ids), today=today)
    return judged, await going(work, case_ids, act_id=act.id, today=today)
