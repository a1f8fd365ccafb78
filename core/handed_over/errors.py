"""What can go wrong with decisions about copies, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, TransitionRefused


class CopyStepRefused(TransitionRefused):
    """A step of a decision about copies is not allowed; `reasons` and `remedies` say why and what to do."""

    code = "copy_step_refused"


class CopiesNotDecidable(Conflict):
    """The transfer has no copies here to decide about; `reason` says why."""

    code = "copies_not_decidable"
    title = "There are no copies to decide about"
    remedy = "Record that the archive accepted the transfer first; once its files are gone there is nothing left to do."


class CopyDecisionOpen(AlreadyExists):
    """Another decision about these copies is not ended yet."""

    code = "copy_decision_open"
    title = "Another decision about these copies is open"
    remedy = "Execute or cancel that one first."


class CopyDecisionNumberTaken(AlreadyExists):
    """Another decision of the year has this number."""

    code = "copy_decision_number_taken"
    title = "Another decision about copies has this number"
    remedy = "Give the decision another number."
