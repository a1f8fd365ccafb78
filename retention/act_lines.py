"""The life of one line of a disposal act: from the snapshot of a case to the proof that its bytes are gone.

`DESTROYING` is the point of no return: committed before the first deletion, with every version id that will go.
A line that stands there, or `FAILED`, can only be driven on to `DESTROYED`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from retention import transitions
from retention.transitions import Allowed, Asking, Guard, Refusal, Refused, Role, Table, as_author


class LineState(StrEnum):
    """Where a line of an act stands."""

    LISTED = "listed"
    """On the act; the case is whole."""
    EXCLUDED = "excluded"
    """Taken off before execution, with a reason (исключено)."""
    HELD = "held"
    """A hold saved the case; the act goes on without it (приостановлено)."""
    SKIPPED = "skipped"
    """The re-check before deletion found a difference; the case is whole (пропущено)."""
    DESTROYING = "destroying"
    """Deletion has begun, or may have (уничтожается)."""
    FAILED = "failed"
    """Deletion or its verification failed; to be tried again (не удалось)."""
    DESTROYED = "destroyed"
    """Storage said of every version that it is absent (уничтожено)."""


LINE_ENDS: Final = frozenset({LineState.EXCLUDED, LineState.HELD, LineState.SKIPPED, LineState.DESTROYED})
"""States without a way out."""

BEGUN: Final = frozenset({LineState.DESTROYING, LineState.FAILED, LineState.DESTROYED})
"""States in which bytes may be gone: a hold comes too late for such a line."""

WHOLE: Final = frozenset(LineState) - BEGUN
"""States in which the case has lost nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What a step of a line depends on, read in the transaction that takes the step, with case and holds locked."""

    author: str = ""
    """Id of the person who made the act."""
    list_open: bool = False
    """Whether the list of the act may be changed: nothing was submitted, or the freeze was released."""
    reason_given: bool = False
    """Whether a reason that is more than blanks was written."""
    held: bool = True
    """Whether an active hold covers the case."""
    act_executing: bool = False
    """Whether the act of the line is being executed."""
    due: bool = False
    """Whether the verdict of today, computed now, lets the case enter an act (see `Verdict.may_enter_act`)."""
    same_rule_version: bool = False
    """Whether the verdict of today rests on the rule version of the snapshot."""
    same_content: bool = False
    """Whether content hashes and line equal those frozen at submission."""
    same_institution: bool = False
    """Whether case, act and running unit of work belong to one institution."""
    no_objection: bool = False
    """Whether no plugin objected, or failed, when asked again."""
    versions_listed: bool = False
    """Whether every version id that will go is written down in this very transaction."""
    absent: bool = False
    """Whether storage answered "absent" for every version id that was written down."""
    proof_written: bool = False
    """Whether stub, proof and the entry of the destruction ledger are written in this very transaction."""

    @property
    def recheck_passed(self) -> bool:
        """Whether nothing differs from what people approved."""
        return (
            not self.held
            and self.due
            and self.same_rule_version
            and self.same_content
            and self.same_institution
            and self.no_objection
        )


Transition: TypeAlias = transitions.Transition[LineState, LineFacts]
"""A step in the life of a line."""

_LIST_OPEN: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.list_open,
    Refusal("list_frozen", "The list is frozen since it was submitted; let the commission request changes first."),
)
_REASON: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words.")
)
_EXECUTING: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.act_executing,
    Refusal("act_not_executing", "Let two executors start the execution of the act."),
)
_NOT_HELD: Final[Guard[LineFacts]] = Guard(
    lambda facts: not facts.held, Refusal("held", "A hold protects the case; wait until the hold is lifted.")
)
_DUE: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.due, Refusal("not_due", "Read the verdict of the case: it may not enter an act today.")
)
_SAME_VERSION: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.same_rule_version,
    Refusal("rule_changed", "The rule of the case changed after it was listed; select it anew."),
)
_SAME_CONTENT: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.same_content,
    Refusal("content_changed", "The case is not what was submitted; select it anew."),
)
_SAME_INSTITUTION: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.same_institution,
    Refusal("other_institution", "The case belongs to another institution; nothing of it is touched."),
)
_NO_OBJECTION: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.no_objection,
    Refusal("objection", "A module objects to the destruction; settle what it says."),
)
_VERSIONS: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.versions_listed,
    Refusal("versions_not_listed", "Write down every version that will go before anything goes."),
)
_DIFFERS: Final[Guard[LineFacts]] = Guard(
    lambda facts: not facts.recheck_passed,
    Refusal("nothing_differs", "Nothing stands against this line; destroy it."),
)
_ABSENT: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.absent,
    Refusal("absence_not_confirmed", "Ask storage for every version until it answers that there is none."),
)
_PROOF: Final[Guard[LineFacts]] = Guard(
    lambda facts: facts.proof_written,
    Refusal("no_proof", "Write stub, proof and the entry of the ledger together with the line."),
)
_LISTED: Final = frozenset({LineState.LISTED})
_BY_SYSTEM: Final = frozenset({Role.SYSTEM})

LIST: Final = Transition(
    name="list",
    from_states=frozenset(),
    to_state=LineState.LISTED,
    by=frozenset({Role.AUTHOR}),
    guards=(_LIST_OPEN, _NOT_HELD, _DUE, _SAME_INSTITUTION, _NO_OBJECTION),
    undone_by=("exclude",),
)
"""The author puts a case on the act: gates (a), (b) and (e) hold for it."""

EXCLUDE: Final = Transition(
    name="exclude",
    from_states=_LISTED,
    to_state=LineState.EXCLUDED,
    by=frozenset({Role.AUTHOR, Role.COMMISSION}),
    guards=(_LIST_OPEN, _REASON),
)
"""Take a case off the act while its list may be changed."""

HOLD_PLACED: Final = Transition(name="hold_placed", from_states=_LISTED, to_state=LineState.HELD)
"""A hold takes the line off, whatever the act's state; no guard stands against it."""

