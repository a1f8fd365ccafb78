"""The life of a decision about copies: who takes which step, what stands against it, and how it is written."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.handed_over.errors import CopyDecisionNumberTaken, CopyStepRefused
from core.handed_over.models import CopyDecision, CopyState
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from retention.errors import TransitionRefused
from retention.transitions import Asking, Guard, Refusal, Role, Table, Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """What the steps of a decision depend on."""

    author: str = ""
    destroys: bool = False
    """Whether the decision lets the copies go."""
    reason_given: bool = False


Step = Transition[CopyState, CopyFacts]

_TO_KEEP: Final[Guard[CopyFacts]] = Guard(
    lambda facts: not facts.destroys, Refusal("decision_destroys", "Approve that the copies are destroyed.")
)
_TO_DESTROY: Final[Guard[CopyFacts]] = Guard(
    lambda facts: facts.destroys, Refusal("decision_keeps", "Approve that the copies are kept.")
)
_REASON: Final[Guard[CopyFacts]] = Guard(
    lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words.")
)
_HEAD: Final = frozenset({Role.HEAD})
_EXECUTOR: Final = frozenset({Role.EXECUTOR})

KEEP: Final = Step(
    name="approve",
    from_states=frozenset({CopyState.PROPOSED}),
    to_state=CopyState.KEPT,
    by=_HEAD,
    apart_from=lambda facts: frozenset({facts.author}),
    guards=(_TO_KEEP,),
)
"""The copies stay; another decision may be proposed at any time."""

APPROVE: Final = Step(
    name="approve",
    from_states=frozenset({CopyState.PROPOSED}),
    to_state=CopyState.APPROVED,
    by=_HEAD,
    apart_from=lambda facts: frozenset({facts.author}),
    guards=(_TO_DESTROY,),
    undone_by=("cancel",),
)
"""The copies may go; nothing happens before two executors start."""

EXECUTE: Final = Step(
    name="execute",
    from_states=frozenset({CopyState.APPROVED, CopyState.PARTIAL}),
    to_state=CopyState.EXECUTING,
    by=_EXECUTOR,
    second=_EXECUTOR,
    guards=(_TO_DESTROY,),
)
"""Two executors start it, or go on with it."""

CANCEL: Final = Step(
    name="cancel",
    from_states=frozenset({CopyState.PROPOSED, CopyState.APPROVED}),
    to_state=CopyState.CANCELLED,
    by=frozenset({Role.RECORDS_OFFICER, Role.HEAD}),
    guards=(_REASON,),
)
"""The copies stay as they are, undecided."""

_ENDED: Final = Refusal("decision_in_another_state", "Read the present state of the decision and decide again.")
DECISIONS: Final = Table(
    subject="copy decision", transitions=(KEEP, APPROVE, EXECUTE, CANCEL), refusal_of_state=lambda _state: _ENDED
)
"""The life of a decision about copies as one table."""


def facts_of(decision: CopyDecision, *, reason: str = "") -> CopyFacts:
    """Return what the steps of a decision look at."""
    return CopyFacts(
        author=str(decision.author_id), destroys=decision.outcome == "destroy", reason_given=bool(reason.strip())
    )


async def find_decision(decision_id: UUID) -> CopyDecision:
    """Return a decision of the current institution; raise `NotFound`."""
    found = await CopyDecision.get_or_none(id=decision_id)
    if found is None:
        raise NotFound
    return found


async def lock_decision(decision: CopyDecision) -> CopyDecision:
    """Return the decision locked, unless somebody changed what `decision` shows; raise `NotFound`, `StaleState`."""
    found = await CopyDecision.filter(id=decision.id).select_for_update().first()
    if found is None:
        raise NotFound
    if found.revision != decision.revision:
        raise StaleState
    return found


def require_copy_step(decision: CopyDecision, step: Step, facts: CopyFacts, who: Asking) -> CopyState:
    """Return the state of a decision after a step; raise `CopyStepRefused` with every reason against it."""
    try:
        return DECISIONS.require(decision.state, step, facts, who)
    except TransitionRefused as refusal:
        raise CopyStepRefused(
            state=decision.state.value, step=step.name, reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal


async def move_decision(
    work: Work,
    decision: CopyDecision,
    to_state: CopyState,
    action: str,
    facts: dict[str, Any],
    **values: Any,  # noqa: ANN401 - columns
) -> CopyDecision:
    """Write a step over state and revision of `decision`; raise `StaleState` or `CopyDecisionNumberTaken`."""
    present = CopyDecision.filter(id=decision.id, state=decision.state, revision=decision.revision)
    try:
        changed = await present.update(**values, state=to_state, revision=decision.revision + 1)
    except IntegrityError as error:
        if violated_constraint(error) == "copy_decisions_number":
            raise CopyDecisionNumberTaken(number=values.get("number", "")) from error
        raise
    if changed != 1:
        raise StaleState
    states = {"before": decision.state.value, "after": to_state.value}
    work.record(action, "copy_decision", decision.id, {"state": states, **facts})
    if to_state is not decision.state:
        work.emit(f"copy_decision.{to_state.value}", {"decision": str(decision.id)})
    return await find_decision(decision.id)
