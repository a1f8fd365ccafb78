"""What `check` finds out: whose token it is, and what each stream lacks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from core.sdk.connectors import CheckResult, RemoteIdentity, Stream, StreamCheck, StreamState
from core.sdk.errors import ConnectorError, ConnectorMisconfigured, ConnectorRecordRefused
from plugins.moodle.awards import BADGES, CERTIFICATES
from plugins.moodle.catalogue import Course
from plugins.moodle.errors import NoCriteria, NotTracked
from plugins.moodle.grades import ACTIVITY_COMPLETION, COURSE_COMPLETION, GRADES
from plugins.moodle.people import GROUPS, Site
from plugins.moodle.rosters import BUILT_IN, ENROLLED
from plugins.moodle.streams import FUNCTIONS
from plugins.moodle.submissions import ASSIGNMENTS, SUBMISSIONS, refuse_no_access
from plugins.moodle.texts import whole
from plugins.moodle.webservice import About, objects_of, options

LOOKED_AT: Final = 20
"""People of one course whose fields are looked at."""
_NO_FILES: Final = "the switch «Can download files» of the service"
_FILES: Final = frozenset({"submissions"})


async def check(site: Site, streams: Sequence[Stream]) -> CheckResult:
    """Ask one small question for each stream; raises what stands in the way of all of them."""
    about = await site.service.about()
    sample = _Sample(site, about)
    found = [StreamCheck(stream=each.name, state=StreamState.OK) for each in streams]
    for place, stream in enumerate(streams):
        found[place] = await _stream(stream.name, about, sample)
    identity = RemoteIdentity(
        # Without the scheme: a site that moves to https is the same site.
        unique_id=f"{about.siteurl.partition('://')[2].lower()}#{about.userid}",
        title=about.fullname,
        organisation=about.sitename,
    )
    return CheckResult(identity=identity, streams=tuple(found), notes=tuple(_notes(site, about, sample)))


async def _stream(name: str, about: About, sample: "_Sample") -> StreamCheck:
    missing = [each for each in FUNCTIONS[name] if each not in about.functions]
    if name in _FILES and not about.downloadfiles:
        missing.append(_NO_FILES)
    if missing:
        return StreamCheck(stream=name, state=StreamState.MISSING_RIGHT, missing=", ".join(missing))
    try:
        state = await sample.asks[name]()
    except ConnectorMisconfigured as error:
        return StreamCheck(stream=name, state=StreamState.MISSING_RIGHT, missing=error.detail)
    except ConnectorRecordRefused:
        state = StreamState.EMPTY
    return StreamCheck(stream=name, state=state)


class _Sample:
    """Small questions about one course and one learner."""

    def __init__(self, site: Site, about: About) -> None:
        self._site = site
        self._about = about
        self._people: list[dict[str, Any]] | ConnectorError | None = None
        self.asks: Mapping[str, Callable[[], Awaitable[StreamState]]] = {
            "courses": self._courses,
            "groups": self._groups,
            "cohorts": self._cohorts,
            "learners": self._persons,
            "teachers": self._persons,
            "enrolments": self._persons,
            "cohort_members": self._cohort_members,
            "grades": self._grades,
            "final_grades": self._grades,
            "course_completions": self._course_completion,
            "activity_completions": self._activity_completion,
            "submissions": self._submissions,
            "badges": self._badges,
            "certificates": self._certificates,
            "certificate_files": self._certificates,
        }
        self._answered: dict[str, StreamState | ConnectorError] = {}

    @property
    def people(self) -> list[dict[str, Any]]:
        """The people that were looked at."""
        return self._people if isinstance(self._people, list) else []

    async def _course(self) -> Course | None:
        courses = await self._site.catalogue.courses()
        return courses[0] if courses else None

    async def _some_people(self) -> list[dict[str, Any]]:
        if self._people is None:
            course = await self._course()
            try:
                self._people = [] if course is None else await self._of(course)
            except ConnectorMisconfigured as error:
                self._people = error
        if isinstance(self._people, ConnectorError):
            raise self._people
        return self._people

    async def _of(self, course: Course) -> list[dict[str, Any]]:
        asked = options(limitfrom=0, limitnumber=LOOKED_AT, sortby="id", sortdirection="ASC")
        value = await self._site.service.call(ENROLLED, courseid=course.id, options=asked)
        ours = {self._about.userid}
        found = objects_of(value, ENROLLED)
        return [each for each in found if each.get("id") not in ours and each.get("username") not in BUILT_IN]

    async def _learner(self) -> int | None:
        roles = set(self._site.configuration.learner_roles)
        for each in await self._some_people():
            if roles & {str(role.get("shortname")) for role in each.get("roles") or ()}:
                return whole(each.get("id"))
        return None

    async def _once(self, function: str, asking: Callable[[], Awaitable[StreamState]]) -> StreamState:
        """Ask, or say again what was said: two streams may stand on one function."""
        if function not in self._answered:
            try:
                self._answered[function] = await asking()
            except (ConnectorMisconfigured, ConnectorRecordRefused) as error:
                self._answered[function] = error
        answered = self._answered[function]
        if isinstance(answered, ConnectorError):
            raise answered
        return answered

    async def _courses(self) -> StreamState:
        return _state(await self._course() is not None)

    async def _persons(self) -> StreamState:
        return _state(bool(await self._some_people()))

    async def _groups(self) -> StreamState:
        course = await self._course()
        if course is not None:
            objects_of(await self._site.service.call(GROUPS, courseid=course.id), GROUPS)
        return _state(course is not None)

    async def _cohorts(self) -> StreamState:
        return _state(bool(await self._site.catalogue.cohorts()))

    async def _cohort_members(self) -> StreamState:
        await self._some_people()
        return await self._cohorts()

    async def _grades(self) -> StreamState:
        return await self._of_a_learner(GRADES)

    async def _course_completion(self) -> StreamState:
        return await self._of_a_learner(COURSE_COMPLETION)

    async def _activity_completion(self) -> StreamState:
        return await self._of_a_learner(ACTIVITY_COMPLETION)

    async def _of_a_learner(self, function: str) -> StreamState:
        async def asking() -> StreamState:
            course, learner = await self._course(), await self._learner()
            if course is None or learner is None:
                return StreamState.EMPTY
            if "completion" in function and not course.tracks_completion:
                return StreamState.EMPTY
            try:
                await self._site.service.call(function, courseid=course.id, userid=learner)
            except (NoCriteria, NotTracked):
                return StreamState.OK
            return StreamState.OK

        return await self._once(function, asking)

    async def _submissions(self) -> StreamState:
        course = await self._course()
        if course is None:
            return StreamState.EMPTY
        value = await self._site.service.call(ASSIGNMENTS, courseids=[course.id], includenotenrolledcourses=True)
        refuse_no_access(value, ASSIGNMENTS)
        listed = objects_of(value, ASSIGNMENTS, "courses")
        ids = [each["id"] for one in listed for each in one.get("assignments") or () if isinstance(each.get("id"), int)]
        if ids:
            asked = {"assignmentids": ids[:1], "since": int(self._now())}
            refuse_no_access(await self._site.service.call(SUBMISSIONS, **asked), SUBMISSIONS)
        return _state(bool(ids))

    def _now(self) -> float:
        return self._site.clock().timestamp()

    async def _badges(self) -> StreamState:
        learner = await self._learner()
        if learner is not None:
            await self._site.service.call(BADGES, userid=learner)
        return _state(learner is not None)

    async def _certificates(self) -> StreamState:
        async def asking() -> StreamState:
            return _state(bool(await self._site.service.call(CERTIFICATES, limit=1)))

        return await self._once(CERTIFICATES, asking)


def _state(there: bool) -> StreamState:  # noqa: FBT001 - what was asked
    return StreamState.OK if there else StreamState.EMPTY


def _notes(site: Site, about: About, sample: _Sample) -> list[str]:
    notes = [f"Moodle {about.release}"] if about.release else []
    if about.siteurl.lower() != site.service.base.lower():
        notes.append(f"The site calls itself {about.siteurl}.")
    if sample.people and not any(each.get("idnumber") for each in sample.people):
        notes.append(
            "Nobody who was looked at has an ID number, or the role may not see it (moodle/site:viewuseridentity):"
            " persons will not be matched by it."
        )
    if sample.people and not any(each.get("email") for each in sample.people):
        notes.append("The role sees no e-mail addresses (moodle/course:useremail): they cannot help to find persons.")
    if {COURSE_COMPLETION} <= about.functions:
        notes.append("Moodle does not say when a course was completed; completed courses come without a date.")
    return notes
