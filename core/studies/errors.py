"""What can go wrong with study periods, subjects and enrolments, one class a reason."""

from core.kernel.errors import AlreadyExists, Invalid


class StudyPeriodsOverlap(AlreadyExists):
    """Another period of this kind and audience has some of the days; `period` is its id, if it is known."""

    code = "study_periods_overlap"
    title = "The period overlaps with another one of its kind"
    remedy = "Correct the dates, or say in `audience` for whom this period is."


class PeriodsInCircle(Invalid):
    """The parent lies, directly or not, within the period itself."""

    code = "periods_in_circle"
    title = "A study period cannot lie within itself"
    remedy = "Choose another parent period."


class SubjectTaken(AlreadyExists):
    """There is a subject of this name; `subject` is its id, if it is known."""

    code = "subject_taken"
    title = "There is a subject of this name"
    remedy = "Use the subject in `subject`, or make this one an alias of it with `alias_of_id`."


class AliasOfAlias(Invalid):
    """The subject that was named is itself an alias; `subject` is the one it stands for."""

    code = "alias_of_alias"
    title = "This subject is itself an alias"
    remedy = "Name the subject in `subject`."


class AlreadyEnrolled(AlreadyExists):
    """The same person is in the group in this role, without an end; `enrolment` is that enrolment, if it is known."""

    code = "already_enrolled"
    title = "The person is in this group already"
    remedy = "End the enrolment in `enrolment` first, or correct it."


class EnrolmentUnfit(Invalid):
    """Not exactly one of learner and member of the staff, or a role that does not fit the one that is named."""

    code = "enrolment_unfit"
    title = "Who is enrolled and the role do not fit together"
    remedy = "Name either `person_id` with the role `learner`, or `staff_id` with another role."
