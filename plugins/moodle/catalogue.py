"""The courses that are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.sdk.connectors import Partition
from core.sdk.errors import ConnectorRecordRefused
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.errors import CourseClosed, PhpFault
from plugins.moodle.texts import day, line, whole
from plugins.moodle.webservice import WebService, objects_of

ALL: Final = "core_course_get_courses"
BY_FIELD: Final = "core_course_get_courses_by_field"
CATEGORIES: Final = "core_course_get_categories"
COHORTS: Final = "core_cohort_get_cohorts"
FRONT_PAGE: Final = 1
_NOISE: Final = frozenset(
    {"cacherev", "courseimage", "filters", "overviewfiles", "summaryfiles", "courseformatoptions", "contacts"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course that is read."""

    id: int
    name: str
    code: str
    area: str
    starts_on: date | None
    ends_on: date | None
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def subject(self) -> str:
        """External id as a subject."""
        return str(self.id)

    @property
    def tracks_completion(self) -> bool:
        """Whether completion is switched on in the course; a site that does not say so is asked."""
        return self.raw.get("enablecompletion") != 0

    @property
    def group(self) -> str:
        """External id as a group: everybody who studies or teaches in the course."""
        return f"course-{self.id}"

    def partition(self, *, ends: bool) -> Partition:
        """Return the part of a stream that the course is; what can change after its end has none."""
        return Partition(
            key=str(self.id), title=self.name, starts_on=self.starts_on, ends_on=self.ends_on if ends else None
        )


class Catalogue:
    """Courses and categories of a site, asked once."""

    def __init__(self, service: WebService, configuration: MoodleConfiguration, zone: ZoneInfo) -> None:
        self._service = service
        self._configuration = configuration
        self._zone = zone
        self._courses: tuple[Course, ...] | None = None
        self._cohorts: tuple[Mapping[str, Any], ...] | None = None
        self._refused: tuple[Mapping[str, Any], ...] = ()

    async def courses(self) -> Sequence[Course]:
        """Return the courses that the operator wants, most recent first, without the front page."""
        if self._courses is None:
            categories = await self._categories()
            listed = await self._listed()
            self._refused = tuple(each for each in listed if whole(each.get("id")) is None)
            known = (each for each in listed if whole(each.get("id")) not in {None, FRONT_PAGE})
            found = [self._course(each, categories) for each in known if self._wanted(each, categories)]
            self._courses = tuple(sorted(found, key=lambda each: (each.starts_on or date.min, each.id), reverse=True))
        return self._courses

    async def course(self, key: str) -> Course:
        """Return the course of a partition; raise `ConnectorRecordRefused` if it is not there any more."""
        for each in await self.courses():
            if str(each.id) == key:
                return each
        detail = f"the site has no course {key} any more"
        raise ConnectorRecordRefused(detail)

    async def nameless(self) -> Sequence[Mapping[str, Any]]:
        """Return what the site listed as a course without an id."""
        await self.courses()
        return self._refused

    async def _listed(self) -> list[dict[str, Any]]:
        chosen = self._configuration.courses
        if not chosen:
            return [each for each in await self._every() if each.get("format") != "site"]
        try:
            value = await self._service.call(BY_FIELD, field="ids", value=",".join(map(str, chosen)))
            return objects_of(value, BY_FIELD, "courses")
        except PhpFault:
            # One id that the site does not know spoils the answer for all.
            found: list[dict[str, Any]] = []
            for each in chosen:
                value = await self._service.call(BY_FIELD, field="id", value=each)
                found += objects_of(value, BY_FIELD, "courses")
            return found

    async def _every(self) -> list[dict[str, Any]]:
        try:
            return objects_of(await self._service.call(ALL), ALL)
        except CourseClosed:
            # One course that the account cannot enter spoils that answer for all; this one lists it with the others.
            return objects_of(await self._service.call(BY_FIELD), BY_FIELD, "courses")

    async def cohorts(self) -> Sequence[Mapping[str, Any]]:
        """Return the cohorts of the site, asked once."""
        if self._cohorts is None:
            self._cohorts = tuple(objects_of(await self._service.call(COHORTS), COHORTS))
        return self._cohorts

    async def _categories(self) -> Mapping[int, Mapping[str, Any]]:
        if self._configuration.courses:
            return {}
        listed = objects_of(await self._service.call(CATEGORIES), CATEGORIES)
        return {number: each for each in listed if (number := whole(each.get("id"))) is not None}

    def _wanted(self, course: Mapping[str, Any], categories: Mapping[int, Mapping[str, Any]]) -> bool:
        wanted = set(self._configuration.categories)
        if not wanted or self._configuration.courses:
            return True
        category = whole(course.get("categoryid"))
        path = str(categories.get(category or 0, {}).get("path", category or ""))
        return bool(wanted & {int(part) for part in path.split("/") if part.isdigit()})

    def _course(self, raw: dict[str, Any], categories: Mapping[int, Mapping[str, Any]]) -> Course:
        category = categories.get(whole(raw.get("categoryid")) or 0, {})
        return Course(
            id=whole(raw["id"]) or 0,
            name=line(raw.get("fullname")),
            code=line(raw.get("idnumber")) or line(raw.get("shortname")),
            area=line(category.get("name") or raw.get("categoryname")),
            starts_on=day(raw.get("startdate"), self._zone),
            ends_on=day(raw.get("enddate"), self._zone),
            raw={name: value for name, value in raw.items() if name not in _NOISE},
        )
