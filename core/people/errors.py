"""What can go wrong with learners and groups, one class a reason."""

from datetime import date

from core.kernel.errors import AlreadyExists, DelotekaError, Invalid


class PersonEnded(DelotekaError):
    """The card ended with the last file of the learner; `act` and `number` are those of the disposal act."""

    code = "person_ended"
    status = 410
    title = "The data of this learner were destroyed"
    remedy = "Act {number} is all that is left. Whoever comes back is taken in anew."


class ExternalNumberTaken(AlreadyExists):
    """Another learner of the institution has this external number; `person` is that learner's id."""

    code = "external_number_taken"
    title = "Another learner has this number"
    remedy = "Look at the learner in `person`: it may be the same person. Otherwise correct the number."


class SnilsTaken(AlreadyExists):
    """Another learner of the institution has this СНИЛС; `person` is that learner's id."""

    code = "snils_taken"
    title = "Another learner has this СНИЛС"
    remedy = "Look at the learner in `person`: it may be the same person. Otherwise correct the number."


class GroupsInCircle(Invalid):
    """The parent lies, directly or not, within the group itself."""

    code = "groups_in_circle"
    title = "A group cannot lie within itself"
    remedy = "Choose another parent group."


class GroupNameTaken(AlreadyExists):
    """There is a group of this name in this study year; `group` is its id."""

    code = "group_name_taken"
    title = "There is a group of this name in this study year"
    remedy = "Use the group in `group`, or choose another name or study year."


class ImpossibleBirthDate(Invalid):
    """The date of birth lies outside `earliest` and `latest`."""

    code = "impossible_birth_date"
    title = "The date of birth cannot be right"
    remedy = "Give a date from {earliest} to {latest}."


class EndsBeforeStart(Invalid):
    """Something ends before it begins; `starts_on` and `ends_on` say when."""

    code = "ends_before_start"
    title = "It would end before it begins"
    remedy = "Correct one of the dates."


def require_order(starts_on: date | None, ends_on: date | None) -> None:
    """Raise `EndsBeforeStart` if both days are known and stand in the wrong order."""
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise EndsBeforeStart(starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat())
