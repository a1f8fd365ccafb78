"""Holds (приостановка уничтожения): what they cover, who places and lifts them.

A hold is not a state of a case: a case is *held* while an active hold covers it. A hold always wins, and can always be
placed; it binds from the commit that places it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from retention import transitions
from retention.transitions import Allowed, Asking, Guard, Refusal, Refused, Role, Table


class HoldState(StrEnum):
    """Where a hold stands."""

    ACTIVE = "active"
    """Действует: nothing that it covers can be destroyed, transferred, returned or merged."""
    LIFTED = "lifted"
    """Снята; a new hold has to be placed if it is needed again."""


class HoldReason(StrEnum):
    """Why destruction is suspended."""

    CLAIM = "claim"
    """Спор, иск, дело в суде."""
    CRIMINAL_MATTER = "criminal_matter"
    """Уголовное дело."""
    AUDIT = "audit"
    """Проверка."""
    SUBJECT_REQUEST = "subject_request"
    """Обращение субъекта персональных данных."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold with everything that it covers; identifiers are opaque."""

    id: str
    state: HoldState = HoldState.ACTIVE
    cases: frozenset[str] = frozenset()
    """Cases, or parts of them: a held part holds the whole."""
    persons: frozenset[str] = frozenset()
    """Persons: every case that is about one of them, also such as are opened later."""
    record_classes: frozenset[str] = frozenset()
    """Classes of the nomenclature: every case of one, also such as are opened later."""
    whole_institution: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdable:
    """What a hold may cover: a case with its parts, the persons it is about, and its class through the years."""

    case: str
    parts: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
    record_classes: frozenset[str] = frozenset()
    """The class in every nomenclature in which the case stood."""


def covers(hold: Hold, what: Holdable) -> bool:
    """Tell whether an active hold covers the case, by itself, a part, a person, its class or the whole institution."""
    if hold.state is not HoldState.ACTIVE:
        return False
    return (
        hold.whole_institution
        or what.case in hold.cases
        or not hold.cases.isdisjoint(what.parts)
        or not hold.persons.isdisjoint(what.persons)
        or not hold.record_classes.isdisjoint(what.record_classes)
    )


def holds_over(holds: Iterable[Hold], what: Holdable) -> tuple[str, ...]:
    """Return the ids of the active holds that cover the case, in the given order; empty if it is not held."""
    return tuple(hold.id for hold in holds if covers(hold, what))


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldFacts:
    """What a step of a hold depends on, read in the transaction that takes the step."""

    reason_given: bool
    """Whether the actor wrote a reason that is more than blanks."""
    document_given: bool
    """Whether a supporting document is named (запрос, определение суда, приказ)."""
    covers_something: bool
    """Whether the hold names a case, a person, a class or the institution."""
    placed_by: str | None = None
    """Id of the person who placed the hold; None while it is being placed."""


Transition: TypeAlias = transitions.Transition[HoldState, HoldFacts]
"""A step in the life of a hold."""

_REASON: Final[Guard[HoldFacts]] = Guard(
    lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words.")
)
_DOCUMENT: Final[Guard[HoldFacts]] = Guard(
    lambda facts: facts.document_given, Refusal("no_document", "Name the document on which this rests.")
)
_COVERS: Final[Guard[HoldFacts]] = Guard(
    lambda facts: facts.covers_something,
    Refusal("nothing_to_hold", "Name a case, a person, a class or the whole institution."),
)
_PLACER_KNOWN: Final[Guard[HoldFacts]] = Guard(
    lambda facts: facts.placed_by is not None,
    Refusal("placer_unknown", "Read who placed the hold: not the same person lifts it."),
)
_MAY_PLACE: Final = frozenset({Role.CLERK, Role.RECORDS_OFFICER, Role.HEAD})
_ACTIVE: Final = frozenset({HoldState.ACTIVE})

PLACE: Final = Transition(
    name="place",
    from_states=frozenset(),
    to_state=HoldState.ACTIVE,
    by=_MAY_PLACE,
    guards=(_REASON, _DOCUMENT, _COVERS),
    undone_by=("lift",),
)
"""Suspend destruction; nothing in the state of a case or of an act stands against it."""

EXTEND: Final = Transition(
    name="extend",
    from_states=_ACTIVE,
    to_state=HoldState.ACTIVE,
    by=_MAY_PLACE,
    guards=(_REASON, _COVERS),
    undone_by=("lift",),
)
"""Let an active hold cover another case, person or class as well."""

LIFT: Final = Transition(
    name="lift",
    from_states=_ACTIVE,
    to_state=HoldState.LIFTED,
    by=frozenset({Role.RECORDS_OFFICER, Role.HEAD}),
    apart_from=lambda facts: frozenset({facts.placed_by}) if facts.placed_by else frozenset(),
    guards=(_REASON, _DOCUMENT, _PLACER_KNOWN),
)
"""End the suspension: somebody other than the person who placed it. The cases wait for the next selection."""

TRANSITIONS: Final = (PLACE, EXTEND, LIFT)
"""Every step there is."""

HOLD_ENDED: Final = Refusal("hold_lifted", "The hold was lifted; place a new one.")
HOLD_EXISTS: Final = Refusal("hold_exists", "The hold is active already; extend it or place another.")
NO_SUCH_HOLD: Final = Refusal("no_such_hold", "Place the hold first.")


def _refusal_of_state(state: HoldState | None) -> Refusal:
    if state is None:
        return NO_SUCH_HOLD
    return HOLD_ENDED if state is HoldState.LIFTED else HOLD_EXISTS


HOLD: Final = Table(subject="hold", transitions=TRANSITIONS, refusal_of_state=_refusal_of_state)
"""The life of a hold as one table."""


def decide(state: HoldState | None, step: Transition, facts: HoldFacts, asking: Asking) -> Allowed[HoldState] | Refused:
    """Say whether the persons who ask may take the step, and if not, name every reason."""
    return HOLD.decide(state, step, facts, asking)
