"""One term applied to one case: a day, an open end, or the need for a person; with the arithmetic step by step."""

from datetime import date
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from retention.calendar import (
    ONE_DAY,
    earliest_act_after_years,
    first_day_of_year_after,
    last_day_from_moment,
    next_day,
)
from retention.circumstances import Circumstances, OpenEnd, PermanentReading, Policy
from retention.reasons import Reason, ReasonCode
from retention.terms import Counting, Term, TermKind, Trigger


class Rank(IntEnum):
    """What a term comes to; the greater keeps longer, and of several terms the greatest wins."""

    DATED = 0
    """A day is known."""
    AWAITING = 1
    """It waits for an event or a decision."""
    UNTIL_LIQUIDATION = 2
    PERMANENT = 3
    UNDECIDED = 4
    """A person has to decide the term."""


class AwaitedKind(StrEnum):
    """What a case can wait for."""

    EVENT = "event"
    END_OF_NEED = "end_of_need"
    """A decision that the documents are no longer needed."""
    NEVER_COMES = "never_comes"
    """Instead of the event: the record that it does not come, so that the fallback applies."""


class Awaited(NamedTuple):
    """Something that has to be recorded before a day can be known."""

    kind: AwaitedKind
    code: str = ""
    """Code of the event; empty for the other kinds."""
    words: str = ""
    """The event or the condition as the rule names it."""


class Reckoning(NamedTuple):
    """What one term comes to for one case."""

    rank: Rank
    not_before: date | None = None
    """`DATED`: the first day on which an act may take the case. `AWAITING`: a day before which none may, if known."""
    awaited: tuple[Awaited, ...] = ()


_LONGEST_AGE: Final = 130
_EVENT_KINDS: Final = frozenset({TermKind.UNTIL_REPLACED, TermKind.UNTIL_CLAIMED, TermKind.UNTIL_EVENT})
_NEED_KINDS: Final = frozenset({TermKind.UNTIL_NOT_NEEDED, TermKind.MIN_YEARS})
_NO_TERM_KINDS: Final = frozenset({TermKind.COMPOUND, TermKind.NOT_APPLICABLE})
_UNDECIDED: Final = Reckoning(Rank.UNDECIDED)


def reckon(term: Term, closed_on: date, facts: Circumstances, policy: Policy, reasons: list[Reason]) -> Reckoning:
    """Apply `term` to a case that was closed on `closed_on`; append every step to `reasons`.

    Raises:
        BeyondCalendar: The term ends after the year 9999.
    """
    kind = term.kind
    if kind is TermKind.PERMANENT:
        return permanent(closed_on, policy, reasons)
    if kind is TermKind.UNTIL_LIQUIDATION:
        return _until_liquidation(closed_on, policy, reasons)
    if not _computable(term, reasons):
        return _UNDECIDED
    start, awaited = start_of_count(term.triggers, closed_on, facts, reasons)
    if awaited:
        return Reckoning(Rank.AWAITING, None, awaited)
    if kind in _EVENT_KINDS:
        return open_end(start, policy, reasons)
    return _counted(term, start, closed_on, facts, policy, reasons)


def permanent(closed_on: date, policy: Policy, reasons: list[Reason]) -> Reckoning:
    """Return what «Постоянно» comes to in this institution.

    Raises:
        BeyondCalendar: The liquidation is recorded for the last day there is.
    """
    if policy.source_of_acquisition or policy.permanent_without_source is PermanentReading.PERMANENT:
        reasons.append(Reason(ReasonCode.PERMANENT))
        return Reckoning(Rank.PERMANENT)
    reasons.append(Reason(ReasonCode.READ_AS_LIQUIDATION))
    return _until_liquidation(closed_on, policy, reasons)


def start_of_count(
    triggers: tuple[Trigger, ...], closed_on: date, facts: Circumstances, reasons: list[Reason]
) -> tuple[date, tuple[Awaited, ...]]:
    """Return the day from which to count, and the events that are not recorded yet.

    It is the latest of the closing and all events: a case that went on after the event is not free earlier for it.
    """
    if not triggers:
        return closed_on, ()
    start = closed_on
    awaited: list[Awaited] = []
    for code, words, alone in _named(triggers):
        event = facts.latest(code, words, by_code=alone)
        if event is None:
            reasons.append(Reason(ReasonCode.EVENT_AWAITED, (code, words)))
            awaited.append(Awaited(AwaitedKind.EVENT, code, words))
        else:
            reasons.append(Reason(ReasonCode.EVENT, (code, words, event.on, event.evidence)))
            start = max(start, event.on)
    if not awaited:
        reasons.append(Reason(ReasonCode.LATEST_COUNTS, (start,)))
    return start, tuple(awaited)


