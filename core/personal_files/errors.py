"""What can go wrong with personal files, one class a reason."""

from core.kernel.errors import AlreadyExists, Conflict, DelotekaError, Invalid


class PersonalFileDestroyed(DelotekaError):
    """A disposal act destroyed the personal file, or is about to; `case` is the case that it was."""

    code = "personal_file_destroyed"
    status = 410
    title = "A disposal act destroyed this personal file"
    remedy = "The case named in `case` is all that is left; nothing can be restored."


class PersonalFileExists(AlreadyExists):
    """The learner has a personal file already; `personal_file` is its id, `address` where it is read."""

    code = "personal_file_exists"
    title = "The learner has a personal file already"
    remedy = "Use the personal file at `address`; there is one for each learner."


class PersonalFileNumberTaken(AlreadyExists):
    """Another personal file of the institution has this number."""

    code = "personal_file_number_taken"
    title = "Another personal file has this number"
    remedy = "Choose another number, or leave it out to get the next free one."


class NoFreeNumber(Conflict):
    """So many files were opened at once, or the greatest number is so great, that no next number was found."""

    code = "no_free_number"
    title = "No free number was found"
    remedy = "Repeat the request, or give a number yourself."


class ImpossibleFileDate(Invalid):
    """`opened_on` or `closed_on` (named in `field`) lies outside `earliest` and `latest`."""

    code = "impossible_file_date"
    title = "The date cannot be right"
    remedy = "Give a date from {earliest} to {latest}."
