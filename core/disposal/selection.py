"""The selection: which cases may enter an act today, as `retention` judges, and what plugins object to.

Plugins are asked between two transactions, because their answer takes time: what they were asked about is judged again
under lock before it enters the act (`listing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.cases.models import Case
from core.cases.verdicts import cases_to_judge, judge_all
from core.disposal.errors import TooManyLines
from core.disposal.snapshots import Snapshot, snapshots
from core.exits.lines import promised
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.kernel.plugins import PluginHost
from core.sdk.disposal import DisposalLine, DisposalReview, DisposalStage
from retention.case_facts import CaseState
from retention.selection import DueCase, Proposal
from retention.selection import propose as group
from retention.transitions import Refusal

LARGEST_ACT: Final = 20_000
"""Lines that one act takes."""
_AT_ONCE: Final = 1000
ENTERING: Final = (CaseState.EXPIRED, CaseState.RETAINED)
"""States from which a case may enter an act; what is retained expires on the way, if its date has come."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A case that is due by its date and may not enter an act, with every reason."""

    case_id: UUID
    reasons: tuple[Refusal, ...]


@dataclass(slots=True)
class Selection:
    """What may enter an act today, and what may not and why."""

    fitting: list[Snapshot] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    more: bool = False
    """Whether further cases are due that one act cannot take."""

    @property
    def proposal(self) -> Proposal | None:
        """The same, grouped as an act shows it; None if nothing fits."""
        return group(_due(each) for each in self.fitting)


def _due(each: Snapshot) -> DueCase:
    return due_case(each.case.id, each.cells)


def due_case(case_id: UUID, cells: Mapping[str, Any]) -> DueCase:
    """Return the cells of a line as the grouping takes them; cases of one kind share the title of their class."""
    same = ("section", "class_index", "first_year", "last_year", "nomenclature_year", "volumes", "term")
    return DueCase(
        id=str(case_id), title=cells["class_title"], basis=cells["article"], **{name: cells[name] for name in same}
    )


async def select_cases(work: Work, case_ids: Sequence[UUID] | None, *, today: date) -> Selection:
    """Judge the named cases, or with None those whose date has come and that stand on no act; changes nothing.

    With None the longest due come first, and `more` says whether there are others.

    Raises `NotFound` for a named case that is not there, or `TooManyLines`.
    """
    found = Selection()
    wanted = list(case_ids) if case_ids is not None else await _due_ids(today)
    if case_ids is None:
        found.more, wanted = len(wanted) > LARGEST_ACT, wanted[:LARGEST_ACT]
    if len(wanted) > LARGEST_ACT:
        raise TooManyLines(limit=LARGEST_ACT)
    for start in range(0, len(wanted), _AT_ONCE):
        cases = await cases_to_judge(wanted[start : start + _AT_ONCE])
        await judge_some(work, found, cases, {case.id: new_id() for case in cases}, today=today)
    missing = set(wanted) - {each.case.id for each in found.fitting} - {each.case_id for each in found.left_out}
    if missing:
        raise NotFound(cases=sorted(map(str, missing)))
    return found


async def judge_some(
    work: Work, found: Selection, cases: Sequence[Case], ids: dict[UUID, UUID], *, today: date
) -> None:
    """Add cases to what fits or to what is left out; `ids` are those of their lines."""
    if not cases:
        return
    judged = await judge_all(work, cases, today=today)
    leaving = await promised([case.id for case in cases])
    fitting = []
    for case in cases:
        verdict = judged[case.id].verdict
        if case.state not in ENTERING:
            found.left_out.append(LeftOut(case.id, (NOT_IN_STATE,)))
        elif case.id in leaving:
            found.left_out.append(LeftOut(case.id, (PROMISED,)))
        elif verdict.may_enter_act:
            fitting.append(case)
        else:
            found.left_out.append(LeftOut(case.id, verdict.obstacles))
    found.fitting += await snapshots(work, fitting, judged, ids)


async def _due_ids(today: date) -> list[UUID]:
    due = Case.filter(state__in=list(ENTERING), earliest_act_date__lte=today)
    ids: list[UUID] = await due.order_by("earliest_act_date", "id").limit(LARGEST_ACT + 1).values_list("id", flat=True)  # type: ignore[assignment]
    return ids


async def ask_plugins(
    plugins: PluginHost, selection: Selection, *, act_id: UUID, institution_id: UUID
) -> dict[UUID, list[Refusal]]:
    """Return, by case, what plugins object to; one that fails or cannot be asked objects to every case."""
    if not selection.fitting:
        return {}
    lines = tuple(_shown_to_plugins(each) for each in selection.fitting)
    review = DisposalReview(act_id=act_id, institution_id=institution_id, stage=DisposalStage.PROPOSED, lines=lines)
    cases = {line.id: line.case_id for line in lines}
    objections: dict[UUID, list[Refusal]] = {}
    for raised in await plugins.review_disposal(review):
        said = Refusal(f"{raised.plugin}.{raised.objection.code}", raised.objection.reason)
        objections.setdefault(cases[raised.objection.line_id], []).append(said)
    return objections


def _shown_to_plugins(each: Snapshot) -> DisposalLine:
    cells = each.cells
    return DisposalLine(
        id=each.line_id,
        case_id=each.case.id,
        index=cells["class_index"],
        title=cells["title"],
        first_year=cells["first_year"],
        last_year=cells["last_year"],
        volumes=cells["volumes"],
        term=cells["term"],
        article=cells["article"],
        rule_version=str(cells["rule_id"]),
    )


PROMISED: Final = Refusal(
    "promised_to_archive", "An approved transfer gives the case to an archive; cancel that first."
)
NOT_IN_STATE: Final = Refusal("case_in_another_state", "Read the present state of the case and decide again.")
