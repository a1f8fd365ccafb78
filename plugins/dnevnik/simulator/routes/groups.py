"""Classes and subgroups: members, periods, subjects, final marks."""

from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from plugins.dnevnik.simulator import shapes
from plugins.dnevnik.simulator.calendar import Period, is_summer
from plugins.dnevnik.simulator.calls import Call, Educational
from plugins.dnevnik.simulator.journal import Mark, Work
from plugins.dnevnik.simulator.refusals import Refused
from plugins.dnevnik.simulator.routes.schools import bells
from plugins.dnevnik.simulator.shapes import Json
from plugins.dnevnik.simulator.world import Group, Subject

router = APIRouter()


@router.post("/edu-groups")
async def many(request: Request, call: Educational) -> Response:
    """Several groups with their pupils, archived ones too."""
    wanted = [call.group(identifier) for identifier in await ids_of(request)]
    found = [_students(call, group) for group in wanted]
    stranger = call.platform.stranger(wanted[0]) if wanted else None
    if stranger is not None:
        other = next(school for school in call.world.schools if school.index != wanted[0].school)
        found.append(shapes.students(other.classes[0], other.classes[0].members))
    return call.answer(found)


def _students(call: Call, group: Group) -> Json:
    value = shapes.students(group, group.members)
    for student, member in zip(value["students"], group.members, strict=True):
        student["person"] = call.person(member.human)
    return value


@router.get("/edu-groups/students")
async def all_students(call: Educational) -> Response:
    """Every group of the school with its pupils."""
    return call.answer([_students(call, group) for group in call.own_school.groups])


@router.get("/edu-groups")
async def several(call: Educational, groups: Annotated[list[int], Query(alias="eduGroups")]) -> Response:
    """The named groups."""
    return call.answer([shapes.group(call.group(identifier)) for identifier in groups])


@router.get("/edu-groups/{group}")
async def one(group: int, call: Educational) -> Response:
    """One group."""
    return call.answer(shapes.group(call.group(group)))


@router.get("/edu-groups/{group}/parallel")
async def parallel(group: int, call: Educational) -> Response:
    """The classes of the same year of study, this one among them."""
    found = call.group(group)
    return call.answer([shapes.group(each) for each in call.own_school.classes if each.parallel == found.parallel])


@router.get("/edu-groups/{group}/persons")
async def persons(
    group: int, call: Educational, archive: Annotated[str, Query(alias="includeArchive")] = "false"
) -> Response:
    """The pupils."""
    found, archived = call.group(group), archive.lower() == "true"
    kept = {"Archive"} if archived and call.forms.archive == "only" else {"Active", "Archive"}
    if not archived and found.status == "Active":
        kept = {"Active"}
    return call.answer([call.person(member.human) for member in found.members if member.status in kept])


@router.get("/edu-groups/{group}/students")
async def students(group: int, call: Educational) -> Response:
    """The pupils, without archived ones."""
    return await persons(group, call, "false")


@router.get("/persons")
async def persons_of(call: Educational, group: Annotated[int, Query(alias="eduGroup")]) -> Response:
    """The pupils, without archived ones."""
    return await persons(group, call, "false")


@router.get("/edu-groups/{group}/teachers")
async def teachers(group: int, call: Educational) -> Response:
    """Who teaches the group around now: nobody in summer."""
    call.group(group)
    staff = [] if is_summer(call.platform.now) else call.own_school.staff[: len(call.own_school.subjects)]
    return call.answer([call.person(human) for human in staff])


@router.get("/edu-groups/{group}/classteacher")
async def class_teacher(group: int, call: Educational) -> Response:
    """Who is responsible for the class."""
    found, school = call.group(group), call.own_school
    number = next((place for place, each in enumerate(school.classes) if each is (found.parent or found)), 0)
    return call.answer(call.person(school.staff[number % len(school.staff)]))


@router.get("/edu-groups/{group}/subjects")
async def subjects(group: int, call: Educational) -> Response:
    """The subjects of the current reporting period."""
    found, school = call.group(group), call.own_school
    return call.answer([shapes.subject_full(each) for each in ((school.split,) if found.parent else school.subjects)])


@router.get("/edu-groups/{group}/reporting-periods")
async def reporting_periods(group: int, call: Educational) -> Response:
    """The reporting periods of the group's year."""
    return call.answer([shapes.period(period) for period in call.platform.periods(call.group(group))])


