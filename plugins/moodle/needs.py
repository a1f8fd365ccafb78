"""Which capabilities the functions need that are called."""

from collections.abc import Mapping
from typing import Final

ROSTER: Final = (
    "moodle/course:viewparticipants",
    "moodle/user:viewdetails",
    "moodle/user:viewhiddendetails",
    "moodle/user:viewalldetails",
    "moodle/course:useremail",
    "moodle/site:viewuseridentity",
)
ASSIGN: Final = ("mod/assign:view", "mod/assign:grade")

CAPABILITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "core_course_get_courses": ("moodle/course:view", "moodle/course:viewhiddencourses"),
    "core_enrol_get_enrolled_users": ROSTER,
    "core_group_get_course_groups": ("moodle/site:accessallgroups",),
    "core_cohort_get_cohorts": ("moodle/cohort:view",),
    "core_cohort_get_cohort_members": ("moodle/cohort:view",),
    "gradereport_user_get_grade_items": (
        "gradereport/user:view",
        "moodle/grade:viewall",
        "moodle/site:accessallgroups",
    ),
    "core_completion_get_course_completion_status": ("report/completion:view", "moodle/site:accessallgroups"),
    "core_completion_get_activities_completion_status": ("report/progress:view", "moodle/site:accessallgroups"),
    "mod_assign_get_assignments": ASSIGN,
    "mod_assign_get_submissions": ASSIGN,
    "core_badges_get_user_badges": ("moodle/badges:viewotherbadges",),
    "mod_customcert_list_issues": ("mod/customcert:viewallcertificates",),
}
"""By function. The site names what is missing in its own language; an administrator looks for these names."""


def needed_by(function: str) -> str:
    """Return the names of the capabilities that a function needs."""
    return ", ".join(CAPABILITIES.get(function, ("moodle/course:view",)))
