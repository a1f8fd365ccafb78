"""Schools, their classes, staff and subjects."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from plugins.dnevnik.simulator import shapes
from plugins.dnevnik.simulator.calls import Educational
from plugins.dnevnik.simulator.world import School, Subject

router = APIRouter()


def _subjects(school: School) -> Iterable[Subject]:
    yield from school.subjects
    if any(group.subgroups for group in school.classes):
        yield school.split


@router.get("/schools/person-schools")
async def person_schools(call: Educational) -> Response:
    """The schools of the account."""
    return call.answer([shapes.school_short(call.own_school)])


@router.get("/schools/cities")
async def cities(call: Educational) -> Response:
    """The cities."""
    return call.answer([{"id": 0, "name": "Примерск", "regionId": 0}])


@router.get("/schools")
async def schools(call: Educational, schools: Annotated[list[int] | None, Query()] = None) -> Response:
    """The named schools; without ids those of the account."""
    wanted = [call.school(each) for each in schools] if schools else [call.own_school]
    return call.answer([shapes.school_full(school) for school in wanted])


@router.get("/schools/{school}")
async def school(school: int, call: Educational) -> Response:
    """One school."""
    return call.answer(shapes.school_full(call.school(school)))


@router.get("/schools/{school}/parameters")
async def parameters(school: int, call: Educational) -> Response:
    """The public card of a school."""
    found = call.school(school)
    results = [{"studyYear": call.world.year, "medalistsCount": 1, "medalistsPercentage": 2.5}]
    return call.answer({"schoolId": found.id, "fullName": found.name, "address": [], "learningResults": results})


@router.get("/schools/{school}/edu-groups")
async def groups(school: int, call: Educational) -> Response:
    """Classes and subgroups of this study year."""
    return call.answer([shapes.group(group) for group in call.school(school).groups])


@router.get("/schools/{school}/membership")
async def membership(school: int, call: Educational) -> Response:
    """The staff, as persons."""
    return call.answer([call.person(human) for human in call.school(school).staff])


@router.get("/schools/{school}/teachers")
async def teachers(school: int, call: Educational) -> Response:
    """The staff, with keys in Pascal case."""
    found = call.school(school)
    subjects = list(found.subjects)
    return call.answer(
        [
            shapes.teacher(human, subjects[number % len(subjects)], head=number < len(found.classes))
            for number, human in enumerate(found.staff)
        ]
    )


@router.get("/schools/{school}/subjects")
async def subjects(school: int, call: Educational) -> Response:
    """The subjects of this study year."""
    return call.answer([shapes.subject_full(subject) for subject in _subjects(call.school(school))])


@router.get("/schools/{school}/timetables")
async def timetables(school: int, call: Educational) -> Response:
    """When lessons begin and end."""
    call.school(school)
    return call.answer(bells(as_list=call.forms.timetables == "list"))


@router.get("/work-types/{school}")
async def work_types(school: int, call: Educational) -> Response:
    """The types of works."""
    return call.answer(shapes.work_types(call.school(school)))


@router.get("/marks/values")
async def scales(call: Educational) -> Response:
    """Every scale with its values."""
    return call.answer(shapes.SCALES)


@router.get("/marks/values/type/{scale}")
async def scale(scale: str, call: Educational) -> Response:
    """The values of one scale."""
    return call.answer(shapes.SCALES.get(scale, []))


def bells(*, as_list: bool) -> object:
    """One shift, with keys in Pascal case."""
    item = {
        "Id": 1,
        "Start": "2025-09-01T09:25:00",
        "Finish": "2025-09-01T10:10:00",
        "Name": "2 урок",
        "Type": "Lesson",
        "DaysOfWeek": ["Monday"],
        "LessonNumber": 2,
    }
    shift = {"Name": "1 смена", "Start": "2025-09-01T00:00:00", "FirstLessonNumber": 1, "Items": [item]}
    return [shift] if as_list else shift