@router.get("/edu-groups/{group}/reporting-period-group")
@router.get("/edu-groups/{group}/reporting-periods-group")
async def period_group(group: int, request: Request, call: Educational) -> Response:
    """The reporting periods with the holidays between them."""
    plural = request.url.path.endswith("/reporting-periods-group")
    if plural is not (call.forms.period_group == "plural"):
        raise Refused("resourceUnavailable")
    periods = call.platform.periods(call.group(group))
    holidays = [
        {
            "id": number,
            "reportingPeriodGroupId": 77,
            "dateStart": shapes.moment(before.finish),
            "dateFinish": shapes.moment(after.start),
            "name": "Каникулы",
            "description": "",
        }
        for number, (before, after) in enumerate(pairwise(periods), start=1)
    ]
    shown = [shapes.period(period) for period in periods]
    return call.answer({"id": 77, "reportingPeriods": shown, "holidays": holidays})


@router.get("/edu-groups/{group}/timetables")
async def timetables(group: int, call: Educational) -> Response:
    """When lessons begin and end."""
    call.group(group)
    return call.answer(bells(as_list=call.forms.timetables == "list"))


@router.get("/edu-groups/{group}/final-marks")
async def final_marks(group: int, call: Educational) -> Response:
    """Every final mark of the class: of periods, of the year, of examinations."""
    found = call.group(group)
    if call.forms.final_marks == "bundle":
        return call.answer(bundle_of_finals(call, found, None))
    shown: list[Json] = []
    for period, marks in call.platform.final(found):
        by_person: dict[int, list[Json]] = {}
        for mark in marks:
            by_person.setdefault(mark.person, []).append(final_mark(mark))
        for person, theirs in by_person.items():
            ids = {**shapes.twin("person", person), **shapes.twin("group", found.id)}
            ids |= shapes.twin("reportingPeriod", period.id if period else None)
            shown.append({**ids, "per-subject-final-marks": theirs})
    return call.answer(shown)


@router.get("/edu-groups/{group}/subjects/{subject}/final-marks")
async def final_marks_of_subject(group: int, subject: int, call: Educational) -> Response:
    """The final marks of a subject."""
    marks = _finals(call, call.group(group))
    return call.answer([shapes.mark(mark) for mark, _ in marks if mark.work.subject.id == subject])


@router.get("/persons/{person}/edu-groups/{group}/final-marks")
async def final_marks_of_person(person: int, group: int, call: Educational) -> Response:
    """The final marks of a pupil."""
    call.human(person)
    marks = _finals(call, call.group(group))
    return call.answer([final_mark(mark) for mark, _ in marks if mark.person == person])


@router.get("/persons/{person}/edu-groups/{group}/allfinalmarks")
async def all_final_marks(person: int, group: int, call: Educational) -> Response:
    """The final marks of a pupil with works and types of works."""
    call.human(person)
    return call.answer(bundle_of_finals(call, call.group(group), person))


def final_mark(mark: Mark) -> Json:
    """A final mark with its subject."""
    return {**shapes.twin("subject", mark.work.subject.id), "final-mark": shapes.mark(mark)}


def bundle_of_finals(call: Call, group: Group, person: int | None) -> Json:
    """Final marks with what they refer to."""
    marks = [mark for mark, _ in _finals(call, group) if person is None or mark.person == person]
    works: dict[int, Work] = {mark.work.id: mark.work for mark in marks}
    subjects: dict[int, Subject] = {mark.work.subject.id: mark.work.subject for mark in marks}
    return {
        "marks": [shapes.mark(mark) for mark in marks],
        "works": [shapes.work(work) for work in works.values()],
        "subjects": [shapes.subject_full(subject) for subject in subjects.values()],
        "workTypes": shapes.work_types_short(call.own_school),
    }


def _finals(call: Call, group: Group) -> list[tuple[Mark, Period | None]]:
    return [(mark, period) for period, marks in call.platform.final(group) for mark in marks]


async def ids_of(request: Request) -> list[int]:
    """Return the bare JSON array of ids that was posted."""
    body = await request.json()
    if not isinstance(body, list) or not all(isinstance(each, int | str) for each in body):
        raise Refused("invalidRequest")
    try:
        return [int(each) for each in body]
    except ValueError as error:
        raise Refused("parameterInvalid") from error
