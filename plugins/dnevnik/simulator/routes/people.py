"""What is asked about one person: classes, marks, absences, homework, relatives, schedules."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from plugins.dnevnik.simulator import shapes
from plugins.dnevnik.simulator.calls import Call, Educational, Relatives, WithFiles
from plugins.dnevnik.simulator.journal import Journal, Work
from plugins.dnevnik.simulator.platform import PLATFORM, Platform
from plugins.dnevnik.simulator.refusals import Refused
from plugins.dnevnik.simulator.routes.groups import ids_of
from plugins.dnevnik.simulator.routes.journals import absences_between, marks_between
from plugins.dnevnik.simulator.shapes import Json
from plugins.dnevnik.simulator.world import Group, Human

router = APIRouter()
files = APIRouter()


def groups_of(call: Call, human: Human, *, past: bool) -> list[Group]:
    """Return the groups that a learner is in, and was in."""
    return [group for group in call.platform.groups_of(human.id) if past or group.status == "Active"]


@router.get("/persons/search")
@router.get("/person/search")
async def search(
    request: Request, call: Educational, last_name: Annotated[str, Query(alias="lastName")] = ""
) -> Response:
    """Persons of the school by family name."""
    if request.url.path.endswith("/persons/search") is not (call.forms.search == "plural"):
        raise Refused("resourceUnavailable")
    humans = call.world.humans.values()
    mine = (human for human in humans if call.world.school_of(human.id) is call.own_school)
    return call.answer([call.person(human) for human in mine if human.family == last_name])


@router.get("/persons/{person}")
async def person(person: int, call: Educational) -> Response:
    """One person."""
    return call.answer(call.person(call.human(person)))


@router.get("/users/{user}")
async def user(user: int, call: Educational) -> Response:
    """One account."""
    return call.answer(shapes.user(call.user(user), ("EduStudent",)))


@router.post("/users/many")
async def users(request: Request, call: Educational) -> Response:
    """Several accounts."""
    return call.answer([shapes.user(call.user(each), ("EduStudent",)) for each in await ids_of(request)])


@router.get("/persons/{person}/edu-groups")
async def groups(person: int, call: Educational) -> Response:
    """The groups that a learner is in."""
    return call.answer([shapes.group(group) for group in groups_of(call, call.human(person), past=False)])


@router.get("/persons/{person}/edu-groups/all")
async def all_groups(person: int, call: Educational) -> Response:
    """The groups that a learner is in and was in; here a class has an empty list of parents."""
    found = groups_of(call, call.human(person), past=True)
    return call.answer([shapes.group(group, empty_parents=True) for group in found])


@router.get("/users/{user}/relatives")
async def relatives(user: int, call: Relatives) -> Response:
    """The relatives of an account."""
    human = call.user(user)
    mother = call.own_school.guardians.get(human.id)
    found: list[Json] = [{"type": "Mother", "person": call.person(mother)}] if mother else []
    if call.forms.relatives == "list" or not found:
        return call.answer(found)
    return call.answer({**found[0], "relatives": found})


@router.get("/persons/{person}/schools/{school}/marks/{first}/{last}")
async def marks_at_school(person: int, school: int, first: str, last: str, call: Educational) -> Response:
    """The marks of a learner in an interval."""
    call.school(school)
    return call.answer(list(_marks(call, person, first, last)))


@router.get("/persons/{person}/edu-groups/{group}/marks/{first}/{last}")
async def marks_in_group(person: int, group: int, first: str, last: str, call: Educational) -> Response:
    """The marks of a learner in a group and an interval."""
    found = marks_between(call, call.group(group), *call.platform.interval(first, last))
    return call.answer([shapes.mark(mark) for mark in found if mark.person == person])


@router.get("/persons/{person}/subjects/{subject}/marks/{first}/{last}")
async def marks_of_subject(person: int, subject: int, first: str, last: str, call: Educational) -> Response:
    """The marks of a learner in a subject and an interval."""
    return call.answer(list(_marks(call, person, first, last, subject)))


@router.get("/persons/{person}/lesson-log-entries")
async def log_entries(
    person: int,
    call: Educational,
    first: Annotated[str, Query(alias="startDate")],
    last: Annotated[str, Query(alias="endDate")],
) -> Response:
    """When a learner was not there."""
    start, end = call.platform.interval(first, last)
    journals = [
        journal
        for group in groups_of(call, call.human(person), past=True)
        for journal in call.platform.journals(group, start, end)
    ]
    found = absences_between(journals, start, end)
    return call.answer([shapes.absence(each) for each in found if each.person == person])


@router.get("/lesson-log-entries/{rest:path}")
async def log_entries_glued(rest: str, call: Educational) -> Response:
    """When a learner was not there, in a subject: the path is written in one of two ways."""
    pieces = rest.split("/")
    segments = len(pieces) == 4 and pieces[0] == "person" and pieces[2] == "subject"  # noqa: PLR2004 (its segments)
    glued = rest.startswith("person=")
    if not (segments if call.forms.log_entries == "segments" else glued):
        raise Refused("resourceUnavailable")
    return call.answer([])


@router.get("/persons/{person}/reporting-periods/{period}/avg-mark")
async def average(person: int, period: int, call: Educational) -> Response:
    """The average of a learner: a bare JSON text."""
    call.human(person)
    del period
    return call.answer("4.5")


@router.get("/edu-groups/{group}/avg-marks/{first}/{last}")
async def averages(group: int, first: str, last: str, call: Educational) -> Response:
    """The averages of a group, with a comma or a point."""
    found = call.group(group)
    call.platform.interval(first, last)
    value = "4,50" if call.forms.decimal_comma else "4.50"
    subjects = [{**shapes.twin("subject", subject.id), "avg-mark-value": value} for subject in call.own_school.subjects]
    people = (member.human.id for member in found.members)
    return call.answer([{**shapes.twin("person", each), "per-subject-averages": subjects} for each in people])


@router.get("/persons/{person}/groups/{group}/schedules")
async def schedules(
    person: int,
    group: int,
    call: Educational,
    first: Annotated[str, Query(alias="startDate")],
    last: Annotated[str, Query(alias="endDate")],
) -> Response:
    """The days of a learner."""
    call.human(person)
    start, end = call.platform.interval(first, last)
    days: dict[date, list[Json]] = {}
    for journal in call.platform.journals(call.group(group), start, end):
        for lesson in journal.between(start, end):
            days.setdefault(lesson.day, []).append(shapes.lesson_short(lesson, [journal.works[lesson.id]]))
    shown = [_day(day, lessons) for day, lessons in days.items()]
    return call.answer({"days": shown} if call.forms.schedules == "days" else shown)


@router.get("/users/me/school/{school}/homeworks")
async def homeworks(
    school: int,
    call: WithFiles,
    first: Annotated[str, Query(alias="startDate")],
    last: Annotated[str, Query(alias="endDate")],
) -> Response:
    """The homework of an interval, with its files."""
    found = call.school(school)
    start, end = call.platform.interval(first, last)
    works = [
        (journal, work)
        for group in found.groups
        for journal in call.platform.journals(group, start, end)
        for work in journal.homework
        if work.lesson and start <= work.lesson.day <= min(end, call.platform.now.date())
    ]
    return call.answer(_bundle(call, works))


def _day(day: date, lessons: list[Json]) -> Json:
    """A day of a schedule; unlike all other times its date has an offset."""
    rest: Json = {name: [] for name in ("marks", "works", "homeworks", "subjects", "workTypes", "lessonLogEntries")}
    dates = {"date": f"{day}T00:00:00+03:00", "nextDate": f"{day + timedelta(days=1)}T00:00:00+03:00"}
    return {**dates, "lessons": lessons, **rest, "teachers": []}


def _bundle(call: Call, works: list[tuple[Journal, Work]]) -> Json:
    host, misplaced = call.forms.file_host or call.platform.address, call.platform.misplaced
    subjects = {work.subject.id: work.subject for _, work in works}
    lessons = [(journal, work.lesson) for journal, work in works if work.lesson]
    return {
        "works": [shapes.work(work) for _, work in works],
        "subjects": [shapes.subject_full(subject) for subject in subjects.values()],
        "lessons": [shapes.lesson_short(lesson, [journal.works[lesson.id]]) for journal, lesson in lessons],
        "files": [shapes.file(work, call.me, misplaced.get(work.file or 0, host)) for _, work in works],
        "teachers": [call.person(human) for human in call.own_school.staff],
    }


@files.get("/files/{file}/{name}")
async def file(file: int, name: str, request: Request) -> Response:
    """The bytes of a file, without any token."""
    del name
    platform: Platform = request.scope[PLATFORM]
    return Response(shapes.file_content(platform.homework_with(file)), media_type="text/plain; charset=utf-8")


def _marks(call: Call, person: int, first: str, last: str, subject: int | None = None) -> Iterator[Json]:
    interval = call.platform.interval(first, last)
    for group in groups_of(call, call.human(person), past=True):
        for mark in marks_between(call, group, *interval):
            if mark.person == person and subject in {None, mark.work.subject.id}:
                yield shapes.mark(mark)
