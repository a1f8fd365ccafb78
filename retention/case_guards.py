"""What has to be true for the steps of a case; each guard with what the asker can do."""

from typing import Final

from retention.case_facts import CaseFacts, CaseState, state_of
from retention.transitions import Guard, Refusal

NOT_HELD: Final[Guard[CaseFacts]] = Guard(
    lambda facts: not facts.held, Refusal("held", "A hold protects the case; wait until the hold is lifted.")
)
VOLUMES: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.volumes_closed, Refusal("volumes_open", "Close every volume of the case first.")
)
CLOSING_DAY: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.closing_day_given,
    Refusal("no_closing_day", "Give the day of the last document or of the formal closing."),
)
REASON: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words.")
)
EVIDENCE: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.evidence_given, Refusal("no_evidence", "Give the day and name the document that proves it.")
)
MINUTES: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.minutes_given, Refusal("no_minutes_named", "Name the minutes of the commission.")
)
FLOOR: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.floor_passed, Refusal("floor_not_passed", "Wait until the least time of keeping has passed.")
)
NOT_BOUND: Final[Guard[CaseFacts]] = Guard(
    lambda facts: not facts.bound,
    Refusal("bound", "The case stands in an approved inventory or act and keeps the rule that was used there."),
)
PREVIEWED: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.previewed, Refusal("not_previewed", "Look at the preview of what the change does first.")
)
LATER: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.later, Refusal("date_not_later", "Name a later date than the case has now.")
)
EARLIER_ACCEPTED: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.earlier_accepted or not facts.loosened,
    Refusal("earlier_not_accepted", "The case would be free earlier; accept that explicitly or leave it."),
)
STAYS_PERMANENT: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.keeps_what_is_permanent,
    Refusal("appraisal_decides", "Let the commission appraise what is kept permanently before it is kept for less."),
)
MAY_ENTER: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.verdict is not None and facts.verdict.may_enter_act,
    Refusal("not_due", "Read the verdict of the case: it may not enter an act today."),
)
NOT_BEGUN: Final[Guard[CaseFacts]] = Guard(
    lambda facts: not facts.destruction_begun,
    Refusal("destruction_begun", "Destruction of this case has begun and can only be finished."),
)
ABSENT: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.absence_proved,
    Refusal("absence_not_proved", "Let storage confirm that every version is gone, and write the proof."),
)
HANDED_OVER: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.handed_over, Refusal("not_handed_over", "Attach the signed transfer act or receipt.")
)
SAME_CLASS: Final[Guard[CaseFacts]] = Guard(
    lambda facts: facts.same_class, Refusal("other_class", "Merge volumes of one class only.")
)
NO_ARCHIVE: Final[Guard[CaseFacts]] = Guard(
    lambda facts: not facts.goes_to_archive,
    Refusal("goes_to_archive", "An archive takes the case on liquidation; transfer it."),
)
_VERDICT_DIFFERS: Final = Refusal("verdict_differs", "Read the verdict of the case: it leads to another state.")


def leads_to(*states: CaseState) -> Guard[CaseFacts]:
    """Return the guard that today's verdict puts the case into one of `states`."""
    wanted = frozenset(states)
    return Guard(lambda facts: facts.verdict is not None and state_of(facts.verdict) in wanted, _VERDICT_DIFFERS)


def leading_to(state: CaseState) -> Guard[CaseFacts]:
    """Return the guard that today's verdict puts the case into `state`.

    A date that has come already leads to `RETAINED` as well: the step of its coming follows at once.
    """
    return leads_to(state, CaseState.EXPIRED) if state is CaseState.RETAINED else leads_to(state)
