"""Grades and completions."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from core.sdk.connectors import FinalResultData, Message, Problem, ProblemClass, Progress, ResultData, make_record
from core.sdk.errors import ConnectorBug, ConnectorRecordRefused, ConnectorTransient
from plugins.moodle.catalogue import Course
from plugins.moodle.errors import NoCriteria, NotTracked
from plugins.moodle.people import Site
from plugins.moodle.rosters import Roster
from plugins.moodle.texts import day, identifier, line, number, plain, whole
from plugins.moodle.webservice import objects_of

GRADES: Final = "gradereport_user_get_grade_items"
COURSE_COMPLETION: Final = "core_completion_get_course_completion_status"
ACTIVITY_COMPLETION: Final = "core_completion_get_activities_completion_status"
CONTENTS: Final = "core_course_get_contents"
LARGE_COURSE: Final = 300
"""Learners above which a grade book is read by groups: the site makes the whole answer in memory."""
REMEMBERED: Final = 20_000
"""Final grades that are kept from the reading of grades, so that they are not asked for twice."""
_ACTIVITY: Final = frozenset({"mod", "manual"})
_STATES: Final[Mapping[object, str]] = {1: "complete", 2: "complete_pass", 3: "complete_fail"}


class GradeBooks:
    """Reads grade books; what was read for the grades serves for the final grades too."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._finals: dict[int, list[Mapping[str, Any]]] = {}
        self._remembered = 0

    async def grades(self, course: Course) -> AsyncIterator[Message]:
        """Grades of activities and of columns made by hand; a grade that was taken back is not there."""
        finals: list[Mapping[str, Any]] = []
        async for message in self._rows(course):
            if isinstance(message, Problem | Progress):
                yield message
                continue
            row = message
            for item in _items(row):
                if item.get("graderaw") is None:
                    continue
                if item.get("itemtype") == "course":
                    finals.append(_slim(row, item))
                elif item.get("itemtype") in _ACTIVITY:
                    yield self._result(course, row, item)
        if self._remembered + len(finals) <= REMEMBERED:
            self._finals[course.id] = finals
            self._remembered += len(finals)

    async def finals(self, course: Course) -> AsyncIterator[Message]:
        """The grade of the whole course."""
        known = self._finals.get(course.id)
        if known is not None:
            for row in known:
                yield self._final(course, row)
            return
        async for message in self._rows(course):
            if isinstance(message, Problem | Progress):
                yield message
                continue
            for item in _items(message):
                if item.get("itemtype") == "course" and item.get("graderaw") is not None:
                    yield self._final(course, _slim(message, item))

    async def _rows(self, course: Course) -> AsyncIterator[Mapping[str, Any] | Problem | Progress]:
        """The rows of a grade book, each learner once: of the whole course, or slice by slice."""
        async for progress in self._site.rosters.read(course):
            yield progress
        roster = await self._site.rosters.of(course)
        learners = {member.user for member in roster.having(self._site.configuration.learner_roles)}
        suspended = {member.user for member in roster.members.values() if member.suspended} & learners
        if len(learners) <= LARGE_COURSE or not any(member.groups for member in roster.members.values()):
            try:
                rows = await self._asked(course)
            except (ConnectorTransient, ConnectorBug):
                # Too slow or too large as a whole; what is really wrong will be said of the parts too.
                if not learners:
                    raise
            else:
                for row in rows:
                    yield row
                # The report leaves them out, though the site keeps their grades: they would count as gone.
                async for message in self._one_by_one(course, suspended - {whole(row.get("userid")) for row in rows}):
                    yield message
                return
        async for message in self._slices(course, roster, learners):
            yield message

    async def _slices(
        self, course: Course, roster: Roster, learners: set[int]
    ) -> AsyncIterator[Mapping[str, Any] | Problem | Progress]:
        """Group by group, then those who are in none, one by one."""
        seen: set[int | None] = set()
        for group in sorted({each for member in roster.members.values() for each in member.groups}):
            yield Progress(len(seen), len(learners))
            for row in await self._asked(course, groupid=group):
                if whole(row.get("userid")) not in seen:
                    seen.add(whole(row.get("userid")))
                    yield row
        async for message in self._one_by_one(course, learners - seen):
            yield message

    async def _one_by_one(
        self, course: Course, users: set[int]
    ) -> AsyncIterator[Mapping[str, Any] | Problem | Progress]:
        for done, user in enumerate(sorted(users)):
            yield Progress(done, len(users))
            try:
                rows = await self._asked(course, userid=user)
            except ConnectorRecordRefused as error:
                yield _vanished(course, user, error)
                continue
            for row in rows:
                yield row

    async def _asked(self, course: Course, **part: int) -> list[dict[str, Any]]:
        value = await self._site.service.call(GRADES, courseid=course.id, **part)
        return objects_of(value, GRADES, "usergrades")

    def _result(self, course: Course, row: Mapping[str, Any], item: Mapping[str, Any]) -> Message:
        fields = {
            "learner": identifier(row.get("userid")),
            "subject": course.subject,
            "group": course.group,
            "value": number(item.get("graderaw")),
            "scale": _scale(item),
            "result_kind": str(item.get("itemmodule") or item.get("itemtype")),
            "title": line(item.get("itemname")),
            "held_on": day(item.get("gradedatesubmitted"), self._site.zone),
            "graded_on": day(item.get("gradedategraded"), self._site.zone),
            "comment": plain(item.get("feedback"), item.get("feedbackformat")),
        }
        return make_record(_key(course, row, item), ResultData, fields, raw=_slim(row, item))

    def _final(self, course: Course, row: Mapping[str, Any]) -> Message:
        fields = {
            "learner": identifier(row.get("userid")),
            "subject": course.subject,
            "group": course.group,
            "final_kind": "course",
            "value": number(row.get("graderaw")),
            "scale": _scale(row),
            "decided_on": day(row.get("gradedategraded"), self._site.zone),
            "comment": plain(row.get("feedback"), row.get("feedbackformat")),
        }
        return make_record(_key(course, row, row), FinalResultData, fields, raw=row)


