"""What can go wrong with cases and holds, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, Invalid, TransitionRefused


class CaseStepRefused(TransitionRefused):
    """A step of a case is not allowed; `reasons` and `remedies` say why and what to do."""

    code = "case_step_refused"


class HoldStepRefused(TransitionRefused):
    """A step of a hold is not allowed; `reasons` and `remedies` say why and what to do."""

    code = "hold_step_refused"


class ClassNotInForce(Conflict):
    """A case was to be opened under a row that is a reserve number, or of a version that is not in force that day."""

    code = "class_not_in_force"
    title = "No case can be opened under this row"
    remedy = "Choose a row, not a reserve number, of the nomenclature that is in force on the day of opening."


class CaseNotOpen(Conflict):
    """Only an open case takes documents and volumes; `state` says what it is."""

    code = "case_not_open"
    title = "The case is not open"
    remedy = "Choose an open case, or have this one opened again with a reason."


class CaseHeld(Conflict):
    """A hold covers the case, so nothing may leave it; `holds` are their ids."""

    code = "case_held"
    title = "A hold protects the case"
    remedy = "Wait until the holds named in `holds` are lifted."


class SubjectHasCase(AlreadyExists):
    """The personal file, register or export is a case already; `case` is its id."""

    code = "subject_has_case"
    title = "This is a case already"
    remedy = "Use the case at `address`."


class CaseHasSubject(Conflict):
    """The case already consists of a personal file, register or export."""

    code = "case_has_subject"
    title = "The case already consists of something else"
    remedy = "Open a case of its own for it."


class ImpossibleCaseDate(Invalid):
    """The date named in `field` lies outside `earliest` and `latest`."""

    code = "impossible_case_date"
    title = "The date cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class NoCarrier(Invalid):
    """A case was to have neither a paper nor an electronic carrier."""

    code = "no_carrier"
    title = "The case needs a carrier"
    remedy = "Say whether it is kept on paper, electronically, or both."


class VolumeNumberTaken(AlreadyExists):
    """Another volume of the case has this number and part."""

    code = "volume_number_taken"
    title = "The case has such a volume already"
    remedy = "Give the volume another number or part."


class VolumeClosed(Conflict):
    """The volume takes nothing any more."""

    code = "volume_closed"
    title = "The volume is closed"
    remedy = "Choose an open volume of the case, or add one."


class UnknownEventCode(Invalid):
    """There is no such event; `codes` lists those there are."""

    code = "unknown_event_code"
    title = "There is no such event"
    remedy = "Choose one of `codes`; for an event that is in no list, `event` with its words."


class FactRevoked(Conflict):
    """What was recorded was taken back already, or cannot be taken back."""

    code = "fact_revoked"
    title = "This record was taken back already"
    remedy = "Read what is recorded of the case."


class NothingToHold(Invalid):
    """A hold names nothing."""

    code = "nothing_to_hold"
    title = "The hold names nothing"
    remedy = "Name cases, persons or rows of the nomenclature, or the whole institution."


class YearNotOver(Conflict):
    """The final record of a year was to be made before its end."""

    code = "year_not_over"
    title = "The year is not over"
    remedy = "Make the final record from {earliest} on."


class FinalRecordExists(AlreadyExists):
    """The final record of the year was made already."""

    code = "final_record_exists"
    title = "The final record of this year was made already"
    remedy = "Read it; it is never changed."


class TermsUndecided(Conflict):
    """Cases of the year have terms that nobody has decided; `undecided` says how many."""

    code = "terms_undecided"
    title = "Some terms of this year are not decided"
    remedy = "Have two people decide the terms that need review first."
