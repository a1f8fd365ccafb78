"""The life of a document from intake to its end: states, steps, and the guards of each step.

A file that intake rejects never becomes a document. One that is accepted begins as `KEPT`, one that a person has
to look at begins as `QUARANTINED`. Once filed into a case (дело) a document shares the fate of the case, and only
an executed disposal act (акт о выделении к уничтожению) ends it; no step here leads out of `FILED`.

The same table guards the database: a step is an UPDATE that names `from_states` in its condition.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from retention.errors import TransitionRefused


class DocumentState(StrEnum):
    """Where a document stands; the value is what the database and the API say."""

    QUARANTINED = "quarantined"
    """Bytes kept apart until a person releases or refuses them (на проверке)."""
    KEPT = "kept"
    """Accepted, not yet filed into a case (принят)."""
    FILED = "filed"
    """Part of a case; ends only by an act (в деле)."""
    REFUSED = "refused"
    """A person refused it out of quarantine; the bytes are gone (отклонён)."""
    WITHDRAWN = "withdrawn"
    """Its uploader took it back; the bytes are gone (отозван)."""


INITIAL_STATES: Final = frozenset({DocumentState.QUARANTINED, DocumentState.KEPT})
"""States in which intake may create a document."""

END_STATES: Final = frozenset({DocumentState.REFUSED, DocumentState.WITHDRAWN})
"""States without a way out; exactly those in which the bytes are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What a step depends on, read in the transaction that takes the step."""

    actor_is_uploader: bool
    """Whether the person who asks is the one who uploaded the document."""
    in_a_case: bool
    """Whether the document stands in a case, or is put into one by this very transaction."""
    held: bool
    """Whether a hold (запрет на уничтожение) covers the document, its case or its personal file."""
    reason_given: bool
    """Whether the actor wrote a reason that is more than blanks."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a step."""

    code: str
    """Stable, lower snake case."""
    remedy: str
    """English message id: what the asker can do."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a step; pure."""

    holds: Callable[[DocumentFacts], bool]
    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A named step between states, with everything that can stand against it."""

    name: str
    from_states: frozenset[DocumentState]
    to_state: DocumentState
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """The step may be taken."""

    to_state: DocumentState


@dataclass(frozen=True, slots=True)
class Refused:
    """The step may not be taken; never without a reason."""

    reasons: tuple[Refusal, ...]


ALREADY_ENDED: Final = Refusal("already_ended", "Nothing can be done: the document was refused or withdrawn.")
FILED_IN_A_CASE: Final = Refusal(
    "filed_in_a_case", "The document belongs to a case; only an executed disposal act can end it."
)
NOT_IN_THIS_STATE: Final = Refusal("not_in_this_state", "Read the present state of the document and decide again.")

_UPLOADER: Final = Guard(
    lambda facts: facts.actor_is_uploader,
    Refusal("not_the_uploader", "Ask the person who uploaded the document to withdraw it."),
)
_NOT_IN_A_CASE: Final = Guard(lambda facts: not facts.in_a_case, FILED_IN_A_CASE)
_IN_A_CASE: Final = Guard(
    lambda facts: facts.in_a_case, Refusal("no_case", "Name the case into which the document is to be filed.")
)
_NOT_HELD: Final = Guard(
    lambda facts: not facts.held, Refusal("held", "A hold protects the document; wait until the hold is lifted.")
)
_REASON: Final = Guard(lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words."))

RELEASE: Final = Transition(
    name="release",
    from_states=frozenset({DocumentState.QUARANTINED}),
    to_state=DocumentState.KEPT,
    guards=(_REASON,),
)
"""A person looked at a quarantined document and accepts it."""

REFUSE: Final = Transition(
    name="refuse",
    from_states=frozenset({DocumentState.QUARANTINED}),
    to_state=DocumentState.REFUSED,
    guards=(_NOT_IN_A_CASE, _NOT_HELD, _REASON),
)
"""A person looked at a quarantined document and does not accept it; its bytes go."""

WITHDRAW: Final = Transition(
    name="withdraw",
    from_states=INITIAL_STATES,
    to_state=DocumentState.WITHDRAWN,
    guards=(_UPLOADER, _NOT_IN_A_CASE, _NOT_HELD, _REASON),
)
"""The uploader takes a wrong upload back before it is filed; its bytes go."""

FILE: Final = Transition(
    name="file",
    from_states=frozenset({DocumentState.KEPT}),
    to_state=DocumentState.FILED,
    guards=(_IN_A_CASE,),
)
"""The document becomes part of a case; from here on the case decides."""

TRANSITIONS: Final = (RELEASE, REFUSE, WITHDRAW, FILE)
"""Every step there is."""


def decide(state: DocumentState, transition: Transition, facts: DocumentFacts) -> Allowed | Refused:
    """Say whether a document in `state` may take the step, and if not, name every reason."""
    reasons = [guard.refusal for guard in transition.guards if not guard.holds(facts)]
    if state not in transition.from_states:
        of_state = _refusal_of_state(state)
        reasons = [of_state, *(reason for reason in reasons if reason != of_state)]
    return Refused(tuple(reasons)) if reasons else Allowed(transition.to_state)


def require(state: DocumentState, transition: Transition, facts: DocumentFacts) -> DocumentState:
    """Return the state after the step.

    Raises:
        TransitionRefused: A guard or the present state stands against it; all reasons are in the error.
    """
    match decide(state, transition, facts):
        case Allowed(to_state):
            return to_state
        case Refused(reasons):
            codes = tuple(reason.code for reason in reasons)
            raise TransitionRefused(transition.name, state, codes, tuple(reason.remedy for reason in reasons))


def _refusal_of_state(state: DocumentState) -> Refusal:
    if state in END_STATES:
        return ALREADY_ENDED
    return FILED_IN_A_CASE if state is DocumentState.FILED else NOT_IN_THIS_STATE
