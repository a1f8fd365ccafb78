"""What the computation of a date depends on: the circumstances of a case, and the policy of its institution."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from retention.terms import Rule
from retention.triggers import EVENT


class RuleVersion(NamedTuple):
    """A rule as it stands in one version of the nomenclature, or by one recorded decision."""

    version: str
    """Opaque id of the version; passed through to the verdict."""
    rule: Rule | None
    """None if the cell was not fully understood and nobody has decided yet."""
    not_understood: tuple[str, ...] = ()
    """The words in doubt."""


class RecordedEvent(NamedTuple):
    """An event that a person recorded for a case."""

    code: str
    """One of `retention.triggers.CODES`."""
    words: str
    """The event as the rule names it; for the code `event` these words say which event it is."""
    on: date
    evidence: str
    """Opaque id of the supporting document."""

    def is_named(self, code: str, words: str) -> bool:
        """Tell whether this is the event of these words, not merely one of the same code."""
        return self.code == code and self.words.casefold() == words.casefold()


class Answer(StrEnum):
    """What a person said of a condition; as long as nobody has said anything, the longer term holds."""

    YES = "yes"
    NO = "no"


class AppraisalDecision(StrEnum):
    """What the commission decided of a case."""

    KEEP = "keep"
    """Хранить постоянно."""
    PROLONG = "prolong"
    """Продлить срок."""
    DESTROY = "destroy"
    """Выделить к уничтожению."""


class Appraisal(NamedTuple):
    """The latest appraisal (экспертиза ценности) of a case."""

    decision: AppraisalDecision
    on: date
    minutes: str
    """Opaque id of the minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is recorded of a case."""

    closed_on: date | None
    """Day of the last document or of the formal closing, whichever is later; None while the case is open."""
    events: tuple[RecordedEvent, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What people said of upgrades, other terms, fallbacks and transfers, by the words of the condition.

    Yes: it is met, applies to the whole case, has come about. No: it does not.
    """
    closed_gates: Mapping[str, date] = field(default_factory=dict)
    """On which day a gate was recorded as closed, by its words."""
    need_ended_on: date | None = None
    """Day of the decision that the documents are no longer needed."""
    prolonged_until: date | None = None
    """Last day of the longest prolongation that the commission decided."""
    appraisal: Appraisal | None = None
    age_at_closing: int | None = None
    """Full years of the person whom the case is about, for terms of the old form «75 лет - «В»»."""
    holds: tuple[str, ...] = ()
    """Ids of the active holds that cover the case."""

    def latest(self, code: str, words: str, *, by_code: bool) -> RecordedEvent | None:
        """Return the latest recorded event of these words, or with `by_code` of this code; None if there is none.

        The code `event` stands for all events that are in no list, so there the words always decide.
        """
        any_words = by_code and code != EVENT
        found = None
        for event in self.events:
            same = event.code == code if any_words else event.is_named(code, words)
            if same and (found is None or event.on > found.on):
                found = event
        return found


class OpenEnd(StrEnum):
    """When a case is free whose term ends with an event («До замены новыми»)."""

    NEXT_JANUARY = "next_january"
    """From 1 January of the next year: the safe reading."""
    NEXT_DAY = "next_day"


class PermanentReading(StrEnum):
    """How «Постоянно» is read where the institution supplies no archive; practice differs, both keep it for now."""

    UNTIL_LIQUIDATION = "until_liquidation"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an institution has decided about the reading of terms."""

    source_of_acquisition: bool
    """Whether it supplies a state or municipal archive (источник комплектования)."""
    permanent_without_source: PermanentReading = PermanentReading.UNTIL_LIQUIDATION
    need_floor_years: int = 1
    """Years that «До минования надобности» lasts at least (Инструкция 237)."""
    after_open_end: OpenEnd = OpenEnd.NEXT_JANUARY
    dual_cutoff: int = 2003
    """First year of closing to which the shorter of two terms applies (125-ФЗ ст. 22.1: 01.01.2003)."""
    liquidated_on: date | None = None
    """Day of the liquidation; for a sole trader the day the activity ended."""
