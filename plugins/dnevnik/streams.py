"""The streams of a school and the parts in which each is read."""

from collections.abc import Sequence

from core.sdk.connectors import EntityKind, Stream
from plugins.dnevnik.settings import DnevnikSettings

GROUPS = "groups"
STUDY_PERIODS = "study_periods"
SUBJECTS = "subjects"
TEACHERS = "teachers"
LEARNERS = "learners"
GUARDIANS = "guardians"
ENROLMENTS = "enrolments"
RESULTS = "results"
TEACHING = "teaching"
FINAL_RESULTS = "final_results"
ATTENDANCE = "attendance"
HOMEWORK_FILES = "homework_files"

_FRAME = (GROUPS, STUDY_PERIODS, SUBJECTS, TEACHERS, LEARNERS)
_DAYS_OF_WEEK = 7


def streams_of(settings: DnevnikSettings) -> Sequence[Stream]:
    """Return the streams that this configuration wants, parents first."""
    days = settings.reread_weeks * _DAYS_OF_WEEK
    wanted = {
        GUARDIANS: settings.guardians,
        ATTENDANCE: settings.attendance,
        HOMEWORK_FILES: settings.homework_files,
    }
    every = (
        Stream(name=GROUPS, kind=EntityKind.GROUPS, title="Classes and subgroups", reread_days=days),
        Stream(
            name=STUDY_PERIODS,
            kind=EntityKind.STUDY_PERIODS,
            title="Reporting periods",
            parents=(GROUPS,),
            reread_days=days,
        ),
        Stream(name=SUBJECTS, kind=EntityKind.SUBJECTS, title="Subjects", parents=(GROUPS,), reread_days=days),
        Stream(name=TEACHERS, kind=EntityKind.STAFF, title="Staff"),
        Stream(name=LEARNERS, kind=EntityKind.LEARNERS, title="Learners", parents=(GROUPS,), reread_days=days),
        Stream(
            name=GUARDIANS,
            kind=EntityKind.GUARDIANS,
            title="Legal representatives",
            parents=(LEARNERS,),
            optional=True,
        ),
        Stream(
            name=ENROLMENTS,
            kind=EntityKind.ENROLMENTS,
            title="Who is in which class",
            parents=(GROUPS, TEACHERS, LEARNERS),
            reread_days=days,
        ),
        Stream(name=RESULTS, kind=EntityKind.RESULTS, title="Marks", parents=_FRAME, reread_days=days),
        Stream(
            name=TEACHING,
            kind=EntityKind.ENROLMENTS,
            title="Who teaches which class",
            parents=(GROUPS, SUBJECTS, TEACHERS, RESULTS),
            reread_days=days,
        ),
        Stream(
            name=FINAL_RESULTS, kind=EntityKind.FINAL_RESULTS, title="Final marks", parents=_FRAME, reread_days=days
        ),
        Stream(
            name=ATTENDANCE,
            kind=EntityKind.ATTENDANCE,
            title="Attendance",
            parents=(*_FRAME, RESULTS),
            reread_days=days,
            optional=True,
        ),
        Stream(
            name=HOMEWORK_FILES,
            kind=EntityKind.FILES,
            title="Files of homework",
            parents=(GROUPS,),
            reread_days=days,
            optional=True,
        ),
    )
    return [stream for stream in every if wanted.get(stream.name, True)]
