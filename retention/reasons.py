"""Why a verdict is what it is: one reason a step of the computation, as a stable code with its facts.

Reasons are written while a verdict is computed, thousands a second, and read rarely; therefore they are tuples, and
their words are put together only when somebody asks.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

Fact: TypeAlias = str | int | date
"""What a reason may name: words, a number, a day."""


def mark(message: str) -> str:
    """Return the message id itself; says that it is translated where it is shown."""
    return message


class ReasonCode(StrEnum):
    """One step of the computation of a verdict; stable."""

    RULE = "rule"
    NOT_UNDERSTOOD = "not_understood"
    NO_TERM = "no_term"
    BEYOND_CALENDAR = "beyond_calendar"
    NOT_CLOSED = "not_closed"
    CLOSED = "closed"
    TERM_OF_RULE = "term_of_rule"
    TERM_OF_SOURCE = "term_of_source"
    TERM_OF_NON_SOURCE = "term_of_non_source"
    TERM_OF_UPGRADE = "term_of_upgrade"
    TERM_OF_ASSUMED_UPGRADE = "term_of_assumed_upgrade"
    TERM_OF_PART = "term_of_part"
    TERM_OF_ASSUMED_PART = "term_of_assumed_part"
    TERM_OF_FALLBACK = "term_of_fallback"
    CONDITION_DENIED = "condition_denied"
    EVENT = "event"
    EVENT_AWAITED = "event_awaited"
    NO_EVENT_NAMED = "no_event_named"
    FALLBACK_OPEN = "fallback_open"
    LATEST_COUNTS = "latest_counts"
    COUNTED_FROM_JANUARY = "counted_from_january"
    COUNTED_FROM_MOMENT = "counted_from_moment"
    DUAL = "dual"
    AGE = "age"
    AGE_UNKNOWN = "age_unknown"
    AGE_IMPOSSIBLE = "age_impossible"
    SPAN = "span"
    ENDS_WITH_YEAR = "ends_with_year"
    ENDS_WITH_DAY = "ends_with_day"
    NEED_OPEN = "need_open"
    NEED_ENDED = "need_ended"
    NEED_ENDED_TOO_EARLY = "need_ended_too_early"
    PERMANENT = "permanent"
    UNTIL_LIQUIDATION = "until_liquidation"
    READ_AS_LIQUIDATION = "read_as_liquidation"
    LIQUIDATED = "liquidated"
    FLOOR = "floor"
    FLOOR_EVENT = "floor_event"
    LONGEST_WINS = "longest_wins"
    PROLONGED = "prolonged"
    APPRAISED_KEEP = "appraised_keep"
    APPRAISED_DESTROY = "appraised_destroy"
    APPRAISED_TOO_EARLY = "appraised_too_early"
    APPRAISAL_AWAITED = "appraisal_awaited"
    GATE_OPEN = "gate_open"
    GATE_CLOSED = "gate_closed"
    TRANSFER_OPEN = "transfer_open"
    TRANSFER_EXCLUDED = "transfer_excluded"
    FREE_FROM = "free_from"
    HELD = "held"


ASSUMPTIONS: Final = frozenset({ReasonCode.TERM_OF_ASSUMED_UPGRADE, ReasonCode.TERM_OF_ASSUMED_PART})
"""Origins of terms that hold only because nobody has said that they do not."""

_TERM: Final = "kind years words"

_SAID: Final[Mapping[ReasonCode, tuple[str, str]]] = MappingProxyType(
    {
        ReasonCode.RULE: ("version", mark("The rule in version {version} applies.")),
        ReasonCode.NOT_UNDERSTOOD: ("words", mark("Not understood: {words}. A person has to decide the term.")),
        ReasonCode.NO_TERM: ("", mark("The nomenclature states no term. A person has to decide it.")),
        ReasonCode.BEYOND_CALENDAR: ("year", mark("The term would end in the year {year}; a person has to decide it.")),
        ReasonCode.NOT_CLOSED: ("", mark("The case is not closed; its term has not begun.")),
        ReasonCode.CLOSED: ("closed_on", mark("The case was closed on {closed_on}.")),
        ReasonCode.TERM_OF_RULE: (_TERM, mark("The term of the rule: {kind} {years}.")),
        ReasonCode.TERM_OF_SOURCE: (
            _TERM,
            mark("The institution supplies an archive, so the term of the cell stays: {kind} {years}."),
        ),
        ReasonCode.TERM_OF_NON_SOURCE: (
            _TERM,
            mark("The institution supplies no archive, so this term replaces it: {kind} {years} ({words})."),
        ),
        ReasonCode.TERM_OF_UPGRADE: (
            _TERM,
            mark("The condition is met, so the term is also: {kind} {years} ({words})."),
        ),
        ReasonCode.TERM_OF_ASSUMED_UPGRADE: (
            _TERM,
            mark("Nobody has said whether the condition is met; as if it were: {kind} {years} ({words})."),
        ),
        ReasonCode.TERM_OF_PART: (_TERM, mark("The case consists of what has its own term: {kind} {years} ({words}).")),
        ReasonCode.TERM_OF_ASSUMED_PART: (
            _TERM,
            mark("Nobody has said whether the other term applies; as if it did: {kind} {years} ({words})."),
        ),
        ReasonCode.TERM_OF_FALLBACK: (_TERM, mark("The event never comes, so the term is: {kind} {years} ({words}).")),
        ReasonCode.CONDITION_DENIED: ("words", mark("Does not apply, as a person has said: {words}.")),
        ReasonCode.EVENT: ("event words on evidence", mark("Event: {words}, {on} ({evidence}).")),
        ReasonCode.EVENT_AWAITED: ("event words", mark("The case waits for the event: {words}.")),
        ReasonCode.NO_EVENT_NAMED: ("kind", mark("The term {kind} names no event. A person has to decide it.")),
        ReasonCode.FALLBACK_OPEN: ("words", mark("If the event never comes, record it: {words}.")),
        ReasonCode.LATEST_COUNTS: ("day", mark("The latest of these days counts: {day}.")),
        ReasonCode.COUNTED_FROM_JANUARY: ("first_day", mark("The count begins on {first_day}.")),
        ReasonCode.COUNTED_FROM_MOMENT: ("day", mark("The count begins with the day itself: {day}.")),
        ReasonCode.DUAL: ("year cutoff years", mark("Closed in {year} (the border is {cutoff}): {years} years.")),
        ReasonCode.AGE: ("full age years", mark("{full} years less the age of {age}: {years} years.")),
        ReasonCode.AGE_UNKNOWN: ("years", mark("The age is not known; the full term of {years} years is taken.")),
        ReasonCode.AGE_IMPOSSIBLE: ("full age", mark("{full} years less the age of {age} leave no term; decide it.")),
        ReasonCode.SPAN: ("years last_day", mark("Years of the term: {years}; its last day is {last_day}.")),
        ReasonCode.ENDS_WITH_YEAR: ("last_day", mark("The term ends with the year: {last_day}.")),
        ReasonCode.ENDS_WITH_DAY: ("last_day", mark("The term ends with the day: {last_day}.")),
        ReasonCode.NEED_OPEN: ("", mark("The case waits for a recorded decision that the need has ended.")),
        ReasonCode.NEED_ENDED: ("on", mark("The need ended by decision of {on}.")),
        ReasonCode.NEED_ENDED_TOO_EARLY: (
            "on",
            mark("The decision of {on} that the need has ended is older than the closing and does not count."),
        ),
        ReasonCode.PERMANENT: ("", mark("The case is kept permanently.")),
        ReasonCode.UNTIL_LIQUIDATION: ("", mark("The case is kept until the institution is liquidated.")),
        ReasonCode.READ_AS_LIQUIDATION: (
            "",
            mark("The institution supplies no archive: permanently means until it is liquidated."),
        ),
        ReasonCode.LIQUIDATED: ("on", mark("The institution was liquidated on {on}.")),
        ReasonCode.FLOOR: ("words years last_day", mark("At least until {last_day} ({words}).")),
        ReasonCode.FLOOR_EVENT: ("words", mark("Not before an event ({words}).")),
        ReasonCode.LONGEST_WINS: (
            "number",
            mark("Of the terms considered the longest wins; their number is {number}."),
        ),
        ReasonCode.PROLONGED: ("until", mark("The commission prolonged the term until {until}.")),
        ReasonCode.APPRAISED_KEEP: ("on minutes", mark("The commission decided on {on} to keep it ({minutes}).")),
        ReasonCode.APPRAISED_DESTROY: ("on minutes", mark("The commission decided on {on} to destroy it ({minutes}).")),
        ReasonCode.APPRAISED_TOO_EARLY: (
            "on",
            mark("The commission decided on {on}, before the term was over; it has to look again."),
        ),
        ReasonCode.APPRAISAL_AWAITED: (
            "mark",
            mark("The term is marked {mark}: the commission has to appraise the case."),
        ),
        ReasonCode.GATE_OPEN: ("words", mark("Not recorded as settled: {words}.")),
        ReasonCode.GATE_CLOSED: ("words on", mark("Settled on {on}: {words}.")),
        ReasonCode.TRANSFER_OPEN: ("words", mark("The rule names another way out; settle it first: {words}.")),
        ReasonCode.TRANSFER_EXCLUDED: (
            "words",
            mark("The other way out does not apply, as a person has said: {words}."),
        ),
        ReasonCode.FREE_FROM: ("earliest", mark("The case may enter an act dated {earliest} or later.")),
        ReasonCode.HELD: ("hold", mark("The hold {hold} protects the case.")),
    }
)


class Reason(NamedTuple):
    """One step of the computation. A tuple, because a frozen dataclass costs several times as much to make."""

    code: ReasonCode
    values: tuple[Fact, ...] = ()

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts of this step by name."""
        return dict(zip(fact_names(self.code), self.values, strict=True))

    @property
    def message(self) -> str:
        """English message id with the names of the facts in braces."""
        return _SAID[self.code][1]

    def __str__(self) -> str:
        return self.message.format_map(self.facts)


def fact_names(code: ReasonCode) -> tuple[str, ...]:
    """Return the names of the facts that a reason of this code carries, in the order of its values."""
    return tuple(_SAID[code][0].split())
