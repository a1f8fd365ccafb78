"""Archival term and purpose of processing: two clocks over one document, and the deadlines of 152-ФЗ.

Keeping under the archive law is outside 152-ФЗ (ст. 1 ч. 2 п. 2); what it does not require may be kept no longer than
the purpose needs (ст. 5 ч. 7). The deadlines are values, not code: an institution may replace every one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from retention.calendar import ONE_DAY, WorkingCalendar, add_months
from retention.verdicts import Outcome, Verdict


class Purpose(StrEnum):
    """Where the purpose of processing (цель обработки) stands."""

    LASTS = "lasts"
    ENDED = "ended"
    """Reached, or the consent is withdrawn."""


class Governing(StrEnum):
    """Which clock governs when the purpose ends before the archival term: the institution decides, per class."""

    ARCHIVAL_TERM = "archival_term"
    """The document is kept, blocked from use."""
    PURPOSE = "purpose"
    """The document rests on consent alone; it is destroyed although its term runs, unless it is kept without end or its
    term is not understood (125-ФЗ ст. 17 ч. 2)."""


class Consequence(StrEnum):
    """What follows for a document with personal data."""

    KEEP = "keep"
    """Keep it, normal access."""
    RESTRICT = "restrict"
    """Keep it for its term, blocked from use; destroy copies that the term does not cover."""
    KEEP_WITH_REASON = "keep_with_reason"
    """Do not destroy it yet; record why, and until when."""
    DESTROY = "destroy"
    """Destroy it by an act, within the deadline."""
    WAIT_FOR_HOLD = "wait_for_hold"
    """It would have to go, but a hold protects it: blocked from use until the hold is lifted."""


_NEVER_BY_PURPOSE: Final = frozenset({Outcome.PERMANENT, Outcome.UNTIL_LIQUIDATION, Outcome.NEEDS_REVIEW})


def consequence(verdict: Verdict, purpose: Purpose, governing: Governing = Governing.ARCHIVAL_TERM) -> Consequence:
    """Say what the two clocks together demand; it never makes anything disposable by itself, an act always does.

    The archival term is over only when an act might take the case: open gates, appraisals and events keep it running.
    """
    over = verdict.outcome is Outcome.DUE
    if purpose is Purpose.LASTS:
        return Consequence.KEEP_WITH_REASON if over else Consequence.KEEP
    if not over and (governing is Governing.ARCHIVAL_TERM or verdict.outcome in _NEVER_BY_PURPOSE):
        return Consequence.RESTRICT
    return Consequence.WAIT_FOR_HOLD if verdict.holds else Consequence.DESTROY


class DutyEvent(StrEnum):
    """What sets a deadline of 152-ФЗ running."""

    ACCESS_DEMANDED = "access_demanded"
    AUTHORITY_ASKED = "authority_asked"
    INACCURACY_PROVED = "inaccuracy_proved"
    NO_NEED_PROVED = "no_need_proved"
    """The subject proved that the data were received unlawfully or are not needed."""
    CHECK_DEMANDED = "check_demanded"
    INACCURACY_CONFIRMED = "inaccuracy_confirmed"
    UNLAWFUL_TO_STOP = "unlawful_to_stop"
    UNLAWFUL_TO_DESTROY = "unlawful_to_destroy"
    LEAK_TO_NOTIFY = "leak_to_notify"
    LEAK_TO_REPORT = "leak_to_report"
    PURPOSE_REACHED = "purpose_reached"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    STOP_DEMANDED = "stop_demanded"
    DESTRUCTION_IMPOSSIBLE = "destruction_impossible"
    """It cannot be destroyed in time: blocked, then destroyed."""


class Duty(StrEnum):
    """What has to be done by the day."""

    ANSWER = "answer"
    CORRECT = "correct"
    DESTROY = "destroy"
    BLOCK = "block"
    STOP = "stop"
    NOTIFY = "notify"


class Unit(StrEnum):
    """In what a deadline is counted."""

    HOURS = "hours"
    DAYS = "days"
    """Calendar days."""
    WORKING_DAYS = "working_days"
    MONTHS = "months"


class DutyRule(NamedTuple):
    """One deadline with its source; unverified ones are the institution's to correct."""

    duty: Duty
    length: int
    """Zero: at once."""
    unit: Unit
    article: str
    """Article of 152-ФЗ."""
    extension: int = 0
    """By how much it may be prolonged with a reasoned notice, in the same unit."""


