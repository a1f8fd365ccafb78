"""What a case (дело) is and what its steps depend on; the steps are in `cases`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from retention.reasons import ASSUMPTIONS
from retention.redating import compare
from retention.verdicts import Outcome, Verdict


class CaseState(StrEnum):
    """Where a case stands; whether it is held is another question (`holds.holds_over`)."""

    OPEN = "open"
    """Ведётся."""
    CLOSED = "closed"
    """Закончено; the verdict is being computed."""
    RETAINED = "retained"
    """Хранится до известного срока."""
    AWAITING_EVENT = "awaiting_event"
    """Ожидает события или решения."""
    PERMANENT = "permanent"
    """Хранится постоянно или до ликвидации организации."""
    NEEDS_REVIEW = "needs_review"
    """Срок не понят; blocks disposal until two people have decided."""
    EXPIRED = "expired"
    """Срок истёк; appears in the yearly selection."""
    ON_ACT = "on_act"
    """Внесено в акт."""
    DESTROYED = "destroyed"
    """Уничтожено; a stub remains."""
    TRANSFERRED = "transferred"
    """Передано в архив."""
    RETURNED = "returned"
    """Возвращено владельцу."""
    MERGED = "merged"
    """Присоединено к другому делу."""


CASE_ENDS: Final = frozenset({CaseState.DESTROYED, CaseState.TRANSFERRED, CaseState.RETURNED, CaseState.MERGED})
"""States without a way out."""

COMPUTED: Final = frozenset(
    {
        CaseState.RETAINED,
        CaseState.AWAITING_EVENT,
        CaseState.PERMANENT,
        CaseState.NEEDS_REVIEW,
        CaseState.EXPIRED,
    }
)
"""States that a verdict puts a closed case into."""

_STATES: Final = {
    Outcome.NOT_CLOSED: CaseState.OPEN,
    Outcome.NEEDS_REVIEW: CaseState.NEEDS_REVIEW,
    Outcome.AWAITING: CaseState.AWAITING_EVENT,
    Outcome.PERMANENT: CaseState.PERMANENT,
    Outcome.UNTIL_LIQUIDATION: CaseState.PERMANENT,
    Outcome.RETAINED: CaseState.RETAINED,
    Outcome.GATED: CaseState.EXPIRED,
    Outcome.NEEDS_APPRAISAL: CaseState.EXPIRED,
    Outcome.DUE: CaseState.EXPIRED,
}


def state_of(verdict: Verdict) -> CaseState:
    """Return the state in which a case with this verdict stands, as long as it is on no act."""
    return _STATES[verdict.outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What a step of a case depends on, read in the transaction that takes it; what is not said stands against it."""

    held: bool = True
    """Whether an active hold covers the case."""
    verdict: Verdict | None = None
    """The verdict of today, computed now with everything that this step records; None where no step needs one."""
    verdict_before: Verdict | None = None
    """The verdict that governed until now."""
    author: str = ""
    """Id of the person who made the act on which the case stands; empty if there is none."""
    volumes_closed: bool = False
    closing_day_given: bool = False
    """Whether the day of the last document or of the formal closing is known."""
    reason_given: bool = False
    evidence_given: bool = False
    """Whether day and supporting document of an event, or the basis of a decision, are named."""
    minutes_given: bool = False
    """Whether date and number of the commission's minutes are named."""
    floor_passed: bool = False
    """Whether the least time before the need can end has passed (1 year by default)."""
    bound: bool = True
    """Whether the case stands in an approved inventory or act, and so keeps the rule version it has."""
    previewed: bool = False
    """Whether the person has seen the preview of what the change does."""
    earlier_accepted: bool = False
    """Whether the person accepted, in so many words, that the case is free earlier or no longer blocked."""
    same_class: bool = False
    """Whether both volumes are of one class."""
    handed_over: bool = False
    """Whether the transfer act, or the receipt of the owner, is signed."""
    goes_to_archive: bool = True
    """Whether an archive takes the case on liquidation: personnel records, unexpired terms (125-ФЗ ст. 23 ч. 10)."""
    destruction_begun: bool = True
    """Whether the line of the case is committed as being destroyed, or later."""
    absence_proved: bool = False
    """Whether storage said of every version that it is absent, and stub and proof are written."""

    @property
    def later(self) -> bool:
        """Whether the verdict of now names a later day than the one before."""
        if self.verdict is None or self.verdict_before is None:
            return False
        now, before = self.verdict.earliest_act_date, self.verdict_before.earliest_act_date
        return now is not None and before is not None and now > before

    @property
    def loosened(self) -> bool:
        """Whether anything that kept the case is missing from the verdict of now, or one of the two is unknown."""
        if self.verdict is None or self.verdict_before is None:
            return True
        return compare(self.verdict_before, self.verdict).needs_acceptance

    @property
    def keeps_what_is_permanent(self) -> bool:
        """Whether the change leaves permanent what is permanent, unless it was so by an assumption only."""
        if self.verdict is None or self.verdict_before is None:
            return False
        was_permanent = state_of(self.verdict_before) is CaseState.PERMANENT
        loosened = state_of(self.verdict) is not CaseState.PERMANENT and self.loosened
        return not was_permanent or not loosened or self.verdict_before.won_by in ASSUMPTIONS
