"""How functions of the web service are declared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.devkit.faults import Fault, Faults
from plugins.moodle.simulator.errors import COURSE_CONTEXT, NO_RECORD, NO_USER, UNCONFIRMED, missing_capability
from plugins.moodle.simulator.parameters import Arguments, Kind
from plugins.moodle.simulator.site import Course, Site, User
from plugins.moodle.simulator.switches import OldPermissionCode

TITLES: Mapping[str, str] = {
    "moodle/course:view": "View courses without participation",
    "moodle/course:viewparticipants": "View participants",
    "moodle/course:enrolreview": "Review course enrolments",
    "moodle/grade:viewall": "View grades of other users",
    "gradereport/user:view": "View your own grade report",
    "report/completion:view": "View course completion report",
    "report/progress:view": "View activity completion reports",
    "moodle/cohort:view": "View site-wide cohorts",
    "moodle/badges:viewotherbadges": "View public badges in other users' profiles",
    "mod/customcert:viewallcertificates": "View all certificates",
}
"""What a site calls a capability in an error."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of one function."""

    site: Site
    userid: int
    """Whose token it is."""
    function: str
    arguments: Arguments
    faults: Faults

    def needs(self, *capabilities: str) -> None:
        """Raise the error of the first capability that the role lacks."""
        for capability in capabilities:
            if not self.can(capability):
                old = self.struck(OldPermissionCode) is not None
                raise missing_capability(TITLES.get(capability, capability), old_code=old)

    def can(self, capability: str) -> bool:
        """Whether the role has the capability."""
        return capability in self.site.service.capabilities

    def struck(self, kind: type[Fault]) -> Fault | None:
        """Return the switch of this kind that strikes this call."""
        return self.faults.strikes(kind, self.function)

    def course(self, courseid: int) -> Course:
        """Return a course that the account may enter, or raise Moodle's error."""
        course = self.site.courses.get(courseid)
        if course is None:
            raise NO_RECORD.fault("course")
        if course.closed or not self.can("moodle/course:view"):
            raise COURSE_CONTEXT.fault(str(courseid))
        return course

    def active(self, userid: int) -> User:
        """Return an account that is there and confirmed, or raise Moodle's error; suspended ones are active here."""
        user = self.site.users.get(userid)
        if user is None:
            raise NO_USER.fault()
        if not user.confirmed:
            raise UNCONFIRMED.fault(user.username)
        return user


Handler = Callable[[Call], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the web service."""

    handler: Handler
    parameters: Mapping[str, Kind] = field(default_factory=dict)


FUNCTIONS: dict[str, Function] = {}
"""Every function that the simulated site knows, by name."""


def function(name: str, **parameters: Kind) -> Callable[[Handler], Handler]:
    """Declare a function with the kinds of its parameters."""

    def declare(handler: Handler) -> Handler:
        FUNCTIONS[name] = Function(handler=handler, parameters=parameters)
        return handler

    return declare