DUTY_RULES: Final[Mapping[DutyEvent, DutyRule]] = MappingProxyType(
    {
        DutyEvent.ACCESS_DEMANDED: DutyRule(Duty.ANSWER, 10, Unit.WORKING_DAYS, "ст. 14; ст. 20 ч. 1, 2", 5),
        DutyEvent.AUTHORITY_ASKED: DutyRule(Duty.ANSWER, 10, Unit.WORKING_DAYS, "ст. 20 ч. 4", 5),
        DutyEvent.INACCURACY_PROVED: DutyRule(Duty.CORRECT, 7, Unit.WORKING_DAYS, "ст. 20 ч. 3"),
        DutyEvent.NO_NEED_PROVED: DutyRule(Duty.DESTROY, 7, Unit.WORKING_DAYS, "ст. 20 ч. 3"),
        DutyEvent.CHECK_DEMANDED: DutyRule(Duty.BLOCK, 0, Unit.DAYS, "ст. 21 ч. 1"),
        DutyEvent.INACCURACY_CONFIRMED: DutyRule(Duty.CORRECT, 7, Unit.WORKING_DAYS, "ст. 21 ч. 2"),
        DutyEvent.UNLAWFUL_TO_STOP: DutyRule(Duty.STOP, 3, Unit.WORKING_DAYS, "ст. 21 ч. 3"),
        DutyEvent.UNLAWFUL_TO_DESTROY: DutyRule(Duty.DESTROY, 10, Unit.WORKING_DAYS, "ст. 21 ч. 3"),
        DutyEvent.LEAK_TO_NOTIFY: DutyRule(Duty.NOTIFY, 24, Unit.HOURS, "ст. 21 ч. 3.1"),
        DutyEvent.LEAK_TO_REPORT: DutyRule(Duty.NOTIFY, 72, Unit.HOURS, "ст. 21 ч. 3.1"),
        DutyEvent.PURPOSE_REACHED: DutyRule(Duty.DESTROY, 30, Unit.DAYS, "ст. 21 ч. 4"),
        DutyEvent.CONSENT_WITHDRAWN: DutyRule(Duty.DESTROY, 30, Unit.DAYS, "ст. 21 ч. 5"),
        DutyEvent.STOP_DEMANDED: DutyRule(Duty.STOP, 10, Unit.WORKING_DAYS, "ст. 21 ч. 5.1", 5),
        DutyEvent.DESTRUCTION_IMPOSSIBLE: DutyRule(Duty.DESTROY, 6, Unit.MONTHS, "ст. 21 ч. 6"),
    }
)
"""Deadlines of 152-ФЗ as this project read them; section 6.2 of its facts says which are unverified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """By when a duty has to be done."""

    rule: DutyRule
    day: date
    """Last day on which it is done in time; for hours the day of `moment`."""
    extended: date
    """The same after a reasoned prolongation; equal to `day` where the law knows none."""
    moment: datetime | None
    """For a deadline in hours the moment itself; else None."""
    calendar_known: bool
    """Whether the days of rest of these years were entered; if not, the true day may lie later, never earlier."""


def deadline(
    event: DutyEvent,
    happened: datetime,
    calendar: WorkingCalendar,
    rules: Mapping[DutyEvent, DutyRule] = DUTY_RULES,
) -> Deadline:
    """Return by when the duty that `event` sets running has to be done.

    `happened` is aware and in the institution's time zone, whose days count. A last day that is a day of rest is not
    moved to the next working day (ГК РФ ст. 193): who is early is never late.

    Raises:
        BeyondCalendar: The day lies after the year 9999.
    """
    rule = rules[event]
    if rule.unit is Unit.HOURS:
        moment = happened + timedelta(hours=rule.length)
        later = moment + timedelta(hours=rule.extension)
        return Deadline(rule=rule, day=moment.date(), extended=later.date(), moment=moment, calendar_known=True)
    start = happened.date()
    day = _counted(start, rule.length, rule.unit, calendar)
    extended = _counted(start, rule.length + rule.extension, rule.unit, calendar)
    known = rule.unit is not Unit.WORKING_DAYS or calendar.knows((start, day, extended))
    return Deadline(rule=rule, day=day, extended=extended, moment=None, calendar_known=known)


def _counted(start: date, length: int, unit: Unit, calendar: WorkingCalendar) -> date:
    match unit:
        case Unit.WORKING_DAYS:
            return calendar.add_working_days(start, length)
        case Unit.MONTHS:
            return add_months(start, length)
        case _:
            return start + length * ONE_DAY
