"""Short ways to write rules, circumstances and people, shared by the tests of the retention rules."""

from collections.abc import Mapping
from datetime import date

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


def verdict(
    term: Term,
    *conditions: Condition,
    closed: date | None,
    today: date = LONG_AFTER,
    policy: Policy = NO_SOURCE,
    replaced: Term | None = None,
    events: tuple[RecordedEvent, ...] = (),
    answers: Mapping[str, Answer] | None = None,
    closed_gates: Mapping[str, date] | None = None,
    need_ended_on: date | None = None,
    prolonged_until: date | None = None,
    appraisal: Appraisal | None = None,
    age: int | None = None,
    holds: tuple[str, ...] = (),
) -> Verdict:
    """Decide one case under one rule."""
    facts = Circumstances(
        closed_on=closed,
        events=events,
        answers=answers or {},
        closed_gates=closed_gates or {},
        need_ended_on=need_ended_on,
        prolonged_until=prolonged_until,
        appraisal=appraisal,
        age_at_closing=age,
        holds=holds,
    )
    rule = RuleVersion("версия 1", Rule(term=term, conditions=conditions, replaced=replaced))
    return decide(rule, facts, today=today, policy=policy)


def person(name: str, *roles: Role) -> Actor:
    """A person who holds the roles."""
    return Actor(name, frozenset(roles))


def asks(name: str, *roles: Role, second: Actor | None = None, single_person: bool = False) -> Asking:
    """One who asks, alone or with a second person."""
    return Asking(person(name, *roles), second, single_person)