def open_end(last_event: date, policy: Policy, reasons: list[Reason]) -> Reckoning:
    """Return when a case is free whose term ends with an event of that day.

    Raises:
        BeyondCalendar: That is after the year 9999.
    """
    if policy.after_open_end is OpenEnd.NEXT_DAY:
        reasons.append(Reason(ReasonCode.ENDS_WITH_DAY, (last_event,)))
        return Reckoning(Rank.DATED, next_day(last_event))
    free = first_day_of_year_after(last_event)
    reasons.append(Reason(ReasonCode.ENDS_WITH_YEAR, (free - ONE_DAY,)))
    return Reckoning(Rank.DATED, free)


def _named(triggers: tuple[Trigger, ...]) -> list[tuple[str, str, bool]]:
    # Two events of one code in one rule must not both be taken as recorded when one of them is.
    codes = [trigger.code for trigger in triggers]
    return [(trigger.code, trigger.words, codes.count(trigger.code) == 1) for trigger in triggers]


def _until_liquidation(closed_on: date, policy: Policy, reasons: list[Reason]) -> Reckoning:
    reasons.append(Reason(ReasonCode.UNTIL_LIQUIDATION))
    if policy.liquidated_on is None:
        return Reckoning(Rank.UNTIL_LIQUIDATION)
    reasons.append(Reason(ReasonCode.LIQUIDATED, (policy.liquidated_on,)))
    last = max(closed_on, policy.liquidated_on)
    reasons.append(Reason(ReasonCode.ENDS_WITH_DAY, (last,)))
    return Reckoning(Rank.DATED, next_day(last))


def _computable(term: Term, reasons: list[Reason]) -> bool:
    if term.kind in _NO_TERM_KINDS:
        reasons.append(Reason(ReasonCode.NO_TERM))
        return False
    if term.kind in _EVENT_KINDS and not term.triggers:
        reasons.append(Reason(ReasonCode.NO_EVENT_NAMED, (term.kind,)))
        return False
    return True


def _counted(
    term: Term, start: date, closed_on: date, facts: Circumstances, policy: Policy, reasons: list[Reason]
) -> Reckoning:
    years = _years(term, closed_on, facts, policy, reasons)
    if years is None:
        return _UNDECIDED
    free = _span(start, years, term.counting, reasons)
    if term.kind in _NEED_KINDS:
        return _ended_need(free, closed_on, facts, reasons)
    return Reckoning(Rank.DATED, free)


def _years(term: Term, closed_on: date, facts: Circumstances, policy: Policy, reasons: list[Reason]) -> int | None:
    """Return the length of the term in years, or None if the age leaves no term."""
    if term.dual is not None:
        years = term.dual[closed_on.year < policy.dual_cutoff]
        reasons.append(Reason(ReasonCode.DUAL, (closed_on.year, policy.dual_cutoff, years)))
        return years
    years = term.years or 0
    if term.kind is TermKind.UNTIL_NOT_NEEDED:
        return max(years, policy.need_floor_years)
    return _less_age(years, facts.age_at_closing, reasons) if term.kind is TermKind.AGE_BASED else years


def _less_age(full: int, age: int | None, reasons: list[Reason]) -> int | None:
    if age is None:
        reasons.append(Reason(ReasonCode.AGE_UNKNOWN, (full,)))
        return full
    if not 0 <= age <= _LONGEST_AGE or age >= full:
        reasons.append(Reason(ReasonCode.AGE_IMPOSSIBLE, (full, age)))
        return None
    reasons.append(Reason(ReasonCode.AGE, (full, age, full - age)))
    return full - age


def _span(start: date, years: int, counting: Counting, reasons: list[Reason]) -> date:
    """Return the first day after a term of `years` that counts from `start`."""
    if counting is Counting.MOMENT:
        last = last_day_from_moment(start, years)
        reasons.append(Reason(ReasonCode.COUNTED_FROM_MOMENT, (start,)))
        reasons.append(Reason(ReasonCode.SPAN, (years, last)))
        return next_day(last)
    free = earliest_act_after_years(start, years)
    reasons.append(Reason(ReasonCode.COUNTED_FROM_JANUARY, (first_day_of_year_after(start),)))
    reasons.append(Reason(ReasonCode.SPAN, (years, free - ONE_DAY)))
    return free


def _ended_need(floor: date, closed_on: date, facts: Circumstances, reasons: list[Reason]) -> Reckoning:
    ended = facts.need_ended_on
    if ended is not None and ended >= closed_on:
        reasons.append(Reason(ReasonCode.NEED_ENDED, (ended,)))
        return Reckoning(Rank.DATED, max(floor, ended))
    if ended is not None:
        reasons.append(Reason(ReasonCode.NEED_ENDED_TOO_EARLY, (ended,)))
    reasons.append(Reason(ReasonCode.NEED_OPEN))
    return Reckoning(Rank.AWAITING, floor, (Awaited(AwaitedKind.END_OF_NEED),))
