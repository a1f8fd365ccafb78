"""What can go wrong with learners and groups, one class a reason."""

from core.kernel.errors import AlreadyExists, Invalid


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
