"""Readers of the journal of a class in a reporting period: marks, who taught, who was absent."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.sdk.connectors import (
    AttendanceData,
    EnrolmentData,
    Message,
    Problem,
    Progress,
    ReadRequest,
    Record,
    ResultData,
    make_record,
)
from plugins.dnevnik.fields import Loose, Raw, as_identifier, day_of, identifier, objects
from plugins.dnevnik.lessons import Journal, Lesson, Lessons, Work, interval, owns, sorted_teachers
from plugins.dnevnik.reading import ReaderByPeriod, Run, strangers
from plugins.dnevnik.school import Group, Period, Roster, School

_BREATH = 250
"""Records between two moments in which others may work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the marks of one part are held against."""

    group: Group
    period: Period
    periods: Mapping[tuple[int | None, str], str]
    """Ids of the class's reporting periods by number and type."""
    roster: Roster
    apart: frozenset[str]
    """Groups whose journals are read by themselves, by id and by number."""
    staff: frozenset[str]
    kinds: Mapping[str, str]
    """Names of types of works by number."""
    by_grading: bool
    final_types: frozenset[str]


class _ByLesson(ReaderByPeriod):
    def __init__(self, run: Run, lessons: Lessons) -> None:
        super().__init__(run)
        self.lessons = lessons

    async def frame(self, request: ReadRequest) -> tuple[School, Frame]:
        """Return what the part is about."""
        school, group, period = await self.run.frame(request.partition)
        spellings = self.run.settings.spellings
        past = any(group.id == each.id for each in school.known_past())
        return school, Frame(
            group=group,
            period=period,
            periods={(each.number, each.kind): each.id for each in await school.periods(group)},
            roster=await school.roster(past=past),
            apart=await school.apart(),
            staff=await school.staff_ids(),
            kinds=await school.names_of_work_types(),
            by_grading=spellings.marks_by == "grading",
            final_types=frozenset(spellings.final_work_types),
        )


class Results(_ByLesson):
    """Marks, joined with their lessons and works."""

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the marks of the class in the period, and say how many belong to nobody of the school."""
        school, frame = await self.frame(request)
        path = f"/edu-groups/{frame.group.id}/marks/{interval(frame.period)}"
        marks = await self.run.api.list(path)
        yield Progress(0, len(marks))
        journal = await self.lessons.journal(frame.group, frame.period)
        await self.lessons.complete(journal, marks)
        unknown = set()
        for number, mark in enumerate(marks, start=1):
            person = identifier(mark, "person")
            if person is not None and person not in frame.roster.people:
                unknown.add(person)
                continue
            message = result_of(mark, person, journal, frame)
            if message is not None:
                yield message
            if number % _BREATH == 0:
                yield Progress(number, len(marks))
                await asyncio.sleep(0)
        for problem in strangers(request.partition.key, len(unknown), frame.roster):
            yield problem
        del school


def result_of(mark: Raw, person: str | None, journal: Journal, frame: Frame) -> Message | None:
    """Return the record of a mark; `None` if another part brings it, or the final marks do."""
    lesson_id = identifier(mark, "lesson")
    work = journal.works.get(identifier(mark, "work") or "")
    lesson = journal.lessons.get(lesson_id or "")
    if lesson_id is None and work is not None and work.kind in frame.final_types:
        return None
    graded = _day(mark.get("date"))
    day = lesson.day if lesson else None
    told = graded if frame.by_grading or day is None else day
    if not owns(frame.period, told if isinstance(told, date) else None):
        return None
    group = _group_of(work, lesson, frame)
    if group is None:
        return None
    return make_record(
        identifier(mark, "id"),
        ResultData,
        {
            "learner": person,
            "subject": lesson.subject if lesson else journal.subjects.get(work.subject or "") if work else None,
            "group": group,
            "period": frame.periods.get(work.period, frame.period.id) if work else frame.period.id,
            "teacher": next((each for each in lesson.teachers if each in frame.staff), None) if lesson else None,
            "value": mark_value(mark),
            "scale": mark.get("type") or "",
            "result_kind": frame.kinds.get(as_identifier(mark.get("workType")) or "") or (work.kind if work else ""),
            "title": (lesson.title if lesson else work.text if work else "")[:500],
            "held_on": day,
            "graded_on": graded,
        },
        raw=mark,
    )


def mark_value(mark: Raw) -> object:
    """Return the value as text, whatever it looks like; what is none is left to the check of the record."""
    value = mark.get("value")
    if value is None or value == "":
        value = mark.get("textValue")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value or None


def _group_of(work: Work | None, lesson: Lesson | None, frame: Frame) -> str | None:
    """Return the group of a mark; `None` if the journal of that group is read by itself."""
    named = (work.group if work else None) or (lesson.group if lesson else None)
    if named is None or named in {frame.group.id, str(frame.group.number)}:
        return frame.group.id
    return None if named in frame.apart else frame.group.id


def _day(value: Any) -> date | str | None:  # noqa: ANN401 (what another system says)
    """Return a day; what is none is left to the check of the record."""
    return (day_of(value) or value) if isinstance(value, str) and value else None


class Teaching(_ByLesson):
    """Who taught which subject in a class and a reporting period, as its lessons say: also in summer."""

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield each pair of teacher and subject once."""
        school, frame = await self.frame(request)
        period, group = frame.period, frame.group
        lessons = (await self.lessons.known(group, period)).values()
        mine = [each for each in lessons if owns(period, each.day) and _group_of(None, each, frame) is not None]
        for teacher, subject in sorted_teachers(mine):
            if teacher in frame.staff:
                fields = {
                    "group": group.id,
                    "staff": teacher,
                    "role": "teacher",
                    "subject": subject or None,
                    "starts_on": period.starts_on,
                    "ends_on": period.ends_on,
                }
                key = f"{group.id}:{period.id}:{teacher}:{subject}"
                yield make_record(key, EnrolmentData, fields, raw={})
        del school