def _items(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The items of a row; what is no object is passed over."""
    for item in row.get("gradeitems") or ():
        if isinstance(item, Mapping):
            yield item


def _slim(row: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with its learner, without what is empty."""
    said = {name: value for name, value in item.items() if value not in (None, "", False) and "formatted" not in name}
    return {"userid": row.get("userid"), **said}


def _key(course: Course, row: Mapping[str, Any], item: Mapping[str, Any]) -> str | None:
    user, column = identifier(row.get("userid")), identifier(item.get("id"))
    return f"{course.id}:{user}:{column}" if user and column else None


def _scale(item: Mapping[str, Any]) -> str:
    """The range of the numbers; of a scale of words only its id is told, and the grade is a place in it."""
    scale = identifier(item.get("scaleid"))
    if scale:
        return f"scale:{scale}"
    highest = number(item.get("grademax"))
    return "" if highest is None else f"{number(item.get('grademin')) or 0}..{highest}"


async def course_completions(site: Site, course: Course) -> AsyncIterator[Message]:
    """Who has completed a course with criteria. The site does not say when, so no date is given."""
    if not course.tracks_completion:
        return
    async for user in _learners(site, course):
        if isinstance(user, Progress):
            yield user
            continue
        try:
            value = await site.service.call(COURSE_COMPLETION, courseid=course.id, userid=user)
        except NoCriteria:
            return
        except NotTracked:
            continue
        except ConnectorRecordRefused as error:
            yield _vanished(course, user, error)
            continue
        status = value.get("completionstatus") if isinstance(value, Mapping) else None
        if isinstance(status, Mapping) and status.get("completed") is True:
            fields = {
                "learner": str(user),
                "subject": course.subject,
                "group": course.group,
                "final_kind": "completion",
                "value": "completed",
                "scale": "completion",
            }
            raw = {"courseid": course.id, "userid": user, **status}
            yield make_record(f"{course.id}:{user}:completion", FinalResultData, fields, raw=raw)


async def activity_completions(site: Site, course: Course) -> AsyncIterator[Message]:
    """Which activities of a course each learner has completed."""
    if not course.tracks_completion:
        return
    titles: dict[int | None, str] | None = None
    async for user in _learners(site, course):
        if isinstance(user, Progress):
            yield user
            continue
        if titles is None:
            titles = await _titles(site, course)
        try:
            value = await site.service.call(ACTIVITY_COMPLETION, courseid=course.id, userid=user)
        except ConnectorRecordRefused as error:
            yield _vanished(course, user, error)
            continue
        for raw in objects_of(value, ACTIVITY_COMPLETION, "statuses"):
            if raw.get("state"):
                yield _completed(site, course, user, raw, titles)


def _completed(
    site: Site, course: Course, user: int, raw: Mapping[str, Any], titles: Mapping[int | None, str]
) -> Message:
    activity = identifier(raw.get("cmid"))
    fields = {
        "learner": str(user),
        "subject": course.subject,
        "group": course.group,
        "value": _STATES.get(raw.get("state"), str(raw.get("state"))),
        "scale": "completion",
        "result_kind": f"completion:{raw.get('modname', '')}",
        "title": titles.get(whole(raw.get("cmid")), ""),
        "graded_on": day(raw.get("timecompleted"), site.zone),
    }
    key = activity and f"{course.id}:{user}:{activity}"
    return make_record(key, ResultData, fields, raw={"userid": user, **raw})


async def _titles(site: Site, course: Course) -> dict[int | None, str]:
    """Names of the activities by id: the list of completions has none."""
    sections = objects_of(await site.service.call(CONTENTS, courseid=course.id), CONTENTS)
    modules = (module for section in sections for module in section.get("modules") or () if isinstance(module, Mapping))
    return {whole(module.get("id")): line(module.get("name")) for module in modules}


async def _learners(site: Site, course: Course) -> AsyncIterator[int | Progress]:
    """The learners of a course, with a sign of life before each."""
    async for progress in site.rosters.read(course):
        yield progress
    roster = await site.rosters.of(course)
    users = sorted(member.user for member in roster.having(site.configuration.learner_roles))
    for done, user in enumerate(users):
        yield Progress(done, len(users))
        yield user


def _vanished(course: Course, user: int, error: ConnectorRecordRefused) -> Problem:
    """Somebody left while the course was read: it is read again before anything counts as gone."""
    return Problem(ProblemClass.TRANSIENT, f"course {course.id}: user {user} is not there any more: {error}")
