"""An invented site from a seed, at any size."""

import random
from dataclasses import dataclass

from plugins.moodle.simulator.site import (
    Assignment,
    BadgeIssue,
    Category,
    CertificateIssue,
    Cohort,
    Course,
    Enrolment,
    Grade,
    GradeItem,
    Group,
    Service,
    Site,
    StoredFile,
    Submission,
    Token,
    User,
)

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of an invented site
EPOCH = 1_772_409_600
"""The moment in which the invented site was filled, seconds since 1970: the morning of the bench's first day."""
DAY = 86_400
SERVICE_ACCOUNT = 3

_GIVEN = ("Альфа", "Бета", "Вега", "Гамма", "Дельта", "Сигма", "Омега", "Лямбда")
_FAMILY = ("Тестова", "Образцова", "Примерова", "Пробина", "Учебнова", "Примеркина")
_PATRONYMIC = ("Тестовна", "Образцовна", "Примеровна", "")
_SUBJECTS = ("Алгебра", "Геометрия", "Физика", "Химия", "История", "Биология", "География", "Литература")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the invented site is."""

    learners: int = 24
    courses: int = 3
    groups: int = 2
    """In each course."""
    items: int = 2
    """Graded activities of each course; the first is an assignment."""
    badges: int = 4
    certificates: int = 5


def generate(url: str, functions: set[str], *, seed: int = 1, size: Size | None = None) -> Site:
    """Return the site that this seed makes: the same for the same arguments."""
    chance = random.Random(seed)  # noqa: S311 - invented data, the same for the same seed
    size = size or Size()
    service = Service(functions=set(functions), tokens={TOKEN: Token(userid=SERVICE_ACCOUNT)})
    site = Site(url=url.rstrip("/"), sitename="Школа Пример: курсы", service=service)
    site.passwords["deloteka"] = "Correct-1-horse"
    _people(site, chance, size)
    site.categories = {
        1: Category(id=1, name="Category 1"),
        2: Category(id=2, name="Основное общее образование", idnumber="OOO"),
        3: Category(id=3, name="9 класс &amp; 10 класс", parent=2),
    }
    site.courses[1] = Course(id=1, fullname=site.sitename, shortname="site", categoryid=0, format="site")
    for number in range(size.courses):
        _course(site, chance, size, number)
    learners = _learners(site)
    half = len(learners) // 2
    for number, members in enumerate((learners[:half], learners[half:]), start=1):
        shuffled = chance.sample(members, len(members))
        name = f"9{'АБ'[number - 1]} 2025/2026"
        site.cohorts[number] = Cohort(id=number, name=name, idnumber=f"COH-{number}", members=shuffled)
    _awards(site, chance, size)
    return site


def _learners(site: Site) -> list[int]:
    return [user.id for user in site.users.values() if user.idnumber.startswith("S-")]


def _people(site: Site, chance: random.Random, size: Size) -> None:
    built_in = (
        User(id=1, username="guest", firstname="Guest user", lastname=" ", email="root@localhost"),
        User(id=2, username="admin", firstname="Admin", lastname="User", email="admin@example.invalid"),
        User(id=SERVICE_ACCOUNT, username="deloteka", firstname="Делотека", lastname="Служба"),
        User(
            id=4,
            username="teacher.primerova",
            firstname="Тестина",
            lastname="Примерова",
            email="teacher.primerova@example.invalid",
            idnumber="T-001",
        ),
    )
    site.users = {user.id: user for user in built_in}
    for number in range(1, size.learners + 1):
        userid = number + 4
        site.users[userid] = User(
            id=userid,
            username=f"student{number}",
            firstname=chance.choice(_GIVEN),
            lastname=chance.choice(_FAMILY),
            email="" if number % 11 == 0 else f"student{number}@example.invalid",
            idnumber=f"S-{number:03}",
            patronymic=chance.choice(_PATRONYMIC),
            suspended=number % 13 == 0,
        )


def _course(site: Site, chance: random.Random, size: Size, number: int) -> None:
    courseid = number + 2
    subject = f"{_SUBJECTS[number % len(_SUBJECTS)]} {9 + number // len(_SUBJECTS)} класс"
    course = Course(
        id=courseid,
        fullname=subject if number else f"{subject}: числа &amp; функции",
        shortname=f"C{courseid}",
        idnumber=f"C-{courseid}" if number % 2 == 0 else "",
        categoryid=2 if number % 2 == 0 else 3,
        startdate=1_756_681_200,
        enddate=1_780_182_000 if number % 2 == 0 else 0,
        has_criteria=number % 2 == 0,
        changed=EPOCH,
    )
    site.courses[courseid] = course
    learners = _learners(site)
    course.enrolments[4] = Enrolment(userid=4, roles=("editingteacher",))
    for userid in learners:
        course.enrolments[userid] = Enrolment(userid=userid, roles=("student",), suspended=userid % 17 == 0)
    for index in range(size.groups):
        groupid = number * size.groups + index + 1
        members = set(learners[index :: size.groups][: len(learners)]) - {learners[-1]} if learners else set()
        course.groups[groupid] = Group(id=groupid, name=f"9{chr(ord('А') + index)}", members=members)
    _activities(course, chance, size, learners)


def _activities(course: Course, chance: random.Random, size: Size, learners: list[int]) -> None:
    base = course.id * 1000
    for index in range(size.items):
        cmid = base + index
        kind = {0: "assign"}.get(index)
        item = GradeItem(
            id=base + index + 1,
            itemtype="mod" if kind else "manual",
            itemname=f"Контрольная работа {index + 1}" if kind else f"Экзамен {index + 1}",
            grademax=5,
            itemmodule=kind,
            instance=base if kind else None,
            cmid=cmid if kind else None,
        )
        course.items.append(item)
    total = GradeItem(id=base, itemtype="course", itemname=None, grademax=10, instance=course.id)
    course.items.append(total)
    assignment = Assignment(id=base, cmid=base, contextid=base + 138, name="Контрольная работа 1")
    course.assignments[base] = assignment
    for userid in learners:
        if chance.random() < 0.1:  # noqa: PLR2004 - some have no grade
            continue
        for item in course.items:
            raw: float = chance.randint(2, item.grademax) + (0.5 if userid % 7 == 0 else 0)
            course.grades[item.id, userid] = Grade(raw=min(raw, item.grademax), graded=EPOCH - chance.randrange(DAY))
        course.activities[base, userid] = EPOCH - DAY
        if userid % 3 == 0:
            course.completed.add(userid)
        if userid % 4 == 0:
            hand_in(assignment, base + userid, userid, EPOCH - DAY)


def hand_in(assignment: Assignment, submissionid: int, userid: int, moment: int) -> Submission:
    """Let somebody hand in a text."""
    name = f"rabota-student{userid}.txt"
    content = f"Работа обучающегося {userid}, вариант {submissionid}".encode()
    handed = StoredFile(filename=name, content=content, mimetype="text/plain", timemodified=moment)
    submission = Submission(id=submissionid, userid=userid, timecreated=moment, timemodified=moment, files=[handed])
    assignment.submissions[submissionid] = submission
    return submission


def _awards(site: Site, chance: random.Random, size: Size) -> None:
    learners = _learners(site)
    for number in range(min(size.badges, len(learners))):
        badge = BadgeIssue(
            badgeid=1,
            userid=learners[number],
            name="Олимпиада по математике &amp; физике",
            uniquehash=f"{chance.getrandbits(160):040x}",
            dateissued=EPOCH - number * DAY,
            dateexpire=EPOCH + 365 * DAY if number == 0 else None,
            description="Призёр школьного этапа",
        )
        site.badges.append(badge)
    for number in range(1, size.certificates + 1 if learners else 1):
        issue = CertificateIssue(
            id=number,
            customcertid=1,
            userid=learners[number % len(learners)],
            code=f"{chance.getrandbits(40):010X}",
            timecreated=EPOCH - (size.certificates - number) * DAY,
            template="Удостоверение о прохождении курса",
            pdf=b"%PDF-1.4\n% invented certificate " + str(number).encode() + b"\n%%EOF\n",
        )
        site.certificates.append(issue)
