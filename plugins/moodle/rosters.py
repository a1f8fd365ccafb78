"""Who is in which course, asked once a run and kept small."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.sdk.connectors import Problem, ProblemClass, Progress
from core.sdk.errors import ConnectorRecordRefused, ConnectorTransient
from plugins.moodle.catalogue import Catalogue, Course
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.errors import CapabilityMissing, CourseClosed
from plugins.moodle.texts import whole
from plugins.moodle.webservice import WebService, objects_of, options

ENROLLED: Final = "core_enrol_get_enrolled_users"
ACCOUNTS: Final = "core_user_get_users_by_field"
PAGE: Final = 100
MOST_PAGES: Final = 1_000
BUILT_IN: Final = frozenset({"guest", "admin"})
_KEPT: Final = (
    "id",
    "username",
    "firstname",
    "lastname",
    "fullname",
    "email",
    "idnumber",
    "phone1",
    "department",
    "institution",
    "customfields",
)
_STATE: Final = ("suspended", "confirmed", "auth")
"""Of an account; pictures and times of access change without meaning anything."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a course."""

    user: int
    roles: tuple[str, ...]
    groups: tuple[int, ...]
    suspended: bool


@dataclass(slots=True)
class Roster:
    """Everybody in one course."""

    course: Course
    members: dict[int, Member] = field(default_factory=dict)
    nameless: list[Mapping[str, Any]] = field(default_factory=list)
    """Rows without an id."""

    def having(self, roles: Iterable[str]) -> list[Member]:
        """Return the members who have one of these roles."""
        wanted = set(roles)
        return [member for member in self.members.values() if wanted & set(member.roles)]


class Rosters:
    """The rosters of all courses, and the accounts that stand in them."""

    def __init__(self, service: WebService, catalogue: Catalogue, configuration: MoodleConfiguration) -> None:
        self._service = service
        self._catalogue = catalogue
        self._configuration = configuration
        self._known: dict[int, Roster] = {}
        self._closed: dict[int, CourseClosed] = {}
        self._asked: set[int] = set()
        self._tells_suspended = True
        self.people: dict[int, Mapping[str, Any]] = {}
        """Accounts by id, as the first roster had them."""

    async def read(self, course: Course) -> AsyncIterator[Progress]:
        """Ask for the roster of a course unless it is known; yields after each page, so that nobody waits long."""
        if course.id in self._known:
            return
        if course.id in self._closed:
            raise self._closed[course.id]
        roster = Roster(course)
        try:
            async for page in self._pages(course):
                for raw in page:
                    await self._add(roster, raw)
                yield Progress(len(roster.members))
        except CourseClosed as error:
            self._closed[course.id] = error
            raise
        suspended = await self._suspended(course) if roster.members else frozenset[int]()
        for user in suspended & roster.members.keys():
            member = roster.members[user]
            roster.members[user] = Member(user, member.roles, member.groups, suspended=True)
        self._known[course.id] = roster
        yield Progress(len(roster.members))

    async def of(self, course: Course) -> Roster:
        """Return the roster of a course."""
        async for _ in self.read(course):
            pass
        return self._known[course.id]

    async def read_all(self) -> AsyncIterator[Progress | Problem]:
        """Ask for every roster; what could not be had is a problem, so that nobody counts as gone for it."""
        for course in await self._catalogue.courses():
            try:
                async for progress in self.read(course):
                    yield progress
            except ConnectorRecordRefused as error:
                message = f"course {course.id} vanished while the site was read: {error}"
                yield Problem(ProblemClass.TRANSIENT, message)
            except CourseClosed:
                continue

    def is_closed(self, course: Course) -> bool:
        """Whether it is known that the account cannot enter the course."""
        return course.id in self._closed

    def closed(self, problem: ProblemClass = ProblemClass.CONFIG) -> Problem | None:
        """Return what is missing because of courses that the account cannot enter; nobody may count as gone for it."""
        if not self._closed:
            return None
        named = ", ".join(map(str, sorted(self._closed)))
        message = (
            f"the service account cannot enter these courses: {named}; give its role moodle/course:view and"
            " moodle/course:viewhiddencourses there, or leave them out of the connection"
        )
        return Problem(problem, message)

    async def everybody(self, roles: Sequence[str]) -> list[int]:
        """Return who has one of these roles anywhere, in order."""
        found: set[int] = set()
        for roster in self._known.values():
            found |= {member.user for member in roster.having(roles)}
        return sorted(found)

    def nameless(self) -> list[Mapping[str, Any]]:
        """Return the rows without an id."""
        return [raw for roster in self._known.values() for raw in roster.nameless]

    async def _pages(self, course: Course) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield pages until one is empty: the site leaves out of a page whom the account may not see.

        So a short page is no end, and the next one begins after as many as came; a person may come twice, none is lost.
        """
        start = 0
        before: list[object] = []
        for _ in range(MOST_PAGES):
            asked = options(limitfrom=start, limitnumber=PAGE, sortby="id", sortdirection="ASC")
            value = await self._service.call(ENROLLED, courseid=course.id, options=asked)
            page = objects_of(value, ENROLLED)
            ids = [each.get("id") for each in page]
            if not page or (ids == before and len(page) < PAGE):
                return
            if ids == before:
                break
            yield page
            start, before = start + len(page), ids
        detail = f"{ENROLLED}: the site repeats a page of course {course.id} instead of giving the next one"
        raise ConnectorTransient(detail)

    async def _suspended(self, course: Course) -> frozenset[int]:
        """Who is enrolled, but suspended in this course; nobody if the role may not review enrolments."""
        if not self._tells_suspended:
            return frozenset()
        asked = options(onlysuspended=1, userfields="id")
        try:
            value = await self._service.call(ENROLLED, courseid=course.id, options=asked)
        except CapabilityMissing:
            self._tells_suspended = False
            return frozenset()
        found = (whole(each.get("id")) for each in objects_of(value, ENROLLED))
        return frozenset(user for user in found if user is not None)

    async def _add(self, roster: Roster, raw: Mapping[str, Any]) -> None:
        user = whole(raw.get("id"))
        if user is None:
            roster.nameless.append({name: raw[name] for name in _KEPT if name in raw})
            return
        if raw.get("username") in BUILT_IN or user == (await self._service.about()).userid:
            return
        roles = tuple(str(each.get("shortname")) for each in _listed(raw, "roles"))
        groups = tuple(group for each in _listed(raw, "groups") if (group := whole(each.get("id"))) is not None)
        roster.members[user] = Member(user, roles, groups, suspended=False)
        self.people.setdefault(user, {name: raw[name] for name in _KEPT if name in raw})

    async def learn_accounts(self, users: Sequence[int]) -> None:
        """Ask the accounts of these users, once: they tell who is suspended at the whole site."""
        unknown = [user for user in users if user not in self._asked]
        if not unknown:
            return
        found = objects_of(await self._service.call(ACCOUNTS, field="id", values=unknown), ACCOUNTS)
        self._asked.update(unknown)
        for each in found:
            user = whole(each.get("id"))
            if user in self.people:
                told = {name: each[name] for name in (*_KEPT, *_STATE) if each.get(name) is not None}
                self.people[user] = {**self.people[user], **told}


def _listed(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list that may be missing or null."""
    return [each for each in raw.get(name) or () if isinstance(each, Mapping)]