SKIP: Final = Transition(
    name="skip",
    from_states=_LISTED,
    to_state=LineState.SKIPPED,
    by=_BY_SYSTEM,
    guards=(_EXECUTING, _REASON, _DIFFERS),
)
"""The re-check found a difference: the case stays whole and returns to the selection."""

BEGIN: Final = Transition(
    name="begin",
    from_states=_LISTED,
    to_state=LineState.DESTROYING,
    by=_BY_SYSTEM,
    guards=(
        _EXECUTING,
        _NOT_HELD,
        _DUE,
        _SAME_VERSION,
        _SAME_CONTENT,
        _SAME_INSTITUTION,
        _NO_OBJECTION,
        _VERSIONS,
    ),
)
"""The point of no return: committed before anything is deleted."""

FINISH: Final = Transition(
    name="finish",
    from_states=frozenset({LineState.DESTROYING}),
    to_state=LineState.DESTROYED,
    by=_BY_SYSTEM,
    guards=(_ABSENT, _PROOF),
)
"""Storage confirmed every absence: proof and stub are written."""

FAIL: Final = Transition(
    name="fail",
    from_states=frozenset({LineState.DESTROYING}),
    to_state=LineState.FAILED,
    by=_BY_SYSTEM,
    guards=(_REASON,),
    undone_by=("retry",),
)
"""Deletion or verification did not succeed; the line is shown as failed."""

RETRY: Final = Transition(
    name="retry",
    from_states=frozenset({LineState.FAILED}),
    to_state=LineState.DESTROYING,
    by=_BY_SYSTEM,
    guards=(_EXECUTING, _SAME_INSTITUTION),
    undone_by=("fail",),
)
"""Go on with a half-destroyed line; a hold is no reason any more to leave it half there."""

TRANSITIONS: Final = (LIST, EXCLUDE, HOLD_PLACED, SKIP, BEGIN, FINISH, FAIL, RETRY)
"""Every step there is."""

LINE_ENDED: Final = Refusal(
    "line_ended", "The line has come to its end; put the case on a new act if it is still there."
)
TOO_LATE: Final = Refusal(
    "too_late_for_this_line", "Deletion of this case has begun and can only be finished; other lines are protected."
)
NOT_BEGUN: Final = Refusal("line_in_another_state", "Read the present state of the line and decide again.")


def _refusal_of_state(state: LineState | None) -> Refusal:
    if state in BEGUN:
        return TOO_LATE
    return LINE_ENDED if state in LINE_ENDS else NOT_BEGUN


LINE: Final = Table(subject="line", transitions=TRANSITIONS, refusal_of_state=_refusal_of_state)
"""The life of a line as one table."""


def decide(state: LineState | None, step: Transition, facts: LineFacts, asking: Asking) -> Allowed[LineState] | Refused:
    """Say whether the line may take the step, and if not, name every reason."""
    return LINE.decide(state, step, facts, as_author(asking, facts.author))
