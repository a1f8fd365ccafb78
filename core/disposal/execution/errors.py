"""What can go wrong with the execution of acts, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Unavailable


class ExecutionNotAnnounced(Conflict):
    """Nobody has announced the execution that somebody wants to confirm."""

    code = "execution_not_announced"
    title = "Nobody has announced the execution of this act"
    remedy = "Let one executor announce the execution first; another one confirms it."


class ReviewersUnavailable(Unavailable):
    """Modules that may object to a destruction cannot be asked; `plugins` names them."""

    code = "reviewers_unavailable"
    title = "A module that may object cannot be asked"
    remedy = "Nothing was started. Let the administrator repair the modules named in `plugins`, or take them out."


class VacuumNotDue(Conflict):
    """Space is given back after the last line of an act was executed, and before the act is certified."""

    code = "vacuum_not_due"
    title = "There is nothing to give back for this act"
    remedy = "Wait until the act is executed; when it is certified, its proof is closed."


class PaperAlreadyRecorded(AlreadyExists):
    """The end of the paper of a case is recorded already; `lines` names the lines."""

    code = "paper_already_recorded"
    title = "The end of this paper is recorded already"
    remedy = "Read what is recorded of the lines; it is never changed."


class NoPaperToRecord(Conflict):
    """A line was not executed, or its case has no paper; `lines` names the lines."""

    code = "no_paper_to_record"
    title = "There is no paper of an executed line"
    remedy = "Name lines of the act that are destroyed and whose cases have paper."
