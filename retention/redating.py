"""What a changed rule does to a case: the old and the new verdict compared, for previews and acceptance."""

from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from retention.reckoning import Rank
from retention.verdicts import Outcome, Verdict


class Shift(StrEnum):
    """In which direction a change moves a case."""

    UNCHANGED = "unchanged"
    LATER = "later"
    EARLIER = "earlier"
    BLOCKED = "blocked"
    """Kept more firmly than before: waits, needs a person or an appraisal, is kept without end, has a new condition."""
    UNBLOCKED = "unblocked"
    """Nearer to an act than before, be it by a condition, an event or an appraisal that is asked for no longer."""


class Redating(NamedTuple):
    """One case before and after a change."""

    shift: Shift
    needs_acceptance: bool
    """Whether anything loosens: a person has to accept it in so many words, nobody's date shortens silently.

    A later day with a condition less is `LATER` and loosens all the same.
    """
    before: date | None
    """Earliest act date until now; None if there was none."""
    after: date | None
    outcome_before: Outcome
    outcome_after: Outcome
    disposable_now: bool
    """Whether the change lets an act take the case today, which none might before."""


_RANKS: Final = {
    Outcome.NOT_CLOSED: Rank.UNDECIDED,
    Outcome.NEEDS_REVIEW: Rank.UNDECIDED,
    Outcome.PERMANENT: Rank.PERMANENT,
    Outcome.UNTIL_LIQUIDATION: Rank.UNTIL_LIQUIDATION,
    Outcome.AWAITING: Rank.AWAITING,
}
_WITH_CONDITIONS: Final = frozenset({Rank.DATED, Rank.AWAITING})


def compare(old: Verdict, new: Verdict) -> Redating:
    """Say what becomes of a case whose verdict was `old` and would be `new`, both of one day, with the same holds."""
    loosened = _loosened(old, new)
    return Redating(
        _shift(old, new, loosened=loosened),
        loosened,
        old.earliest_act_date,
        new.earliest_act_date,
        old.outcome,
        new.outcome,
        new.may_enter_act and not old.may_enter_act,
    )


def _shift(old: Verdict, new: Verdict, *, loosened: bool) -> Shift:
    before, after = old.earliest_act_date, new.earliest_act_date
    if before is not None and after is not None and before != after:
        return Shift.LATER if after > before else Shift.EARLIER
    if loosened:
        return Shift.UNBLOCKED
    return Shift.BLOCKED if _loosened(new, old) else Shift.UNCHANGED


def _loosened(old: Verdict, new: Verdict) -> bool:
    """Tell whether anything that kept the case under the old rule is missing under the new one."""
    before, after = _rank(old), _rank(new)
    if before is not after:
        return after < before
    if after not in _WITH_CONDITIONS:
        return False
    return (
        (new.not_before or date.min) < (old.not_before or date.min)
        or not set(old.open_gates) <= set(new.open_gates)
        or not set(old.awaited) <= set(new.awaited)
        or (new.appraised and not old.appraised)
    )


def _rank(verdict: Verdict) -> Rank:
    return _RANKS.get(verdict.outcome, Rank.DATED)
