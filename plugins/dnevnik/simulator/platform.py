"""The simulated platform: its schools, what its journals say now, and how it misbehaves."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from core.devkit.faults import Faults
from plugins.dnevnik.simulator import shapes
from plugins.dnevnik.simulator.calendar import Period, periods_of, study_year
from plugins.dnevnik.simulator.forms import Forms
from plugins.dnevnik.simulator.journal import Journal, Mark, Work, final_marks, locate, locate_file
from plugins.dnevnik.simulator.refusals import Refused
from plugins.dnevnik.simulator.sign_in import SignIn
from plugins.dnevnik.simulator.world import Group, Human, Member, School, Size, World

PLATFORM = "dnevnik.platform"
"""Where routes find the platform in the scope of a request."""

_KEPT_MARKS = 150_000
"""Marks whose pages are remembered; about 150 MB."""
_LONGEST_DELAY = timedelta(days=8)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_FOREIGN_MARK = 900_000

Row: TypeAlias = tuple[date, date, bytes]
"""Day of the lesson, day of grading, the object as JSON."""


@dataclass(slots=True)
class _Page:
    journal: Journal
    lessons: list[Row]
    marks: list[Row]


class Platform:
    """Everything behind the routes. `now` is local wall time without a zone and may be set forward."""

    def __init__(self, *, seed: int = 1, size: Size | None = None, now: datetime, faults: Faults | None = None) -> None:
        self.now = now
        self.address = "http://127.0.0.1:8601"
        """Scheme and host of this platform, for addresses of files."""
        self.forms = Forms()
        self.faults = faults or Faults()
        self.world = World(seed=seed, size=size or Size(), year=study_year(now.date()))
        self.sign_in = SignIn(lambda: self.now, self.forms, lambda account: self.administrator(account).user or 0)
        self._pages: OrderedDict[tuple[int, int], _Page] = OrderedDict()
        self._changes: dict[int, str | None] = {}
        self._nameless: set[int] = set()
        self._groups_by_person: dict[int, list[Group]] = {}
        self.misplaced: dict[int, str] = {}
        """Scheme and host of single files that lie elsewhere."""

    def administrator(self, account: int) -> Human:
        """Return who has signed in: the first of the staff of each school is its administrator."""
        return self.world.schools[account].staff[0]

    def lose_id(self, mark: int) -> None:
        """Let a mark come without its id."""
        self._nameless.add(mark)
        self._pages.clear()

    def undo(self) -> None:
        """Take back every change of marks; forms and rights are as they were made."""
        self._changes.clear()
        self._nameless.clear()
        self.misplaced.clear()
        self._pages.clear()
        self.sign_in.denied.clear()
        self.sign_in.is_open = True
        for name, value in asdict(Forms()).items():
            setattr(self.forms, name, value)

    def change_mark(self, mark: int, value: str | None) -> None:
        """Give a mark another value, or (`None`) take it out of the journal."""
        self._changes[mark] = value
        serial, index, _ = locate(mark)
        self._pages.pop((serial, index), None)

    def move(self, person: int, origin: Group, target: Group) -> None:
        """Let a learner change class: archived here, active there; earlier marks stay where they are."""
        member = next(member for member in origin.members if member.human.id == person)
        member.status = "Archive"
        target.members.append(Member(member.human))
        self._groups_by_person.clear()
        self._pages.clear()

    def groups_of(self, person: int) -> list[Group]:
        """Return the groups that a learner is and was in, those of past years first."""
        if not self._groups_by_person:
            for school in self.world.schools:
                for group in (*school.past, *school.groups):
                    for member in group.members:
                        self._groups_by_person.setdefault(member.human.id, []).append(group)
        return self._groups_by_person.get(person, [])

    def periods(self, group: Group) -> tuple[Period, ...]:
        """Return the reporting periods of a group's year."""
        return periods_of(group.year, group.school, group.parallel)

    def journal(self, group: Group, period: Period) -> Journal:
        """Return what the journal of a group says in a period."""
        return self._page(group, period).journal

    def journal_of(self, identifier: int) -> Journal:
        """Return the journal in which a lesson, work or mark stands; raise `Refused` if there is none."""
        serial, index, _ = locate(identifier)
        return self._journal_at(serial, index)

    def homework_with(self, file: int) -> Work:
        """Return the homework that a file was given with; raise `Refused` if there is none."""
        works = self._journal_at(*locate_file(file)).homework
        found = next((work for work in works if work.file == file), None)
        if found is None:
            raise Refused("resourceUnavailable")
        return found

    def _journal_at(self, serial: int, index: int) -> Journal:
        group = self.world.by_serial.get(serial)
        if group is None or index >= len(self.periods(group)):
            raise Refused("resourceUnavailable")
        return self.journal(group, self.periods(group)[index])

    def lesson_rows(self, group: Group, first: date, last: date) -> Iterator[bytes]:
        """Return the lessons of an interval as JSON."""
        for page in self._overlapping(group, first, last):
            yield from (encoded for day, _, encoded in page.lessons if first <= day <= last)

    def mark_rows(self, group: Group, first: date, last: date) -> Iterator[bytes]:
        """Return the marks of an interval that were given up to now, as JSON."""
        today = self.now.date()
        by_grading = self.forms.marks_by == "grading"
        for page in self._overlapping(group, first - _LONGEST_DELAY if by_grading else first, last):
            for day, graded, encoded in page.marks:
                if first <= (graded if by_grading else day) <= last and graded <= today:
                    yield encoded
        yield from (encode(shapes.mark(mark)) for mark in self._strange_marks(group, first, last))

    def journals(self, group: Group, first: date, last: date) -> list[Journal]:
        """Return the journals of the periods that touch an interval."""
        return [page.journal for page in self._overlapping(group, first, last)]

    def final(self, group: Group) -> Iterator[tuple[Period | None, list[Mark]]]:
        """Return the final marks of the periods that have ended, and of the year when it has."""
        if group.parent is not None:
            return
        school, seed = self.world.schools[group.school], self.world.seed
        periods = self.periods(group)
        for period in (*periods, None):
            day = periods[-1].finish if period is None else period.finish
            if day < self.now.date():
                marks = (self._changed(mark) for mark in final_marks(school, group, period, day, seed))
                yield period, [mark for mark in marks if mark is not None]

    def works_of(self, journal: Journal, lesson: int) -> list[Work]:
        """Return the works of a lesson."""
        return [journal.works[lesson]]

    def interval(self, first: str, last: str) -> tuple[date, date]:
        """Read both ends; raise `Refused` for what is no day."""
        end = parse_day(last)
        return parse_day(first), end if self.forms.interval_end == "inclusive" else end - timedelta(days=1)

    def stranger(self, group: Group) -> Human | None:
        """Return a learner of another school, if the platform mixes schools up now."""
        others: list[School] = [school for school in self.world.schools if school.index != group.school]
        return others[0].classes[0].members[0].human if others and self.forms.foreign_pupils else None

    def _overlapping(self, group: Group, first: date, last: date) -> Iterator[_Page]:
        groups = [group, *group.subgroups] if self.forms.subgroup_marks_in_class else [group]
        for one in groups:
            for period in self.periods(one):
                if period.start <= last and period.finish >= first:
                    yield self._page(one, period)

    def _page(self, group: Group, period: Period) -> _Page:
        key = (group.serial, period.index)
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = self._build(group, period)
            if sum(len(kept.marks) for kept in self._pages.values()) > _KEPT_MARKS:
                self._pages.popitem(last=False)
        return page

    def _build(self, group: Group, period: Period) -> _Page:
        journal = Journal(self.world, group, period)
        changed = (self._changed(mark) for mark in journal.marks)
        journal.marks = [mark for mark in changed if mark is not None]
        lessons = [
            (lesson.day, lesson.day, encode(shapes.lesson(lesson, self.works_of(journal, lesson.id))))
            for lesson in journal.lessons
        ]
        marks = [
            (mark.work.lesson.day if mark.work.lesson else mark.work.day, mark.moment.date(), self._encode_mark(mark))
            for mark in journal.marks
        ]
        return _Page(journal, lessons, marks)

    def _encode_mark(self, mark: Mark) -> bytes:
        if mark.id not in self._nameless:
            return _encode_mark(mark)
        said = shapes.mark(mark)
        return encode({name: value for name, value in said.items() if name not in {"id", "id_str"}})

    def _changed(self, mark: Mark) -> Mark | None:
        if mark.id not in self._changes:
            return mark
        value = self._changes[mark.id]
        return None if value is None else replace(mark, value=value)

    def _strange_marks(self, group: Group, first: date, last: date) -> Iterator[Mark]:
        if self.forms.final_marks_among_marks:
            for _, marks in self.final(group):
                yield from (mark for mark in marks if first <= mark.moment.date() <= last)
        stranger = self.stranger(group)
        journals = self.journals(group, first, last) if stranger else []
        if stranger and journals and journals[0].marks:
            mark = journals[0].marks[0]
            yield replace(mark, id=mark.id + _FOREIGN_MARK, person=stranger.id)


