"""Short ways to write rules, circumstances and people, shared by the tests of the retention rules."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict, Unpack

from retention.circumstances import Answer, Appraisal, Circumstances, Policy, RecordedEvent, RuleVersion
from retention.schedule import decide
from retention.terms import AppraisalMark, Condition, Counting, Rule, Term, TermKind, Trigger
from retention.transitions import Actor, Asking, Role
from retention.verdicts import Verdict

SOURCE = Policy(source_of_acquisition=True)
NO_SOURCE = Policy(source_of_acquisition=False)
LONG_AFTER = date(2200, 1, 1)


def years(
    number: int, *events: str, mark: AppraisalMark | None = None, counting: Counting = Counting.YEAR_AFTER
) -> Term:
    """A span, from the events whose codes are given."""
    triggers = tuple(Trigger(code, f"слова {code}") for code in events)
    return Term(kind=TermKind.YEARS, years=number, triggers=triggers, mark=mark, counting=counting)


def term(kind: TermKind, *events: str, number: int | None = None, mark: AppraisalMark | None = None) -> Term:
    """A term of any kind, with the events whose codes are given."""
    dual = (50, 75) if kind is TermKind.DUAL else None
    triggers = tuple(Trigger(code, f"слова {code}") for code in events)
    return Term(kind=kind, years=number, dual=dual, triggers=triggers, mark=mark)


def happened(code: str, on: date) -> RecordedEvent:
    """An event that was recorded with evidence."""
    return RecordedEvent(code, f"слова {code}", on, f"доказательство {code}")


class Given(TypedDict, total=False):
    """What a test says of a case; the rest is as if nothing had been recorded."""

    policy: Policy
    replaced: Term
    events: tuple[RecordedEvent, ...]
    answers: Mapping[str, Answer]
    closed_gates: Mapping[str, date]
    need_ended_on: date
    prolonged_until: date
    appraisal: Appraisal
    age: int
    holds: tuple[str, ...]


def verdict(
    term: Term, *conditions: Condition, closed: date | None, today: date = LONG_AFTER, **given: Unpack[Given]
) -> Verdict:
    """Decide one case under one rule."""
    facts = Circumstances(
        closed_on=closed,
        events=given.get("events", ()),
        answers=given.get("answers", {}),
        closed_gates=given.get("closed_gates", {}),
        need_ended_on=given.get("need_ended_on"),
        prolonged_until=given.get("prolonged_until"),
        appraisal=given.get("appraisal"),
        age_at_closing=given.get("age"),
        holds=given.get("holds", ()),
    )
    rule = RuleVersion("версия 1", Rule(term=term, conditions=conditions, replaced=given.get("replaced")))
    return decide(rule, facts, today=today, policy=given.get("policy", NO_SOURCE))


def person(name: str, *roles: Role) -> Actor:
    """A person who holds the roles."""
    return Actor(name, frozenset(roles))


def asks(name: str, *roles: Role, second: Actor | None = None, single_person: bool = False) -> Asking:
    """One who asks, alone or with a second person."""
    return Asking(person(name, *roles), second, single_person)
