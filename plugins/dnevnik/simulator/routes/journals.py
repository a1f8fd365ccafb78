"""Lessons, works, marks, averages and absences."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from plugins.dnevnik.simulator import shapes
from plugins.dnevnik.simulator.calls import Call, Educational
from plugins.dnevnik.simulator.journal import FINAL_WORK, Absence, Journal, Lesson, Mark, Work, locate
from plugins.dnevnik.simulator.refusals import Refused
from plugins.dnevnik.simulator.routes.groups import ids_of
from plugins.dnevnik.simulator.world import Group

router = APIRouter()


@router.get("/edu-groups/{group}/lessons/{first}/{last}")
async def lessons(group: int, first: str, last: str, call: Educational) -> Response:
    """The lessons of an interval."""
    return call.rows(call.platform.lesson_rows(call.group(group), *call.platform.interval(first, last)))


@router.get("/edu-groups/{group}/subjects/{subject}/lessons/{first}/{last}")
async def lessons_of_subject(group: int, subject: int, first: str, last: str, call: Educational) -> Response:
    """The lessons of a subject in an interval."""
    start, end = call.platform.interval(first, last)
    journals = call.platform.journals(call.group(group), start, end)
    found = (lesson for journal in journals for lesson in journal.between(start, end) if lesson.subject.id == subject)
    return call.answer([_lesson(call, lesson) for lesson in found])


@router.get("/lessons/{lesson}")
async def lesson(lesson: int, call: Educational) -> Response:
    """One lesson."""
    return call.answer(_lesson(call, lesson_of(call, lesson)))


@router.post("/lessons/many")
async def lessons_many(request: Request, call: Educational) -> Response:
    """Several lessons."""
    return call.answer([_lesson(call, lesson_of(call, each)) for each in await ids_of(request)])


@router.post("/lessons/many/marks")
@router.post("/lessons/marks")
async def marks_of_lessons(request: Request, call: Educational) -> Response:
    """The marks of several lessons."""
    if request.url.path.endswith("/many/marks") is not (call.forms.bulk_marks == "many"):
        raise Refused("resourceUnavailable")
    ids = await ids_of(request)
    return call.answer([shapes.mark(mark) for each in ids for mark in _marks(call, lesson_of(call, each))])


@router.get("/lessons/{lesson}/works")
async def works_of_lesson(lesson: int, call: Educational) -> Response:
    """The works of a lesson."""
    found = lesson_of(call, lesson)
    journal = call.platform.journal_of(lesson)
    return call.answer([shapes.work(work) for work in call.platform.works_of(journal, found.id)])


@router.get("/works")
async def works(lesson: int, call: Educational) -> Response:
    """The works of a lesson."""
    return await works_of_lesson(lesson, call)


@router.post("/works/many")
async def works_many(request: Request, call: Educational) -> Response:
    """Several works."""
    return call.answer([shapes.work(_work(call, each)) for each in await ids_of(request)])


@router.get("/works/{work}")
async def work(work: int, call: Educational) -> Response:
    """One work."""
    return call.answer(shapes.work(_work(call, work)))


@router.get("/edu-groups/{group}/marks/{first}/{last}")
async def marks(group: int, first: str, last: str, call: Educational) -> Response:
    """The marks of an interval: the best call for many of them."""
    return call.rows(call.platform.mark_rows(call.group(group), *call.platform.interval(first, last)))


@router.get("/edu-groups/{group}/subjects/{subject}/marks/{first}/{last}")
async def marks_of_subject(group: int, subject: int, first: str, last: str, call: Educational) -> Response:
    """The marks of a subject in an interval."""
    found = marks_between(call, call.group(group), *call.platform.interval(first, last))
    return call.answer([shapes.mark(mark) for mark in found if mark.work.subject.id == subject])


@router.get("/works/{work}/marks")
async def marks_of_work(work: int, call: Educational) -> Response:
    """The marks of a work."""
    found = _work(call, work)
    marks = _marks(call, found.lesson) if found.lesson else list(_finals(call, found))
    return call.answer([shapes.mark(mark) for mark in marks if mark.work.id == work])


@router.get("/lessons/{lesson}/marks")
async def marks_of_lesson(lesson: int, call: Educational) -> Response:
    """The marks of a lesson."""
    return call.answer([shapes.mark(mark) for mark in _marks(call, lesson_of(call, lesson))])


@router.get("/marks/{mark}")
async def mark(mark: int, call: Educational) -> Response:
    """One mark."""
    journal = call.platform.journal_of(mark)
    call.group(journal.group.id)
    found = next((each for each in journal.marks if each.id == mark), None)
    if found is None:
        raise Refused("resourceUnavailable")
    return call.answer(shapes.mark(found))


@router.get("/lessons/{lesson}/log-entries")
async def log_entries(lesson: int, call: Educational) -> Response:
    """Who was not at a lesson."""
    return call.answer([shapes.absence(each) for each in _absences(call, lesson_of(call, lesson))])


@router.get("/lesson-log-entries")
async def log_entries_of(call: Educational, lessons: Annotated[list[int], Query()]) -> Response:
    """Who was not at several lessons."""
    return call.answer([shapes.absence(each) for one in lessons for each in _absences(call, lesson_of(call, one))])


@router.get("/lesson-log-entries/statuses")
async def statuses(call: Educational) -> Response:
    """What a line of the register may say."""
    return call.answer(["Attend", "Absent", "Ill", "Late", "Pass"])


@router.get("/lesson-log-entries/group/{group}")
async def log_entries_of_group(
    group: int,
    call: Educational,
    first: Annotated[str, Query(alias="from")],
    last: Annotated[str, Query(alias="to")],
    subject: str = "",
) -> Response:
    """Who of a group was not there, in an interval."""
    start, end = call.platform.interval(first, last)
    journals = call.platform.journals(call.group(group), start, end)
    found = absences_between(journals, start, min(end, call.platform.now.date()))
    return call.answer([shapes.absence(each) for each in found if subject in {"", str(each.lesson.subject.id)}])


def absences_between(journals: Iterable[Journal], first: date, last: date) -> Iterator[Absence]:
    """Return the absences of an interval."""
    for journal in journals:
        yield from (each for each in journal.absences if first <= each.lesson.day <= last)


def marks_between(call: Call, group: Group, first: date, last: date) -> Iterator[Mark]:
    """Return the marks of lessons of an interval that were given up to now."""
    today = call.platform.now.date()
    for journal in call.platform.journals(group, first, last):
        for mark in journal.marks:
            if mark.work.lesson and first <= mark.work.lesson.day <= last and mark.moment.date() <= today:
                yield mark


def lesson_of(call: Call, identifier: int) -> Lesson:
    """Return a lesson that the caller may see."""
    journal = call.platform.journal_of(identifier)
    call.group(journal.group.id)
    found = next((lesson for lesson in journal.lessons if lesson.id == identifier), None)
    if found is None:
        raise Refused("resourceUnavailable")
    return found


def _lesson(call: Call, lesson: Lesson) -> dict[str, object]:
    journal = call.platform.journal_of(lesson.id)
    return shapes.lesson(lesson, call.platform.works_of(journal, lesson.id))


def _work(call: Call, identifier: int) -> Work:
    serial, _, kind = locate(identifier)
    if kind == FINAL_WORK and serial in call.world.by_serial:
        group = call.group(call.world.by_serial[serial].id)
        works: Iterable[Work] = (mark.work for _, marks in call.platform.final(group) for mark in marks)
    else:
        journal = call.platform.journal_of(identifier)
        call.group(journal.group.id)
        works = (*journal.works.values(), *journal.homework)
    found = next((work for work in works if work.id == identifier), None)
    if found is None:
        raise Refused("resourceUnavailable")
    return found


def _marks(call: Call, lesson: Lesson) -> list[Mark]:
    return call.platform.journal_of(lesson.id).marks_by_lesson[lesson.id]


def _finals(call: Call, work: Work) -> Iterator[Mark]:
    for _, marks in call.platform.final(work.group):
        yield from marks


def _absences(call: Call, lesson: Lesson) -> list[Absence]:
    return [each for each in call.platform.journal_of(lesson.id).absences if each.lesson.id == lesson.id]
