"""The life of a case (дело): every step, who takes it, what must be true, and how it is taken back.

Rules of the date: the longest wins; by itself a date only moves later; never silently shorter. A hold is no state.
Steps that the verdict steers come in families: one step for each state that the verdict may lead to.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from retention import transitions
from retention.case_facts import CASE_ENDS, COMPUTED, CaseFacts, CaseState
from retention.case_guards import (
    ABSENT,
    CLOSING_DAY,
    EARLIER_ACCEPTED,
    EVIDENCE,
    FLOOR,
    HANDED_OVER,
    LATER,
    MAY_ENTER,
    MINUTES,
    NO_ARCHIVE,
    NOT_BEGUN,
    NOT_BOUND,
    NOT_HELD,
    PREVIEWED,
    REASON,
    SAME_CLASS,
    STAYS_PERMANENT,
    VOLUMES,
    leading_to,
    leads_to,
)
from retention.transitions import Allowed, Asking, Refusal, Refused, Role, Table, as_author

Transition: TypeAlias = transitions.Transition[CaseState, CaseFacts]
"""A step in the life of a case."""


def _family(to_states: frozenset[CaseState], step: Callable[[CaseState], Transition]) -> Mapping[CaseState, Transition]:
    return {state: step(state) for state in CaseState if state in to_states}


def _states(*states: CaseState) -> frozenset[CaseState]:
    return frozenset(states)


_CLERK: Final = frozenset({Role.CLERK})
_OFFICER: Final = frozenset({Role.RECORDS_OFFICER})
_COMMISSION: Final = frozenset({Role.COMMISSION})
_HEAD: Final = frozenset({Role.HEAD})
_SYSTEM: Final = frozenset({Role.SYSTEM})
_LEAVES_FROM: Final = COMPUTED | {CaseState.CLOSED}
_DECIDED: Final = COMPUTED - {CaseState.NEEDS_REVIEW, CaseState.EXPIRED}
_WITHOUT_EXPIRY: Final = COMPUTED - {CaseState.EXPIRED}
_ACCEPTED: Final = tuple(f"accept_{state}" for state in CaseState if state in COMPUTED)

CLOSE: Final = Transition(
    name="close",
    from_states=_states(CaseState.OPEN),
    to_state=CaseState.CLOSED,
    by=_CLERK,
    guards=(VOLUMES, CLOSING_DAY),
    undone_by=("reopen",),
)
"""Nothing more will be added; class and nomenclature version are fixed."""

REOPEN: Final = Transition(
    name="reopen",
    from_states=_LEAVES_FROM,
    to_state=CaseState.OPEN,
    by=_CLERK,
    guards=(REASON, NOT_BOUND),
    undone_by=("close",),
)
"""Closed by mistake or too early; decisions that are older than the next closing do not count any more."""

COMPUTE: Final = _family(
    _WITHOUT_EXPIRY,
    lambda state: Transition(
        name=f"compute_{state}",
        from_states=_states(CaseState.CLOSED),
        to_state=state,
        by=_SYSTEM,
        guards=(leading_to(state),),
        undone_by=("reopen",),
    ),
)
"""The verdict of a closed case puts it into its state."""

DECIDE_TERM: Final = _family(
    _DECIDED,
    lambda state: Transition(
        name=f"decide_{state}",
        from_states=_states(CaseState.NEEDS_REVIEW),
        to_state=state,
        by=_OFFICER,
        second=_OFFICER | _COMMISSION | _HEAD,
        guards=(REASON, EVIDENCE, leading_to(state)),
        undone_by=("accept_needs_review",),
    ),
)
"""Two people decide a term that was not understood; the decision is a rule version."""

RECORD_EVENT: Final = _family(
    _states(CaseState.AWAITING_EVENT, CaseState.RETAINED),
    lambda state: Transition(
        name=f"record_event_{state}",
        from_states=_states(CaseState.AWAITING_EVENT),
        to_state=state,
        by=_CLERK,
        guards=(EVIDENCE, leading_to(state)),
        undone_by=("retract_event",),
    ),
)
"""What the case waits for has come, or one of several such events has; also that an event never comes."""

RETRACT_EVENT: Final = Transition(
    name="retract_event",
    from_states=_states(CaseState.AWAITING_EVENT, CaseState.RETAINED, CaseState.EXPIRED),
    to_state=CaseState.AWAITING_EVENT,
    by=_CLERK,
    guards=(REASON, NOT_BOUND, leads_to(CaseState.AWAITING_EVENT)),
    undone_by=("record_event_retained",),
)
"""The event was recorded by mistake."""

RECORD_LATER_EVENT: Final = Transition(
    name="record_later_event",
    from_states=_states(CaseState.RETAINED, CaseState.EXPIRED),
    to_state=CaseState.RETAINED,
    by=_CLERK,
    guards=(EVIDENCE, NOT_BOUND, LATER, leading_to(CaseState.RETAINED)),
    undone_by=("retract_event", *_ACCEPTED),
)
"""The event has come once more, or later than was recorded: the date moves later by itself."""

END_NEED: Final = Transition(
    name="end_need",
    from_states=_states(CaseState.AWAITING_EVENT),
    to_state=CaseState.RETAINED,
    by=_COMMISSION | _HEAD,
    guards=(EVIDENCE, FLOOR, leading_to(CaseState.RETAINED)),
    undone_by=("renew_need",),
)
"""The documents are no longer needed («До минования надобности», «Не менее …»)."""

RENEW_NEED: Final = Transition(
    name="renew_need",
    from_states=_states(CaseState.RETAINED, CaseState.EXPIRED),
    to_state=CaseState.AWAITING_EVENT,
    by=_COMMISSION | _HEAD,
    guards=(REASON, NOT_BOUND, leads_to(CaseState.AWAITING_EVENT)),
    undone_by=("end_need",),
)
"""The documents are needed after all."""

ACCEPT: Final = _family(
    COMPUTED,
    lambda state: Transition(
        name=f"accept_{state}",
        from_states=COMPUTED,
        to_state=state,
        by=_OFFICER | _HEAD,
        guards=(PREVIEWED, NOT_BOUND, EARLIER_ACCEPTED, STAYS_PERMANENT, leads_to(state)),
        undone_by=_ACCEPTED,
    ),
)
"""A changed list, nomenclature or answer re-dates the case; what a rule keeps permanently needs `REAPPRAISE`."""

PROLONG: Final = Transition(
    name="prolong",
    from_states=_states(CaseState.RETAINED),
    to_state=CaseState.RETAINED,
    by=_COMMISSION,
    guards=(MINUTES, LATER),
)
"""The commission keeps the case longer, from the decision on; storage is told afterwards."""

EXPIRE: Final = Transition(
    name="expire",
    from_states=_states(CaseState.RETAINED),
    to_state=CaseState.EXPIRED,
    by=_SYSTEM,
    guards=(leads_to(CaseState.EXPIRED),),
    undone_by=(*_ACCEPTED, "appraise_prolong"),
)
"""The earliest date has come."""

APPRAISE_DESTROY: Final = Transition(
    name="appraise_destroy",
    from_states=_states(CaseState.EXPIRED),
    to_state=CaseState.EXPIRED,
    by=_COMMISSION,
    guards=(MINUTES, leads_to(CaseState.EXPIRED)),
    undone_by=("appraise_keep", "appraise_prolong"),
)
"""The commission finds that the case may be destroyed; only then «ЭПК» is no obstacle any more."""

APPRAISE_KEEP: Final = Transition(
    name="appraise_keep",
    from_states=_states(CaseState.EXPIRED),
    to_state=CaseState.PERMANENT,
    by=_COMMISSION,
    guards=(MINUTES, leads_to(CaseState.PERMANENT)),
    undone_by=("reappraise_expired", "reappraise_retained", "reappraise_awaiting_event"),
)
"""The commission selects the case for permanent keeping."""

APPRAISE_PROLONG: Final = Transition(
    name="appraise_prolong",
    from_states=_states(CaseState.EXPIRED),
    to_state=CaseState.RETAINED,
    by=_COMMISSION,
    guards=(MINUTES, LATER, leads_to(CaseState.RETAINED)),
)
"""The commission keeps the case longer."""

REAPPRAISE: Final = _family(
    _states(CaseState.RETAINED, CaseState.EXPIRED, CaseState.AWAITING_EVENT),
    lambda state: Transition(
        name=f"reappraise_{state}",
        from_states=_states(CaseState.PERMANENT),
        to_state=state,
        by=_COMMISSION,
        guards=(MINUTES, NOT_BOUND, leads_to(state)),
        undone_by=_ACCEPTED,
    ),
)
"""The commission takes back that it selected the case; a rule that says «Постоянно» leads nowhere else."""

PUT_ON_ACT: Final = Transition(
    name="put_on_act",
    from_states=_states(CaseState.EXPIRED),
    to_state=CaseState.ON_ACT,
    by=_OFFICER,
    guards=(NOT_HELD, MAY_ENTER),
    undone_by=("exclude_expired", "exclude_retained", "hold_placed"),
)
"""The records officer puts the case on a disposal act."""

EXCLUDE: Final = _family(
    _states(CaseState.EXPIRED, CaseState.RETAINED),
    lambda state: Transition(
        name=f"exclude_{state}",
        from_states=_states(CaseState.ON_ACT),
        to_state=state,
        by=frozenset({Role.AUTHOR, Role.COMMISSION}),
        guards=(REASON, NOT_BEGUN, leads_to(state)),
        undone_by=("put_on_act",) if state is CaseState.EXPIRED else ("expire",),
    ),
)
"""The case is taken off the act: still due, or with the new date that the commission gave it."""

HOLD_PLACED: Final = Transition(
    name="hold_placed",
    from_states=_states(CaseState.ON_ACT),
    to_state=CaseState.EXPIRED,
    guards=(NOT_BEGUN,),
    undone_by=("put_on_act",),
)
"""A hold takes the case off the act; it can be placed in any case, and only comes too late for what has begun."""

RELEASE: Final = _family(
    COMPUTED,
    lambda state: Transition(
        name=f"release_{state}",
        from_states=_states(CaseState.ON_ACT),
        to_state=state,
        by=_SYSTEM,
        guards=(NOT_BEGUN, leads_to(state)),
        undone_by=("put_on_act",) if state is CaseState.EXPIRED else (),
    ),
)
"""The act was cancelled, or the re-check before deletion found a difference: the verdict says where the case goes."""

EXECUTION_FAILED: Final = Transition(
    name="execution_failed",
    from_states=_states(CaseState.ON_ACT),
    to_state=CaseState.ON_ACT,
    by=_SYSTEM,
    undone_by=("executed",),
)
"""Deletion did not succeed; the line is tried again."""

EXECUTED: Final = Transition(
    name="executed",
    from_states=_states(CaseState.ON_ACT),
    to_state=CaseState.DESTROYED,
    by=_SYSTEM,
    guards=(ABSENT,),
)
"""Everything is gone and proved, by an act that two executors started; a stub remains."""

LIQUIDATED: Final = Transition(
    name="liquidated",
    from_states=_states(CaseState.PERMANENT),
    to_state=CaseState.EXPIRED,
    by=_HEAD,
    guards=(NOT_HELD, NO_ARCHIVE, leads_to(CaseState.EXPIRED)),
)
"""The institution ends, and no archive takes the case."""

LIQUIDATED_TO_ARCHIVE: Final = Transition(
    name="liquidated_to_archive",
    from_states=_states(CaseState.PERMANENT),
    to_state=CaseState.TRANSFERRED,
    by=_HEAD,
    guards=(NOT_HELD, HANDED_OVER),
)
"""The institution ends, and an archive takes the case (125-ФЗ ст. 23 ч. 10)."""

TRANSFER: Final = Transition(
    name="transfer",
    from_states=_LEAVES_FROM,
    to_state=CaseState.TRANSFERRED,
    by=_OFFICER,
    second=_HEAD,
    guards=(NOT_HELD, HANDED_OVER),
)
"""The case leaves for an archive, with package and act."""

RETURN: Final = Transition(
    name="return",
    from_states=_LEAVES_FROM,
    to_state=CaseState.RETURNED,
    by=_CLERK,
    second=_OFFICER,
    guards=(NOT_HELD, HANDED_OVER),
)
"""The owner takes the originals, with a receipt."""

MERGE: Final = Transition(
    name="merge",
    from_states=_states(CaseState.OPEN, CaseState.CLOSED),
    to_state=CaseState.MERGED,
    by=_OFFICER,
    guards=(NOT_HELD, SAME_CLASS),
)
"""The volume goes into another one of its class, which carries the later closing date."""

TRANSITIONS: Final = (
    CLOSE,
    REOPEN,
    *COMPUTE.values(),
    *DECIDE_TERM.values(),
    *RECORD_EVENT.values(),
    RECORD_LATER_EVENT,
    RETRACT_EVENT,
    END_NEED,
    RENEW_NEED,
    *ACCEPT.values(),
    PROLONG,
    EXPIRE,
    APPRAISE_DESTROY,
    APPRAISE_KEEP,
    APPRAISE_PROLONG,
    *REAPPRAISE.values(),
    PUT_ON_ACT,
    *EXCLUDE.values(),
    HOLD_PLACED,
    *RELEASE.values(),
    EXECUTION_FAILED,
    EXECUTED,
    LIQUIDATED,
    LIQUIDATED_TO_ARCHIVE,
    TRANSFER,
    RETURN,
    MERGE,
)
"""Every step there is."""

CASE_ENDED: Final = Refusal(
    "case_ended", "Nothing can be done: the case is destroyed, transferred, returned or merged."
)
CASE_IN_ANOTHER_STATE: Final = Refusal("case_in_another_state", "Read the present state of the case and decide again.")


def _refusal_of_state(state: CaseState | None) -> Refusal:
    return CASE_ENDED if state in CASE_ENDS else CASE_IN_ANOTHER_STATE


CASE: Final = Table(subject="case", transitions=TRANSITIONS, refusal_of_state=_refusal_of_state)
"""The life of a case as one table; ask it through `decide`, which knows who the author of its act is."""


def decide(state: CaseState, step: Transition, facts: CaseFacts, asking: Asking) -> Allowed[CaseState] | Refused:
    """Say whether the case may take the step, and if not, name every reason."""
    return CASE.decide(state, step, facts, as_author(asking, facts.author))


def require(state: CaseState, step: Transition, facts: CaseFacts, asking: Asking) -> CaseState:
    """Return the state of the case after the step.

    Raises:
        TransitionRefused: People, a guard or the present state stand against it; all reasons are in the error.
    """
    return CASE.require(state, step, facts, as_author(asking, facts.author))
