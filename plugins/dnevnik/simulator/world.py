"""The invented schools: who learns and teaches where. The same seed and size give the same world."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from plugins.dnevnik.simulator.calendar import SENIOR

SCHOOL_IDS = 1_000_000_000_001
PERSON_IDS = 1_000_100_000_001
USER_OFFSET = 500_000_000_000
GROUP_IDS = 1_800_000_000_000_000_001
SUBJECT_IDS = 1_310_000_000_000_000_001
SPLIT_SUBJECT = "Иностранный язык"
"""Learnt in subgroups, which have lessons of their own."""

_SUBJECTS = (
    "Алгебра", "Русский язык", "Литература", "История", "Физика", "Химия", "Биология", "География", "Информатика",
    "Музыка", "Труд", "Обществознание", "Геометрия", "Физическая культура",
)  # fmt: skip
_AREA = "Предметная область"
_FAMILIES = ("Тестов", "Образцов", "Шаблонов", "Примеров", "Макетов", "Черновиков", "Набросков", "Эскизов")
_MEN = ("Альфа", "Бета", "Гамма", "Дельта", "Эпсилон", "Дзета")
_WOMEN = ("Вега", "Лира", "Сигма", "Омега", "Йота", "Каппа")
_FATHERS = ("Примеров", "Макетов", "Тестов", "Образцов")
_LETTERS = "АБВГДЕЖЗИК"
_FIRST_PARALLEL = 5
_PARALLELS = 7
_IN_CLASS = 25
_MANY_SUBJECTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large each of the schools is."""

    schools: int = 2
    classes: int = 2
    learners: int = 6
    """In each class."""
    subjects: int = 3
    lessons: int = 4
    """Of each subject in each reporting period."""
    density: float = 0.5
    """Share of the class that gets a mark in a lesson."""
    subgroups: bool = True
    """Whether each class learns one more subject in two subgroups."""

    @classmethod
    def of_marks(cls, marks: int, *, learners: int = 1000, subgroups: bool = False) -> "Size":
        """Return a size whose first school gets about so many marks in a whole year, in classes of 25."""
        classes = max(1, learners // _IN_CLASS)
        periods = sum(2 if _parallel(number) >= SENIOR else 4 for number in range(classes))
        places = periods * _IN_CLASS * _MANY_SUBJECTS
        lessons = max(1, round(marks / (places * 0.5)))
        return cls(
            classes=classes,
            learners=_IN_CLASS,
            subjects=_MANY_SUBJECTS,
            lessons=lessons,
            density=min(1.0, marks / (places * lessons)),
            subgroups=subgroups,
        )


@dataclass(slots=True)
class Human:
    """A person; the account is another thing."""

    id: int
    family: str
    given: str
    patronymic: str
    female: bool
    has_account: bool = True
    only_short: bool = False

    @property
    def user(self) -> int | None:
        """The account."""
        return self.id + USER_OFFSET if self.has_account else None

    @property
    def short(self) -> str:
        """Given name and the first letter of the family name."""
        return f"{self.given} {self.family[:1]}."


@dataclass(slots=True)
class Member:
    """A learner in a group."""

    human: Human
    status: str = "Active"


@dataclass(slots=True)
class Group:
    """A class or a subgroup of one study year."""

    id: int
    serial: int
    """Unique; stands in the ids of lessons, works and marks."""
    school: int
    """Index of the school."""
    name: str
    parallel: int
    year: int
    parent: "Group | None" = None
    status: str = "Active"
    members: list[Member] = field(default_factory=list)
    subgroups: "list[Group]" = field(default_factory=list)
    graded: tuple[int, ...] = ()
    """Whose marks stand in the journal: those who were there in the beginning, wherever they move."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of one school."""

    id: int
    name: str
    area: str = _AREA


@dataclass(slots=True)
class School:
    """A school with its people."""

    index: int
    id: int
    name: str
    subjects: tuple[Subject, ...]
    split: Subject
    staff: list[Human] = field(default_factory=list)
    classes: list[Group] = field(default_factory=list)
    past: list[Group] = field(default_factory=list)
    """Archived classes of the year before."""
    guardians: dict[int, Human] = field(default_factory=dict)
    """By the person id of the learner."""

    @property
    def groups(self) -> list[Group]:
        """Classes and subgroups of this year."""
        return [group for each in self.classes for group in (each, *each.subgroups)]


class World:
    """Every school of the simulated platform."""

    def __init__(self, *, seed: int, size: Size, year: int) -> None:
        self.seed = seed
        self.size = size
        self.year = year
        self._random = random.Random(seed)  # noqa: S311 (the same seed must give the same schools)
        self.schools = [self._school(index) for index in range(size.schools)]
        for group in self.groups.values():
            group.graded = tuple(member.human.id for member in group.members)

    @cached_property
    def groups(self) -> dict[int, Group]:
        """Every group by its id."""
        return {group.id: group for school in self.schools for group in (*school.groups, *school.past)}

    @cached_property
    def by_serial(self) -> dict[int, Group]:
        """Every group by the number in the ids of its lessons."""
        return {group.serial: group for group in self.groups.values()}

    @cached_property
    def humans(self) -> dict[int, Human]:
        """Everybody by person id."""
        return {human.id: human for school in self.schools for human in _everybody(school)}

    def school_of(self, person: int) -> School | None:
        """Return the school of a person."""
        index = (person - PERSON_IDS) // 1_000_000_000
        return self.schools[index] if 0 <= index < len(self.schools) and person in self.humans else None

    def _school(self, index: int) -> School:
        subjects = tuple(
            Subject(SUBJECT_IDS + index * 1000 + number, self._subject_name(number))
            for number in range(self.size.subjects)
        )
        split = Subject(SUBJECT_IDS + index * 1000 + 999, SPLIT_SUBJECT)
        name = f"Тестовая школа № {index}"
        school = School(index=index, id=SCHOOL_IDS + index, name=name, subjects=subjects, split=split)
        school.staff = [self._human(index, 900_000 + number) for number in range(self.size.subjects + 3)]
        for number in range(self.size.classes):
            school.classes.append(self._class(school, number))
        if index == 0:
            _add_peculiarities(school.classes[0])
        for number, group in enumerate(school.classes):
            school.past.append(_past_of(group, number))
        return school

    @staticmethod
    def _subject_name(number: int) -> str:
        return _SUBJECTS[number] if number < len(_SUBJECTS) else f"{_SUBJECTS[number % len(_SUBJECTS)]} {number}"

    def _class(self, school: School, number: int) -> Group:
        parallel = _parallel(number)
        line = number // _PARALLELS
        letter = _LETTERS[line] if line < len(_LETTERS) else f"{_LETTERS[line % len(_LETTERS)]}{line}"
        group = _group(school.index, number * 10, f"{parallel}-{letter}", parallel, self.year)
        for place in range(self.size.learners):
            human = self._human(school.index, number * self.size.learners + place)
            group.members.append(Member(human))
            mother = self._human(school.index, 500_000 + number * self.size.learners + place, female=True)
            mother.family = human.family if human.female else f"{human.family}а"
            school.guardians[human.id] = mother
        if self.size.subgroups:
            for half in range(2):
                name = f"{group.name} иностр. {half + 1}"
                part = _group(school.index, number * 10 + half + 1, name, parallel, self.year)
                part.parent = group
                part.members = [Member(member.human) for member in group.members[half::2]]
                group.subgroups.append(part)
        return group

    def _human(self, school: int, number: int, *, female: bool | None = None) -> Human:
        woman = self._random.random() < 0.5 if female is None else female  # noqa: PLR2004 (half of them)
        ending, fathers = ("а", "на") if woman else ("", "ич")
        return Human(
            id=PERSON_IDS + school * 1_000_000_000 + number,
            family=self._random.choice(_FAMILIES) + ending,
            given=self._random.choice(_WOMEN if woman else _MEN),
            patronymic=self._random.choice(_FATHERS) + fathers,
            female=woman,
        )


def _parallel(number: int) -> int:
    """Return the year of study of a class by its number in the school."""
    return _FIRST_PARALLEL + number % _PARALLELS


def _group(school: int, number: int, name: str, parallel: int, year: int) -> Group:
    serial = year % 100 * 100_000 + school * 20_000 + number
    return Group(
        id=GROUP_IDS + serial * 1_000_001, serial=serial, school=school, name=name, parallel=parallel, year=year
    )


def _past_of(group: Group, number: int) -> Group:
    """The class as it was a year before, under another id."""
    parallel = group.parallel - 1
    past = _group(group.school, number * 10, f"{parallel}-{group.name.partition('-')[2]}", parallel, group.year - 1)
    past.status = "Archive"
    past.members = [Member(member.human, "Archive") for member in group.members]
    return past


def _add_peculiarities(group: Group) -> None:
    """A pupil without an account, one with a short name only, one who left."""
    for place, member in enumerate(group.members[1:4], start=1):
        member.human.has_account = place != 1
        member.human.only_short = place == 2  # noqa: PLR2004 (the third of the class)
        member.status = "Archive" if place == 3 else "Active"  # noqa: PLR2004 (the fourth)


def _everybody(school: School) -> Iterator[Human]:
    yield from school.staff
    yield from school.guardians.values()
    for group in school.classes:
        for member in group.members:
            yield member.human
