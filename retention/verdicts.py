"""The answer of the computation: may the case enter an act, from when, and why."""

from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from retention.calendar import ONE_DAY
from retention.reasons import Reason, ReasonCode
from retention.reckoning import Awaited
from retention.terms import Term
from retention.transitions import Refusal


class Outcome(StrEnum):
    """What the rule says of a case today; holds are not part of it."""

    NOT_CLOSED = "not_closed"
    """Дело не закончено: nothing counts yet."""
    NEEDS_REVIEW = "needs_review"
    """The term is not understood, or leaves no date: two people decide it."""
    AWAITING = "awaiting"
    """Waits for an event or a decision; no date is known."""
    PERMANENT = "permanent"
    """Постоянно."""
    UNTIL_LIQUIDATION = "until_liquidation"
    """До ликвидации организации."""
    RETAINED = "retained"
    """The date is known and has not come."""
    GATED = "gated"
    """The date has come, but a condition of the rule is not recorded as settled."""
    NEEDS_APPRAISAL = "needs_appraisal"
    """The date has come; the commission has to decide («ЭПК»)."""
    DUE = "due"
    """May enter an act, unless a hold covers the case."""


class StorageLock(NamedTuple):
    """What storage has to be told of the objects of a case."""

    legal_hold: bool
    """Open ends and holds: no date stands for "forever"."""
    retain_until: date | None
    """Last day on which nothing may be deleted; None if no day is known."""


_DATED: Final = frozenset({Outcome.RETAINED, Outcome.GATED, Outcome.DUE})
"""What follows from a day that is known, but for a missing appraisal."""

_AGAINST: Final = {
    Outcome.NOT_CLOSED: Refusal("case_not_closed", "Close the case first."),
    Outcome.NEEDS_REVIEW: Refusal("term_not_decided", "Let two people decide the term of the case."),
    Outcome.AWAITING: Refusal("event_not_recorded", "Record what the case waits for, with its document."),
    Outcome.PERMANENT: Refusal("kept_permanently", "The case is kept permanently; it can only be transferred."),
    Outcome.UNTIL_LIQUIDATION: Refusal(
        "kept_until_liquidation", "The case is kept as long as the institution exists; it can only be transferred."
    ),
    Outcome.RETAINED: Refusal("date_not_reached", "Wait until the earliest date of the case."),
    Outcome.NEEDS_APPRAISAL: Refusal(
        "appraisal_missing", "Let the commission appraise the case and record its decision."
    ),
}
_GATE: Final = Refusal("gate_open", "Record that the condition of the rule is settled.")
_HELD: Final = Refusal("held", "A hold protects the case; wait until the hold is lifted.")


class Verdict(NamedTuple):
    """What the rule says of a case today, complete with its reasons.

    A tuple, because 50,000 are made a second: a frozen dataclass of this size takes five times as long to make.
    """

    outcome: Outcome
    today: date
    version: str
    """The rule version that was used, as it was given."""
    earliest_act_date: date | None
    """First day on which an act may take the case; None while no day is known. It may lie in the past."""
    not_before: date | None
    """The same, and for a case that waits the day before which it never will be free, if one is known."""
    won_by: ReasonCode | None
    """Which of the considered terms decided: the code of its reason; None if nothing was computed."""
    term: Term | None
    """The term that won; None if a floor, a prolongation or a decision did, or nothing was computed."""
    awaited: tuple[Awaited, ...]
    open_gates: tuple[str, ...]
    """Words of the conditions that are not recorded as settled."""
    assumed: tuple[str, ...]
    """Words of the conditions that were taken as met because nobody has said otherwise."""
    appraised: bool
    """Whether no appraisal is needed, or it is there."""
    holds: tuple[str, ...]
    reasons: tuple[Reason, ...]
    """Every step, in order; the dates can be recomputed from them alone."""

    @property
    def kept_until(self) -> date | None:
        """Last day of the term; None while no day is known."""
        return self.earliest_act_date - ONE_DAY if self.earliest_act_date is not None else None

    @property
    def may_enter_act(self) -> bool:
        """Whether an act may take the case today."""
        return self.outcome is Outcome.DUE and not self.holds

    @property
    def obstacles(self) -> tuple[Refusal, ...]:
        """Every reason why no act may take the case today; empty if and only if one may."""
        against = [_AGAINST[self.outcome]] if self.outcome in _AGAINST else []
        if self.open_gates:
            against.append(_GATE)
        if self.outcome in _DATED and not self.appraised:
            against.append(_AGAINST[Outcome.NEEDS_APPRAISAL])
        if self.holds:
            against.append(_HELD)
        return tuple(against)

    @property
    def storage_lock(self) -> StorageLock:
        """What storage has to be told: a day where one is known, a legal hold for open ends and for holds."""
        open_end = self.outcome not in _DATED or bool(self.open_gates) or not self.appraised
        until = self.not_before - ONE_DAY if self.not_before is not None else None
        return StorageLock(legal_hold=open_end or bool(self.holds), retain_until=until)
