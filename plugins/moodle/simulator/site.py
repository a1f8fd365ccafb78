"""What a simulated site holds. Everything may be changed by a test between two runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

MANAGER_CAPABILITIES = frozenset(
    {
        "webservice/rest:use",
        "moodle/user:viewdetails",
        "moodle/user:viewhiddendetails",
        "moodle/user:viewalldetails",
        "moodle/site:viewuseridentity",
        "moodle/course:view",
        "moodle/course:viewhiddencourses",
        "moodle/course:viewparticipants",
        "moodle/course:useremail",
        "moodle/course:enrolreview",
        "moodle/category:viewhiddencategories",
        "moodle/site:accessallgroups",
        "moodle/grade:viewall",
        "gradereport/user:view",
        "report/completion:view",
        "report/progress:view",
        "moodle/cohort:view",
        "moodle/badges:viewotherbadges",
        "mod/assign:view",
        "mod/assign:grade",
        "mod/customcert:viewallcertificates",
    }
)
"""What the role of a service account needs for everything that is read."""


@dataclass(slots=True, kw_only=True)
class User:
    """An account."""

    id: int
    username: str
    firstname: str
    lastname: str
    email: str = ""
    idnumber: str = ""
    patronymic: str = ""
    suspended: bool = False
    confirmed: bool = True
    department: str = ""


@dataclass(slots=True, kw_only=True)
class Category:
    """A category of courses."""

    id: int
    name: str
    parent: int = 0
    idnumber: str = ""


@dataclass(slots=True, kw_only=True)
class Enrolment:
    """Somebody in a course."""

    userid: int
    roles: tuple[str, ...]
    suspended: bool = False


@dataclass(slots=True, kw_only=True)
class GradeItem:
    """A column of the grade book."""

    id: int
    itemtype: str
    itemname: str | None
    grademax: int
    itemmodule: str | None = None
    instance: int | None = None
    cmid: int | None = None
    idnumber: str | None = None
    scaleid: int | None = None


@dataclass(slots=True, kw_only=True)
class Grade:
    """What somebody got."""

    raw: float
    graded: int
    feedback: str = ""
    feedbackformat: int = 2


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file of the site."""

    filename: str
    content: bytes = field(repr=False)
    mimetype: str
    timemodified: int
    filepath: str = "/"


@dataclass(slots=True, kw_only=True)
class Submission:
    """What somebody handed in."""

    id: int
    userid: int
    timecreated: int
    timemodified: int
    status: str = "submitted"
    groupid: int = 0
    attemptnumber: int = 0
    files: list[StoredFile] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Assignment:
    """An activity of the kind assign."""

    id: int
    cmid: int
    contextid: int
    name: str
    closed: bool = False
    """Whether the service account may not grade it, whatever its role says elsewhere."""
    submissions: dict[int, Submission] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Group:
    """A group of a course."""

    id: int
    name: str
    idnumber: str = ""
    members: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Course:
    """A course with all that hangs on it."""

    id: int
    fullname: str
    shortname: str
    categoryid: int
    idnumber: str = ""
    format: str = "topics"
    startdate: int = 0
    enddate: int = 0
    visible: int = 1
    enablecompletion: int = 1
    has_criteria: bool = True
    closed: bool = False
    """Whether the service account cannot enter it, whatever its role says."""
    changed: int = 0
    enrolments: dict[int, Enrolment] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    items: list[GradeItem] = field(default_factory=list)
    grades: dict[tuple[int, int], Grade] = field(default_factory=dict)
    """By item and user."""
    completed: set[int] = field(default_factory=set)
    activities: dict[tuple[int, int], int] = field(default_factory=dict)
    """When an activity (its cmid) was completed by a user."""
    assignments: dict[int, Assignment] = field(default_factory=dict)

    def unenrol(self, userid: int) -> None:
        """Take somebody out of the course and its groups."""
        self.enrolments.pop(userid, None)
        for group in self.groups.values():
            group.members.discard(userid)


@dataclass(slots=True, kw_only=True)
class Cohort:
    """A cohort of the whole site."""

    id: int
    name: str
    idnumber: str = ""
    members: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class BadgeIssue:
    """A badge that somebody has."""

    badgeid: int
    userid: int
    name: str
    uniquehash: str
    dateissued: int
    dateexpire: int | None = None
    description: str = ""


@dataclass(slots=True, kw_only=True)
class CertificateIssue:
    """A certificate that was issued."""

    id: int
    customcertid: int
    userid: int
    code: str
    timecreated: int
    template: str
    pdf: bytes = field(default=b"", repr=False)


@dataclass(slots=True, kw_only=True)
class Token:
    """A token of the service."""

    userid: int
    validuntil: int = 0
    """0: never."""


@dataclass(slots=True, kw_only=True)
class Service:
    """What the service account may do."""

    functions: set[str]
    capabilities: set[str] = field(default_factory=lambda: set(MANAGER_CAPABILITIES))
    tokens: dict[str, Token] = field(default_factory=dict)
    downloadfiles: bool = True
    shortname: str = "deloteka"


@dataclass(slots=True, kw_only=True)
class Site:
    """The whole site."""

    url: str
    """With its path, without a slash at the end."""
    sitename: str
    service: Service
    passwords: dict[str, str] = field(default_factory=dict)
    """Of accounts that may ask for a token."""
    users: dict[int, User] = field(default_factory=dict)
    categories: dict[int, Category] = field(default_factory=dict)
    courses: dict[int, Course] = field(default_factory=dict)
    cohorts: dict[int, Cohort] = field(default_factory=dict)
    badges: list[BadgeIssue] = field(default_factory=list)
    certificates: list[CertificateIssue] = field(default_factory=list)
    calls_itself: str = ""
    """What the site takes for its own address, if that is another one: behind a proxy."""
    theme_revision: int = 1795289942
    """Part of picture addresses; noise that changes by itself."""

    @property
    def own_url(self) -> str:
        """The address that stands in the site's answers."""
        return self.calls_itself or self.url

    def assignment(self, assignmentid: int) -> tuple[Course, Assignment] | None:
        """Return an assignment with its course."""
        for course in self.courses.values():
            if assignmentid in course.assignments:
                return course, course.assignments[assignmentid]
        return None

    def submissions(self) -> Iterator[tuple[Assignment, Submission]]:
        """Every submission of the site."""
        for course in self.courses.values():
            for assignment in course.assignments.values():
                for submission in assignment.submissions.values():
                    yield assignment, submission
