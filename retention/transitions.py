"""What a life consists of: steps between states, who may take them, and the guards of each step.

Documents, cases, holds, acts and their lines are tables of such steps (`lifecycle`, `cases`, `holds`, `disposal`). The
same table guards the database: a step is an UPDATE that names `from_states` in its condition.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from retention.errors import TransitionRefused

State = TypeVar("State", bound=StrEnum)
Facts = TypeVar("Facts")


class Role(StrEnum):
    """Who takes part in keeping and disposing; `docs/reference/roles.md` says what else each may do."""

    CLERK = "clerk"
    """Делопроизводитель."""
    RECORDS_OFFICER = "records_officer"
    """Ответственный за архив."""
    COMMISSION = "commission"
    """Член экспертной комиссии (ЭК)."""
    HEAD = "head"
    """Руководитель."""
    EXECUTOR = "executor"
    """Исполнитель уничтожения."""
    AUTHOR = "author"
    """The person who made the act in question: a part played in one act, never a role of an account."""
    SYSTEM = "system"
    """The service itself: computes, expires, runs what people have started."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One who takes a step."""

    id: str
    """Identifies the person (not the account's role); two steps by one person carry the same."""
    roles: frozenset[Role]


SYSTEM: Final = Actor("system", frozenset({Role.SYSTEM}))
"""The service itself."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for a step."""

    actor: Actor
    second: Actor | None = None
    """The person who confirms, where a step takes two."""
    single_person: bool = False
    """Whether the declared single-person mode (режим одного лица) governs: it lifts that persons must differ, nothing
    else."""


def as_author(asking: Asking, author: str) -> Asking:
    """Return `asking` with the part of the author given to that person, and to nobody else."""
    roles = asking.actor.roles - {Role.AUTHOR}
    if asking.actor.id == author:
        roles |= {Role.AUTHOR}
    return replace(asking, actor=Actor(asking.actor.id, roles))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a step."""

    code: str
    """Stable, lower snake case."""
    remedy: str
    """English message id: what the asker can do."""


# Generic values have no slots: `Guard[Facts](…)` notes its type on the instance, to which a frozen class with slots
# answers with a TypeError.
@dataclass(frozen=True)
class Guard(Generic[Facts]):
    """A condition of a step; pure."""

    holds: Callable[[Facts], bool]
    refusal: Refusal


@dataclass(frozen=True, kw_only=True)
class Transition(Generic[State, Facts]):
    """A named step between states, with everything that can stand against it."""

    name: str
    from_states: frozenset[State]
    """Empty for a step that creates."""
    to_state: State
    by: frozenset[Role] = frozenset()
    """Roles of which the actor holds one; empty where permissions alone decide who may."""
    second: frozenset[Role] = frozenset()
    """Roles of which a second person holds one; empty where one person is enough."""
    apart_from: Callable[[Facts], frozenset[str]] | None = None
    """Ids of persons who played another part before and may not take this step too; None where anybody may."""
    guards: tuple[Guard[Facts], ...] = ()
    undone_by: tuple[str, ...] = ()
    """Names of the steps that take it back; empty if it cannot be taken back."""


@dataclass(frozen=True)
class Allowed(Generic[State]):
    """The step may be taken."""

    to_state: State


@dataclass(frozen=True, slots=True)
class Refused:
    """The step may not be taken; never without a reason."""

    reasons: tuple[Refusal, ...]


NOT_YOURS: Final = Refusal("not_your_step", "Ask somebody who holds a role that may take this step.")
NO_SECOND_PERSON: Final = Refusal("no_second_person", "Let a second person with the role that is needed confirm.")
SAME_PERSON: Final = Refusal("same_person", "Somebody else has to do this: one person may not act twice here.")


@dataclass(frozen=True, kw_only=True)
class Table(Generic[State, Facts]):
    """Every step in the life of one kind of thing."""

    subject: str
    """What lives, as a word for the message: `document`, `case`."""
    transitions: tuple[Transition[State, Facts], ...]
    refusal_of_state: Callable[[State | None], Refusal]
    """Why a step that does not begin in this state is refused."""
    _by_name: Mapping[str, Transition[State, Facts]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {step.name: step for step in self.transitions}
        object.__setattr__(self, "_by_name", MappingProxyType(named))

    def __getitem__(self, name: str) -> Transition[State, Facts]:
        """Return the step of that name.

        Raises:
            KeyError: There is none.
        """
        return self._by_name[name]

    def steps_from(self, state: State | None) -> tuple[Transition[State, Facts], ...]:
        """Return the steps that begin in `state`, or with None those that create."""
        return tuple(step for step in self.transitions if begins(step, state))

    def decide(
        self,
        state: State | None,
        step: Transition[State, Facts],
        facts: Facts,
        asking: Asking | None = None,
    ) -> Allowed[State] | Refused:
        """Say whether what is in `state` (None: does not exist yet) may take the step, and if not, name every reason.

        Without `asking`, who may is somebody else's question: only guards and state are judged.
        """
        reasons = [] if begins(step, state) else [self.refusal_of_state(state)]
        if asking is not None:
            reasons += _against_people(step, facts, asking)
        reasons += [guard.refusal for guard in step.guards if not guard.holds(facts)]
        return Refused(tuple(dict.fromkeys(reasons))) if reasons else Allowed(step.to_state)

    def require(
        self,
        state: State | None,
        step: Transition[State, Facts],
        facts: Facts,
        asking: Asking | None = None,
    ) -> State:
        """Return the state after the step.

        Raises:
            TransitionRefused: People, a guard or the present state stand against it; all reasons are in the error.
        """
        decision = self.decide(state, step, facts, asking)
        if isinstance(decision, Allowed):
            return decision.to_state
        codes = tuple(reason.code for reason in decision.reasons)
        remedies = tuple(reason.remedy for reason in decision.reasons)
        raise TransitionRefused(step.name, state or "new", codes, remedies, subject=self.subject)


def begins(step: Transition[State, Facts], state: State | None) -> bool:
    """Tell whether the step begins in `state`; a step that creates begins where nothing is."""
    return state in step.from_states if state is not None else not step.from_states


def _against_people(step: Transition[State, Facts], facts: Facts, asking: Asking) -> list[Refusal]:
    reasons = []
    if step.by and not step.by & asking.actor.roles:
        reasons.append(NOT_YOURS)
    if step.second and (asking.second is None or not step.second & asking.second.roles):
        reasons.append(NO_SECOND_PERSON)
    if not asking.single_person and _acts_twice(step, facts, asking):
        reasons.append(SAME_PERSON)
    return reasons


def _acts_twice(step: Transition[State, Facts], facts: Facts, asking: Asking) -> bool:
    before = step.apart_from(facts) if step.apart_from else frozenset()
    if asking.actor.id in before:
        return True
    return bool(step.second) and asking.second is not None and asking.second.id in before | {asking.actor.id}
