"""What stands in the journal of one group in one reporting period: lessons, works, marks, absences, homework.

Built on demand from the seed and forgotten when many were built since, so that a platform of any size fits into memory.
The ids of lessons, works and marks say to which group and period they belong.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from plugins.dnevnik.simulator.calendar import YEAR_END, Period, workdays
from plugins.dnevnik.simulator.world import Group, School, Subject, World

BASE = 2_300_000_000_000_000_001
LESSON, WORK, MARK, HOMEWORK, FINAL_WORK, FINAL_MARK = range(1, 7)
FILE_IDS = 1_000_000_000_001
"""Files have shorter ids, as accounts and persons have."""
ORDINARY_TYPE = 1_100_000_000_000_000_041
TEST_TYPE = ORDINARY_TYPE + 1
PERIOD_TYPE = ORDINARY_TYPE + 2
YEAR_TYPE = ORDINARY_TYPE + 3
EXAM_TYPE = ORDINARY_TYPE + 4

_GROUP_ROOM = 100_000_000
_PERIOD_ROOM = 10_000_000
_KIND_ROOM = 1_000_000
_FILES_ROOM = 100_000
_RARE = {7: ("mark5", "4-"), 19: ("markna", "Н/А"), 31: ("test", "зач"), 43: ("markdismiss", "Осв")}
"""Every so many marks one is of this kind."""
_LATE_EVERY = 10
_ABSENCES_EVERY = 3
_STATUSES = ("Absent", "Ill", "Late", "Pass")
_HOMEWORK_EVERY = 4
_EXAM_PARALLELS = (9, 11)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson."""

    id: int
    day: date
    number: int
    subject: Subject
    group: Group
    teacher: int
    title: str
    period: Period


@dataclass(frozen=True, slots=True)
class Work:
    """A work, of a lesson or final."""

    id: int
    kind: str
    type: int
    lesson: Lesson | None
    subject: Subject
    group: Group
    period: Period | None
    day: date
    creator: int
    text: str = ""
    file: int | None = None


@dataclass(slots=True)
class Mark:
    """A mark; `moment` is when it was given."""

    id: int
    person: int
    scale: str
    value: str
    work: Work
    number: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """A line of the register; it has no id of its own."""

    lesson: Lesson
    person: int
    status: str


def locate(identifier: int) -> tuple[int, int, int]:
    """Return serial number of the group, index of the period, and kind of thing of an id."""
    offset = identifier - BASE
    return offset // _GROUP_ROOM, offset // _PERIOD_ROOM % 10, offset // _KIND_ROOM % 10


def locate_file(identifier: int) -> tuple[int, int]:
    """Return serial number of the group and index of the period of a file's id."""
    offset = identifier - FILE_IDS
    return offset // _FILES_ROOM, offset * 10 // _FILES_ROOM % 10


