"""What can go wrong with disposal acts, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid, TransitionRefused


class DisposalStepRefused(TransitionRefused):
    """A step of an act is not allowed; `reasons` and `remedies` say why and what to do."""

    code = "disposal_step_refused"


class DisposalLinesRefused(TransitionRefused):
    """Cases cannot be put on the act, or taken off it; `cases` names each with its reasons."""

    code = "disposal_lines_refused"


class NothingDue(Conflict):
    """No case is due, or everything that is due stands on an act already; `left_out` says how many were left out."""

    code = "nothing_due"
    title = "No case may be put on an act today"
    remedy = "Look at the due cases: what is held, waits for the commission, or stands on another act is left out."


class CaseOnAnotherAct(AlreadyExists):
    """A case stands on a living act already."""

    code = "case_on_another_act"
    title = "A case stands on another act already"
    remedy = "Read the selection again: a case stands on one act at a time."


class ActNumberTaken(AlreadyExists):
    """Another act of the year has this number."""

    code = "act_number_taken"
    title = "Another act of the year has this number"
    remedy = "Give the act another number."


class TooManyLines(Invalid):
    """One act cannot take so many cases; `limit` says how many it takes."""

    code = "too_many_lines"
    title = "The act has too many lines"
    remedy = "Make several acts of at most {limit} cases each."


class ImpossibleDecisionDate(Invalid):
    """Minutes, an agreement or an approval were dated after today, or before what they rest on."""

    code = "impossible_decision_date"
    title = "The date of the decision cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class ResultsNotArchived(Conflict):
    """With lines of the act go results that no snapshot of a period holds; `lines` names them with their number."""

    code = "results_not_archived"
    title = "Results would be destroyed that no snapshot of a period holds"
    remedy = (
        "Archive the study periods, let the commission decide that it is not needed, or take the lines off the act."
    )


class NothingUnarchived(Conflict):
    """No snapshot is missing for what goes with this line."""

    code = "nothing_unarchived"
    title = "Every result that goes with this line is archived"
    remedy = "Nothing has to be decided; read the line again."
