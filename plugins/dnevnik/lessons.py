"""Lessons and works of one class in one reporting period, as far as marks and absences need them."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from core.sdk.errors import ConnectorRecordRefused
from plugins.dnevnik.answers import ParameterInvalid
from plugins.dnevnik.fields import Loose, Raw, as_identifier, day_of, identifier
from plugins.dnevnik.reading import Run
from plugins.dnevnik.school import Group, Period

_KEPT = 40_000
"""Lessons that are remembered for the streams that come after the marks; about 10 MB."""
OVERLAP = timedelta(days=1)
"""Nobody knows whether the ends of an interval are in it, so one more day is asked on either side."""


class Lesson(NamedTuple):
    """A lesson."""

    day: date | None
    number: int | None
    subject: str | None
    group: str | None
    teachers: tuple[str, ...]
    title: str


class Work(NamedTuple):
    """A work of a lesson, or one that belongs to none."""

    kind: str
    lesson: str | None
    subject: str | None
    """By its number, which has no text twin."""
    group: str | None
    period: tuple[int | None, str]
    """Number and type of the reporting period."""
    text: str


@dataclass(slots=True)
class Journal:
    """The lessons and works of a class in a period."""

    lessons: dict[str, Lesson] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    """Ids of subjects by their numbers, for works that belong to no lesson."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of subjects by their ids."""


def interval(period: Period) -> str:
    """Return both ends of a period as path segments, with a day of overlap."""
    return f"{period.starts_on - OVERLAP}/{period.until + OVERLAP}"


def owns(period: Period, day: date | None) -> bool:
    """Tell whether a day belongs to this period, and not to a neighbour in the same year that returns it too.

    What lies beyond the overlap came although it was not asked for, so no neighbour can be trusted to return it.
    """
    if day is None or period.starts_on <= day <= period.until:
        return True
    if day < period.starts_on:
        return period.is_first or day < period.starts_on - OVERLAP
    return period.is_last or day > period.until + OVERLAP


class Lessons:
    """Asks for lessons, and remembers those of the last classes and periods."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._kept: OrderedDict[tuple[str, str], dict[str, Lesson]] = OrderedDict()
        self._count = 0

    async def journal(self, group: Group, period: Period) -> Journal:
        """Ask for lessons with their works."""
        journal = Journal()
        path = f"/edu-groups/{group.id}/lessons/{interval(period)}"
        enter(journal, await self._run.api.list(path))
        self._keep((group.id, period.id), dict(journal.lessons))
        return journal

    async def known(self, group: Group, period: Period) -> Mapping[str, Lesson]:
        """Return the lessons without their works, asking only if they are no longer remembered."""
        kept = self._kept.get((group.id, period.id))
        return kept if kept is not None else (await self.journal(group, period)).lessons

    async def complete(self, journal: Journal, marks: Iterable[Raw]) -> None:
        """Ask for the lessons and works of marks that were not in the interval, many at once."""
        lessons, works = set(), set()
        for mark in marks:
            lesson, work = identifier(mark, "lesson"), identifier(mark, "work")
            if lesson is not None and lesson not in journal.lessons:
                lessons.add(lesson)
            if lesson is None and work is not None and work not in journal.works:
                works.add(work)
        enter(journal, await self.many("/lessons/many", lessons))
        for work_raw in await self.many("/works/many", works - journal.works.keys()):
            _enter_work(journal, work_raw)

    async def many(self, path: str, ids: Collection[str]) -> list[Raw]:
        """Return what a call for many answers; what is refused stays unknown and costs the others nothing."""
        wanted = sorted(each for each in ids if each.isdecimal())
        size = self._run.settings.spellings.many
        found: list[Raw] = []
        for start in range(0, len(wanted), size):
            found.extend(await self._halved(path, wanted[start : start + size]))
        return found

    async def _halved(self, path: str, ids: Sequence[str]) -> Sequence[Raw]:
        """Ask, and where one of the ids is refused ask for either half."""
        try:
            return await self._run.api.many(path, ids)
        except (ConnectorRecordRefused, ParameterInvalid):
            if len(ids) == 1:
                return ()
        middle = len(ids) // 2
        return [*await self._halved(path, ids[:middle]), *await self._halved(path, ids[middle:])]

    def _keep(self, key: tuple[str, str], lessons: dict[str, Lesson]) -> None:
        self._kept[key] = lessons
        self._count += len(lessons)
        while self._count > _KEPT and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._count -= len(dropped)


def enter(journal: Journal, lessons: Iterable[Raw]) -> None:
    """Take lessons with their works; one without an id cannot be referred to."""
    for raw in lessons:
        key = identifier(raw, "id")
        if key is None:
            continue
        lesson = _lesson(raw, journal)
        journal.lessons[key] = lesson
        for work in raw.get("works") or ():
            if isinstance(work, Mapping):
                _enter_work(journal, work)


def _lesson(raw: Raw, journal: Journal) -> Lesson:
    subject = raw.get("subject")
    subject_id = None
    if isinstance(subject, Mapping):
        subject_id = identifier(subject, "id")
        if subject_id is not None:
            journal.subjects[as_identifier(subject.get("id")) or ""] = subject_id
            journal.names[subject_id] = _text(subject.get("name"))
    day, number, title = raw.get("date"), raw.get("number"), raw.get("title")
    return Lesson(
        day=day_of(day) if isinstance(day, str) else None,
        number=number if isinstance(number, int) else None,
        subject=subject_id or as_identifier(raw.get("subjectId")),
        group=identifier(raw, "group"),
        teachers=tuple(Loose({"t": raw.get("teachers"), "t_str": raw.get("teachers_str")}).ids("t")),
        title=title if isinstance(title, str) else "",
    )


def _enter_work(journal: Journal, raw: Raw) -> None:
    key = identifier(raw, "id")
    if key is None:
        return
    text = raw.get("text")
    number, period_type = raw.get("periodNumber"), raw.get("periodType")
    journal.works[key] = Work(
        kind=_text(raw.get("type")),
        lesson=identifier(raw, "lesson"),
        subject=as_identifier(raw.get("subjectId")),
        group=identifier(raw, "eduGroup"),
        period=(number if isinstance(number, int) else None, _text(period_type)),
        text=text if isinstance(text, str) else "",
    )


def _text(value: Any) -> str:  # noqa: ANN401 (what another system says)
    return value if isinstance(value, str) else ""


def sorted_teachers(lessons: Iterable[Lesson]) -> Sequence[tuple[str, str]]:
    """Return the pairs of teacher and subject of some lessons."""
    return sorted({(teacher, lesson.subject or "") for lesson in lessons for teacher in lesson.teachers})
