"""The data of a simulated school; every person is invented."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Entry = dict[str, Any]
AT_FIRST = datetime(2025, 9, 1, 8, tzinfo=UTC)
EDITED = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
"""When the first change after the beginning is made; each further one a second later."""
SCHOOL = "ORG-1"

_FAMILY = ("Тестов", "Примеров", "Образцов", "Пробин", "Шаблонов", "Макетов", "Щукин-Ёлкин")
_GIVEN = ("Альфа", "Бета", "Гамма", "Дельта", "Эпсилон")
_PATRONYMIC = ("Примерович", "Образцович", "")
_COURSES = ("Математика", "Русский язык", "Физика")
_TERMS = (("T-1", "1 четверть", "2025-09-01", "2025-11-01"), ("T-2", "2 четверть", "2025-11-01", "2025-12-30"))


def moment(when: datetime) -> str:
    """Return a moment as OneRoster writes it."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to(kind: str, key: str) -> Entry:
    """Return a reference; the server adds its `href`."""
    return {"sourcedId": key, "type": kind}


@dataclass(slots=True)
class School:
    """Collections of objects in the shape of REST 1.1, and what was changed since the beginning."""

    collections: dict[str, dict[str, Entry]] = field(default_factory=dict)
    edits: int = 0
    touched: dict[tuple[str, str], None] = field(default_factory=dict)
    """Collection and identifier of what was changed: the content of a bundle of changes."""
    _before: dict[tuple[str, str], Entry] = field(default_factory=dict)

    @classmethod
    def small(cls, *, learners: int = 12, works: int = 4) -> "School":
        """Return a school of two classes, three courses and two terms; `works` for each course and class."""
        school = cls()
        school._plan()
        school._people(learners)
        school._teach(learners)
        school._grade(learners, works)
        return school

    def add(self, collection: str, key: str, **fields: object) -> None:
        """Add an object."""
        entry = {"sourcedId": key, "status": "active", "dateLastModified": moment(AT_FIRST), **fields}
        self.collections.setdefault(collection, {})[key] = entry

    def entries(self, collection: str) -> Iterator[Entry]:
        """Yield the objects of a collection."""
        yield from self.collections[collection].values()

    def edit(self, collection: str, key: str, **fields: object) -> None:
        """Change an object, and say so in its `dateLastModified`."""
        entry = self.collections[collection][key]
        self._before.setdefault((collection, key), dict(entry))
        self._stamp(collection, key, {**entry, **fields})

    def delete(self, collection: str, key: str) -> None:
        """Mark an object as to be deleted."""
        self.edit(collection, key, status="tobedeleted")

    def take_out(self, collection: str, key: str) -> None:
        """Let an object vanish without a word."""
        self._before.setdefault((collection, key), self.collections[collection].pop(key))

    def restore(self) -> None:
        """Make everything as it was at the beginning; what had been changed is changed once more."""
        for (collection, key), entry in self._before.items():
            self._stamp(collection, key, dict(entry))
        self._before.clear()

    def _stamp(self, collection: str, key: str, entry: Entry) -> None:
        entry["dateLastModified"] = moment(EDITED + timedelta(seconds=self.edits))
        self.edits += 1
        self.collections[collection][key] = entry
        self.touched[collection, key] = None

    def _plan(self) -> None:
        self.add("orgs", SCHOOL, name="Школа-образец № 0", type="school", identifier="0")
        self.add(
            "academicSessions",
            "Y-1",
            title="2025/2026 учебный год",
            type="schoolYear",
            startDate="2025-09-01",
            endDate="2026-06-01",
            schoolYear="2026",
        )
        for key, title, starts, ends in _TERMS:
            self.add(
                "academicSessions",
                key,
                title=title,
                type="term",
                startDate=starts,
                endDate=ends,
                schoolYear="2026",
                parent=to("academicSession", "Y-1"),
            )
        for number, title in enumerate(_COURSES, 1):
            self.add("courses", f"C-{number}", title=title, courseCode=f"C{number}", org=to("org", SCHOOL), subjects=[])
        self.add("categories", "K-1", title="Контрольная работа")
        self.add("categories", "K-2", title="Четвертная отметка")

    def _people(self, learners: int) -> None:
        for number in range(1, learners + 1):
            self._person(f"S-{number:03}", number, "student", agents=[to("user", f"G-{number:03}")])
            self.add("demographics", f"S-{number:03}", birthDate=f"2011-02-{number % 27 + 1:02}", sex="male")
            if number <= learners // 2:
                self._person(f"G-{number:03}", number, "parent", agents=[])
        for number in range(1, 4):
            self._person(f"E-{number:03}", number + 3, "teacher", agents=[])
        self._person("E-004", 8, "administrator", agents=[])

    def _person(self, key: str, number: int, role: str, **fields: object) -> None:
        # The last nine digits are the number itself: no СНИЛС is made this way.
        self.add(
            "users",
            key,
            enabledUser="true",
            username=key.lower(),
            userIds=[{"type": "SNILS", "identifier": f"000-000-{number:03} 00"}] if role == "student" else [],
            givenName=_GIVEN[number % len(_GIVEN)],
            familyName=_FAMILY[number % len(_FAMILY)],
            middleName=_PATRONYMIC[number % len(_PATRONYMIC)],
            role=role,
            identifier=f"№{key}",
            email=f"{key.lower()}@example.invalid",
            phone="",
            grades=["08"] if role == "student" else [],
            orgs=[to("org", SCHOOL)],
            password="never to be stored",  # noqa: S106 - what some systems send
            **fields,
        )

    def _teach(self, learners: int) -> None:
        for letter in "АБ":
            self._class(f"H-{letter}", f"8{letter}", "homeroom", "C-1")
            for number in range(1, len(_COURSES) + 1):
                self._class(f"L-{letter}{number}", f"8{letter} {_COURSES[number - 1]}", "scheduled", f"C-{number}")
                self._enrol(f"L-{letter}{number}", f"E-{number:03}", "teacher")
        for number in range(1, learners + 1):
            self._enrol(f"H-{self._letter(number)}", f"S-{number:03}", "student")

    @staticmethod
    def _letter(number: int) -> str:
        return "АБ"[number % 2]

    def _class(self, key: str, title: str, kind: str, course: str) -> None:
        self.add(
            "classes",
            key,
            title=title,
            classCode=key,
            classType=kind,
            grades=["08"],
            course=to("course", course),
            school=to("org", SCHOOL),
            terms=[to("term", term[0]) for term in _TERMS],
        )

    def _enrol(self, group: str, user: str, role: str) -> None:
        self.add(
            "enrollments",
            f"N-{group}-{user}",
            role=role,
            primary="true",
            beginDate="2025-09-01",
            endDate="",
            user=to("user", user),
            school=to("org", SCHOOL),
            **{"class": to("class", group)},
        )

    def _grade(self, learners: int, works: int) -> None:
        for letter in "АБ":
            for course in range(1, len(_COURSES) + 1):
                for work in range(1, works + 1):
                    self._work(f"W-{letter}{course}-{work}", f"L-{letter}{course}", final=work == works)
        for number in range(1, learners + 1):
            for course in range(1, len(_COURSES) + 1):
                for work in range(1, works + 1):
                    self._result(f"W-{self._letter(number)}{course}-{work}", number, course + work)

    def _work(self, key: str, group: str, *, final: bool) -> None:
        self.add(
            "lineItems",
            key,
            title="Отметка за 1 четверть" if final else f"Работа {key}",
            description="",
            assignDate="2025-09-15",
            dueDate="2025-09-16",
            category=to("category", "K-2" if final else "K-1"),
            gradingPeriod=to("gradingPeriod", "T-1"),
            resultValueMin="2.0",
            resultValueMax="5.0",
            **{"class": to("class", group)},
        )

    def _result(self, work: str, number: int, score: int) -> None:
        self.add(
            "results",
            f"R-{work}-{number:03}",
            lineItem=to("lineItem", work),
            student=to("user", f"S-{number:03}"),
            scoreStatus="fully graded",
            score=float(2 + (number + score) % 4),
            scoreDate="2025-09-17",
            comment="",
        )