class Journal:
    """One group in one reporting period."""

    def __init__(self, world: World, group: Group, period: Period) -> None:
        self.school = world.schools[group.school]
        self.group = group
        self.period = period
        self._size = world.size
        self._random = random.Random(f"{world.seed}/{group.serial}/{period.index}")  # noqa: S311 (the same every time)
        self.lessons = sorted(self._make_lessons(), key=lambda lesson: (lesson.day, lesson.number, lesson.id))
        self._days = [lesson.day for lesson in self.lessons]
        self.works = {lesson.id: self._work(number, lesson) for number, lesson in enumerate(self.lessons)}
        self.homework = [self._homework(lesson) for lesson in self.lessons[::_HOMEWORK_EVERY]]
        self.marks = list(self._make_marks())

    def between(self, first: date, last: date) -> list[Lesson]:
        """Return the lessons from one day to another, both included."""
        return self.lessons[bisect_left(self._days, first) : bisect_right(self._days, last)]

    @cached_property
    def marks_by_lesson(self) -> Mapping[int, list[Mark]]:
        """The marks of each lesson."""
        found: dict[int, list[Mark]] = {lesson.id: [] for lesson in self.lessons}
        for mark in self.marks:
            if mark.work.lesson is not None:
                found[mark.work.lesson.id].append(mark)
        return found

    @cached_property
    def absences(self) -> list[Absence]:
        """Who was not there."""
        people = self.group.graded
        return [
            Absence(lesson, people[number % len(people)], _STATUSES[number % len(_STATUSES)])
            for number, lesson in enumerate(self.lessons)
            if number % _ABSENCES_EVERY == 0
        ]

    def _subjects(self) -> Iterable[Subject]:
        return (self.school.split,) if self.group.parent else self.school.subjects

    def _make_lessons(self) -> Iterator[Lesson]:
        days = workdays(self.period.start, self.period.finish)
        number = 0
        for place, subject in enumerate(self._subjects()):
            teacher = self.school.staff[place % len(self.school.staff)].id
            for turn in range(self._size.lessons):
                day = days[min(len(days) - 1, turn * len(days) // self._size.lessons + place % 3)]
                title = f"Учебная тема {turn + 1}"
                identifier = self._id(LESSON, number)
                yield Lesson(identifier, day, place % 7 + 1, subject, self.group, teacher, title, self.period)
                number += 1

    def _work(self, number: int, lesson: Lesson) -> Work:
        ordinary = number % 5 != 4  # noqa: PLR2004 (every fifth is a test)
        kind, work_type = ("CommonWork", ORDINARY_TYPE) if ordinary else ("LessonTestWork", TEST_TYPE)
        return Work(
            id=self._id(WORK, number),
            kind=kind,
            type=work_type,
            lesson=lesson,
            subject=lesson.subject,
            group=self.group,
            period=self.period,
            day=lesson.day,
            creator=lesson.teacher,
        )

    def _homework(self, lesson: Lesson) -> Work:
        number = self.lessons.index(lesson)
        return Work(
            id=self._id(HOMEWORK, number),
            kind="Homework",
            type=ORDINARY_TYPE,
            lesson=lesson,
            subject=lesson.subject,
            group=self.group,
            period=self.period,
            day=lesson.day + timedelta(days=3),
            creator=lesson.teacher,
            text=f"№ {number + 101} (учебный пример)",
            file=FILE_IDS + self.group.serial * _FILES_ROOM + self.period.index * _FILES_ROOM // 10 + number,
        )

    def _make_marks(self) -> Iterator[Mark]:
        people = self.group.graded
        share = max(1, round(len(people) * self._size.density))
        number = 0
        for place, lesson in enumerate(self.lessons):
            work = self.works[lesson.id]
            days_later = 7 if place % _LATE_EVERY == 0 else 0
            moment = datetime.combine(lesson.day + timedelta(days=days_later), time(10, 42, 7, 123_000))
            for turn in range(share):
                number += 1
                scale, value = _RARE.get(number % 47, ("mark5", ""))
                person = people[(place + turn) % len(people)]
                text = value or str(self._random.randint(2, 5))
                yield Mark(self._id(MARK, number), person, scale, text, work, 1, moment)

    def _id(self, kind: int, number: int) -> int:
        return make_id(self.group, self.period.index, kind, number)


def make_id(group: Group, period: int, kind: int, number: int) -> int:
    """Return an id that says where it belongs."""
    return BASE + group.serial * _GROUP_ROOM + period * _PERIOD_ROOM + kind * _KIND_ROOM + number


def final_marks(school: School, group: Group, period: Period | None, day: date, seed: int) -> Iterator[Mark]:
    """Return the final marks of a reporting period, or (`None`) of the year and its examinations, given on `day`."""
    place = YEAR_END if period is None else period.index
    chance = random.Random(f"{seed}/{group.serial}/{place}/final")  # noqa: S311 (the same every time)
    kinds = [("PeriodMark", PERIOD_TYPE, "")]
    if period is None:
        kinds = [("YearMark", YEAR_TYPE, "")]
        kinds += [("ExamMark", EXAM_TYPE, "")] if group.parallel in _EXAM_PARALLELS else []
    moment = datetime.combine(day, time(12))
    number = 0
    for subject in school.subjects:
        for kind, work_type, text in kinds:
            work_id = make_id(group, place, FINAL_WORK, number)
            teacher = school.staff[0].id
            work = Work(work_id, kind, work_type, None, subject, group, period, day, teacher, text)
            for person in group.graded:
                mark_id = make_id(group, place, FINAL_MARK, number)
                number += 1
                yield Mark(mark_id, person, "mark5", str(chance.randint(3, 5)), work, 1, moment)
