"""What can be read, and what each part of it needs at the site."""

from collections.abc import Mapping, Sequence
from typing import Final

from core.sdk.connectors import EntityKind, NeededScope, Stream, SyncMode
from plugins.moodle.awards import BADGES, CERTIFICATES
from plugins.moodle.catalogue import ALL, BY_FIELD, CATEGORIES, COHORTS
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.grades import ACTIVITY_COMPLETION, CONTENTS, COURSE_COMPLETION, GRADES
from plugins.moodle.people import COHORT_MEMBERS, GROUPS
from plugins.moodle.rosters import ACCOUNTS, ENROLLED
from plugins.moodle.submissions import ASSIGNMENTS, SUBMISSIONS

REREAD_DAYS: Final = 400
"""A course may be used long after the end that was typed in for it; a study year later it is left alone."""
PER_COURSE: Final = frozenset(
    {
        "groups",
        "enrolments",
        "grades",
        "final_grades",
        "course_completions",
        "activity_completions",
        "submissions",
    }
)


FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "courses": (ALL, BY_FIELD, CATEGORIES),
    "groups": (GROUPS,),
    "cohorts": (COHORTS,),
    "learners": (ENROLLED, ACCOUNTS),
    "teachers": (ENROLLED, ACCOUNTS),
    "enrolments": (ENROLLED,),
    "cohort_members": (COHORTS, COHORT_MEMBERS, ENROLLED),
    "grades": (GRADES, ENROLLED),
    "final_grades": (GRADES, ENROLLED),
    "course_completions": (COURSE_COMPLETION, ENROLLED),
    "activity_completions": (ACTIVITY_COMPLETION, CONTENTS, ENROLLED),
    "submissions": (ASSIGNMENTS, SUBMISSIONS),
    "badges": (BADGES, ENROLLED),
    "certificates": (CERTIFICATES,),
    "certificate_files": (CERTIFICATES,),
}
"""The functions that each stream calls; the service has to offer them."""

_ALWAYS: Final = (
    Stream(name="courses", kind=EntityKind.SUBJECTS, title="Courses"),
    Stream(name="learners", kind=EntityKind.LEARNERS, title="Learners", parents=("courses",)),
    Stream(name="teachers", kind=EntityKind.STAFF, title="Teachers", parents=("courses",)),
    # After the people: by then it is known which courses are closed to the account.
    Stream(name="groups", kind=EntityKind.GROUPS, title="Courses as groups, and groups in courses"),
    Stream(
        name="enrolments",
        kind=EntityKind.ENROLMENTS,
        title="Who is in which course and group",
        parents=("courses", "groups", "learners", "teachers"),
    ),
    Stream(
        name="grades",
        kind=EntityKind.RESULTS,
        title="Grades of activities",
        parents=("courses", "groups", "learners"),
        reread_days=REREAD_DAYS,
    ),
    Stream(
        name="final_grades",
        kind=EntityKind.FINAL_RESULTS,
        title="Grades of whole courses",
        parents=("courses", "groups", "learners"),
        reread_days=REREAD_DAYS,
    ),
    Stream(
        name="course_completions",
        kind=EntityKind.FINAL_RESULTS,
        title="Completed courses (the site does not say when)",
        parents=("courses", "groups", "learners"),
        reread_days=REREAD_DAYS,
        optional=True,
    ),
    Stream(
        name="activity_completions",
        kind=EntityKind.RESULTS,
        title="Completed activities",
        parents=("courses", "groups", "learners"),
        reread_days=REREAD_DAYS,
        optional=True,
    ),
)
_COHORTS: Final = Stream(name="cohorts", kind=EntityKind.GROUPS, title="Cohorts")
_COHORT_MEMBERS: Final = Stream(
    name="cohort_members",
    kind=EntityKind.ENROLMENTS,
    title="Who is in which cohort",
    parents=("cohorts", "learners", "teachers"),
)
_SUBMISSIONS: Final = Stream(
    name="submissions",
    kind=EntityKind.FILES,
    title="Submitted files",
    sync=SyncMode.INCREMENTAL,
    overlap_days=0,
    parents=("courses", "groups", "learners"),
    reread_days=REREAD_DAYS,
)
_BADGES: Final = Stream(name="badges", kind=EntityKind.AWARDS, title="Badges", parents=("learners",))
_CERTIFICATES: Final = Stream(
    name="certificates",
    kind=EntityKind.AWARDS,
    title="Certificates",
    sync=SyncMode.INCREMENTAL,
    overlap_days=0,
    parents=("learners",),
)
_CERTIFICATE_FILES: Final = Stream(
    name="certificate_files",
    kind=EntityKind.FILES,
    title="Files of certificates",
    sync=SyncMode.INCREMENTAL,
    overlap_days=0,
    parents=("learners",),
)


def streams_of(configuration: MoodleConfiguration) -> Sequence[Stream]:
    """Return the streams that the operator wants, parents first."""
    wanted = list(_ALWAYS)
    if configuration.cohorts:
        wanted += [_COHORTS, _COHORT_MEMBERS]
    if configuration.submissions:
        wanted.append(_SUBMISSIONS)
    if configuration.badges:
        wanted.append(_BADGES)
    if configuration.certificates:
        wanted.append(_CERTIFICATES)
    if configuration.certificate_files:
        wanted.append(_CERTIFICATE_FILES)
    return wanted


SCOPES: Final = (
    NeededScope(scope="webservice/rest:use", reason="Without it no function can be called."),
    NeededScope(scope="moodle/course:view", reason="Courses are read without being enrolled in them."),
    NeededScope(scope="moodle/course:viewhiddencourses", reason="Hidden courses hold the results of past years."),
    NeededScope(scope="moodle/course:viewparticipants", reason="Learners and teachers are read from the courses."),
    NeededScope(scope="moodle/user:viewdetails", reason="Names of learners and teachers."),
    NeededScope(scope="moodle/user:viewhiddendetails", reason="Details that the site hides from participants."),
    NeededScope(scope="moodle/user:viewalldetails", reason="The patronymic in a custom profile field."),
    NeededScope(scope="moodle/site:viewuseridentity", reason="The ID number, by which persons are matched."),
    NeededScope(scope="moodle/course:useremail", reason="The e-mail address, by which persons are proposed."),
    NeededScope(
        scope="moodle/course:enrolreview", reason="Tells suspended enrolments, whose grades the report leaves out."
    ),
    NeededScope(scope="moodle/site:accessallgroups", reason="Groups in courses."),
    NeededScope(scope="moodle/grade:viewall", reason="Grades of all learners."),
    NeededScope(scope="gradereport/user:view", reason="The report that grades are read from."),
    NeededScope(scope="report/completion:view", reason="Completed courses."),
    NeededScope(scope="report/progress:view", reason="Completed activities."),
    NeededScope(scope="moodle/cohort:view", reason="Cohorts, if they are groups."),
    NeededScope(scope="mod/assign:view", reason="Assignments, if submitted files are kept."),
    NeededScope(scope="mod/assign:grade", reason="Submitted files, if they are kept."),
    NeededScope(scope="moodle/badges:viewotherbadges", reason="Badges, if they are wanted."),
    NeededScope(scope="mod/customcert:viewallcertificates", reason="Certificates, if they are wanted."),
)
