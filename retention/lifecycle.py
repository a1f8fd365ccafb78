"""The life of a document from intake to its end: states, steps, and the guards of each step.

A file that intake rejects never becomes a document. One that is accepted begins as `KEPT`, one that a person has
to look at begins as `QUARANTINED`. Once filed into a case (дело) a document shares the fate of the case, and only
an executed disposal act (акт о выделении к уничтожению) ends it; no step here leads out of `FILED`.

The same table guards the database: a step is an UPDATE that names `from_states` in its condition.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from retention import transitions
from retention.transitions import Allowed, Guard, Refusal, Refused, Table

__all__ = [
    "ALREADY_ENDED",
    "DOCUMENT",
    "END_STATES",
    "FILE",
    "FILED_IN_A_CASE",
    "INITIAL_STATES",
    "NOT_IN_THIS_STATE",
    "REFUSE",
    "RELEASE",
    "TRANSITIONS",
    "WITHDRAW",
    "Allowed",
    "DocumentFacts",
    "DocumentState",
    "Guard",
    "Refusal",
    "Refused",
    "Transition",
    "decide",
    "require",
]


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


Transition: TypeAlias = transitions.Transition[DocumentState, DocumentFacts]
"""A step in the life of a document."""

ALREADY_ENDED: Final = Refusal("already_ended", "Nothing can be done: the document was refused or withdrawn.")
FILED_IN_A_CASE: Final = Refusal(
    "filed_in_a_case", "The document belongs to a case; only an executed disposal act can end it."
)
NOT_IN_THIS_STATE: Final = Refusal("not_in_this_state", "Read the present state of the document and decide again.")

_UPLOADER: Final[Guard[DocumentFacts]] = Guard(
    lambda facts: facts.actor_is_uploader,
    Refusal("not_the_uploader", "Ask the person who uploaded the document to withdraw it."),
)
_NOT_IN_A_CASE: Final[Guard[DocumentFacts]] = Guard(lambda facts: not facts.in_a_case, FILED_IN_A_CASE)
_IN_A_CASE: Final[Guard[DocumentFacts]] = Guard(
    lambda facts: facts.in_a_case, Refusal("no_case", "Name the case into which the document is to be filed.")
)
_NOT_HELD: Final[Guard[DocumentFacts]] = Guard(
    lambda facts: not facts.held, Refusal("held", "A hold protects the document; wait until the hold is lifted.")
)
_REASON: Final[Guard[DocumentFacts]] = Guard(
    lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words.")
)

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


def _refusal_of_state(state: DocumentState | None) -> Refusal:
    if state in END_STATES:
        return ALREADY_ENDED
    return FILED_IN_A_CASE if state is DocumentState.FILED else NOT_IN_THIS_STATE


DOCUMENT: Final = Table(subject="document", transitions=TRANSITIONS, refusal_of_state=_refusal_of_state)
"""The life of a document as one table."""


def decide(state: DocumentState, transition: Transition, facts: DocumentFacts) -> Allowed[DocumentState] | Refused:
    """Say whether a document in `state` may take the step, and if not, name every reason."""
    return DOCUMENT.decide(state, transition, facts)


def require(state: DocumentState, transition: Transition, facts: DocumentFacts) -> DocumentState:
    """Return the state after the step.

    Raises:
        TransitionRefused: A guard or the present state stands against it; all reasons are in the error.
    """
    return DOCUMENT.require(state, transition, facts)