class Attendance(_ByLesson):
    """Lines of the register; they have no ids of their own, so lesson and learner are their key."""

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the lines of the class in the period."""
        _, frame = await self.frame(request)
        journal = Journal(lessons=dict(await self.lessons.known(frame.group, frame.period)))
        lines = await self._lines(frame, journal)
        await self.lessons.complete(journal, lines)
        unknown = set()
        for number, line in enumerate(lines, start=1):
            person = identifier(line, "person")
            if person is not None and person not in frame.roster.people:
                unknown.add(person)
                continue
            message = _attendance(line, person, journal, frame)
            if message is not None:
                yield message
            if number % _BREATH == 0:
                yield Progress(number, len(lines))
                await asyncio.sleep(0)
        for problem in strangers(request.partition.key, len(unknown), frame.roster):
            yield problem

    async def _lines(self, frame: Frame, journal: Journal) -> Sequence[Raw]:
        if self.run.settings.spellings.attendance == "group":
            first, last = interval(frame.period).split("/")
            path = f"/lesson-log-entries/group/{frame.group.id}"
            return await self.run.api.list(path, (("subject", ""), ("from", first), ("to", last)))
        found: list[Raw] = []
        ids = sorted(journal.lessons)
        size = self.run.settings.spellings.many
        for start in range(0, len(ids), size):
            params = [("lessons", each) for each in ids[start : start + size]]
            found.extend(objects(await self.run.api.get("/lesson-log-entries", params), "lesson-log-entries"))
        return found


def _attendance(line: Raw, person: str | None, journal: Journal, frame: Frame) -> Record | Problem | None:
    lesson_id = identifier(line, "lesson")
    lesson = journal.lessons.get(lesson_id or "")
    if lesson and not (owns(frame.period, lesson.day) and _group_of(None, lesson, frame)):
        return None
    entry = Loose(line)
    fields = {
        "learner": person,
        "subject": lesson.subject if lesson else None,
        "group": frame.group.id,
        "period": frame.period.id,
        "lesson_on": lesson.day if lesson else None,
        "lesson_number": lesson.number if lesson else None,
        "status": entry.get("status"),
        "comment": entry.text("comment"),
    }
    key = f"{lesson_id}:{person}" if lesson_id and person else None
    return make_record(key, AttendanceData, fields, raw=line)
