"""What can go wrong with exits, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid, TransitionRefused


class TransferStepRefused(TransitionRefused):
    """A step of a transfer is not allowed; `reasons` and `remedies` say why and what to do."""

    code = "transfer_step_refused"


class CasesNotTransferable(TransitionRefused):
    """Cases cannot leave for an archive; `cases` names each with its reasons."""

    code = "cases_not_transferable"


class CaseLeaving(AlreadyExists):
    """A case is on its way out already, by another transfer or return."""

    code = "case_leaving"
    title = "The case is on its way out already"
    remedy = "Finish or cancel the transfer or return that names it first."


class TransferNumberTaken(AlreadyExists):
    """Another transfer of the year has this number."""

    code = "transfer_number_taken"
    title = "Another transfer of the year has this number"
    remedy = "Give the transfer another number."


class NothingToTransfer(Invalid):
    """A transfer names neither cases nor an approved inventory, or both, or an inventory without cases."""

    code = "nothing_to_transfer"
    title = "The transfer names no cases"
    remedy = "Name cases, or one approved inventory with cases in it."


class PackageNotReady(Conflict):
    """There is no package to give out or to be accepted; `state` says what there is."""

    code = "package_not_ready"
    title = "The package is not ready"
    remedy = "Wait until the package is ready; if it was stopped, read its findings, settle them and request it anew."


class PackageOutdated(Conflict):
    """Cases were taken off the transfer after the package was made; `cases` names those known now."""

    code = "package_outdated"
    title = "The package is not that of the present list"
    remedy = "Request the package anew: a hold, a change or an exclusion took cases off; the archive gets the new one."


class PackageMismatch(Invalid):
    """The archive accepted other bytes than those of the package; `sha256` is that of the package."""

    code = "package_mismatch"
    title = "The archive accepted another package"
    remedy = "Compare the SHA-256 that the archive names with that of the package, and give the archive this one."


class ReturnStepRefused(TransitionRefused):
    """A return to the owner is not allowed; `reasons` and `remedies` say why and what to do."""

    code = "return_step_refused"


class ReceiptNumberTaken(AlreadyExists):
    """Another receipt of the year has this number."""

    code = "receipt_number_taken"
    title = "Another receipt of the year has this number"
    remedy = "Give the receipt another number."


class NothingToReturn(Invalid):
    """What is to be returned is not here: the case or document has no such carrier, or it has left already."""

    code = "nothing_to_return"
    title = "There is nothing of this kind to return"
    remedy = "Name a case or a document, and a carrier that it still has."


class ImpossibleExitDate(Invalid):
    """An approval, acceptance or receipt was dated after today, or before what it rests on."""

    code = "impossible_exit_date"
    title = "The date of the exit cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class MergerRefused(TransitionRefused):
    """One case cannot go into the other; `reasons` and `remedies` say why and what to do."""

    code = "merger_refused"