def parse_day(text: str) -> date:
    """Read a day, with or without time, padded or not; raise `Refused` for anything else."""
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else date.fromisoformat(text)
    except ValueError as error:
        raise Refused("parameterInvalid", "from") from error


def encode(value: object) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


_MARK = (
    '{"id":%d,"id_str":"%d","type":"%s","value":"%s","textValue":"%s","person":%d,"person_str":"%d","work":%d,'
    '"work_str":"%d","lesson":%d,"lesson_str":"%d","number":%d,"date":"%s","workType":%d,"mood":"%s","use_avg_calc":%s}'
)


def _encode_mark(mark: Mark) -> bytes:
    """The same bytes as `encode(shapes.mark(mark))`, for which a hundred thousand marks have no time."""
    lesson = mark.work.lesson
    if lesson is None or '"' in mark.value or "\\" in mark.value:
        return encode(shapes.mark(mark))
    ids = (mark.id, mark.id, mark.scale, mark.value, mark.value, mark.person, mark.person)
    places = (mark.work.id, mark.work.id, lesson.id, lesson.id, mark.number, shapes.moment(mark.moment))
    rest = (mark.work.type, shapes.mood(mark.value), "true" if mark.scale == "mark5" else "false")
    return (_MARK % (*ids, *places, *rest)).encode()
