"""What sources bring of people, groups, periods, subjects and enrolments."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.kernel.ids import new_id
from core.origins.writing import Incoming, RecordUnfit, Writer
from core.people.importing import GroupWriter, LearnerWriter
from core.representatives.importing import RepresentativeWriter
from core.sdk.connectors import (
    EnrolmentData,
    GroupData,
    GuardianData,
    LearnerData,
    Mapped,
    StaffData,
    StudyPeriodData,
    SubjectData,
)
from core.staff.importing import StaffWriter
from core.studies.importing import EnrolmentWriter, StudyPeriodWriter, SubjectWriter
from tests.registry.studies.school import V1, School
from tests.registry_house import House

QUARTER = {"period_kind": "Quarter", "starts_on": date(2025, 9, 1), "ends_on": date(2025, 10, 26)}


def said(data: Mapped, **references: UUID) -> dict[str, Any]:
    return data.model_dump(exclude_defaults=True) | references


@pytest.fixture
def school(house_in_memory: House) -> School:
    return School(house_in_memory)


async def bring(school: School, writer: Writer, *records: Mapping[str, Any]) -> list[UUID]:
    """Write new records as the importer does; returns the identifiers."""
    rows = [Incoming(new_id(), writer.columns(record)) for record in records]
    async with school.house.services.database.work(school.house.a.scope()) as work:
        await writer.create(work, rows)
    return [row.entity_id for row in rows]


async def change(school: School, writer: Writer, changes: Mapping[UUID, Mapping[str, Any]]) -> None:
    async with school.house.services.database.work(school.house.a.scope()) as work:
        await writer.update(work, [Incoming(entity, fields) for entity, fields in changes.items()])


async def gone(school: School, writer: Writer, entity: UUID, at: datetime | None) -> None:
    async with school.house.services.database.work(school.house.a.scope()) as work:
        await writer.mark_gone(work, [entity], at)


async def found(school: School, writer: Writer, *records: Mapping[str, Any]) -> Mapping[int, UUID]:
    async with school.house.services.database.work(school.house.a.scope()) as work:
        return await writer.find(work, [writer.columns(record) for record in records])


async def read(school: School, address: str) -> dict[str, Any]:
    answer = await school.house.clerk.get(f"{V1}/{address}")
    assert answer.status_code == 200, answer.text
    read_one: dict[str, Any] = answer.json()
    return read_one


@pytest.mark.parametrize(
    ("writer", "record", "columns"),
    [
        (
            LearnerWriter(),
            LearnerData(full_name="Образцова Вера Игоревна", number="17", snils="112-233-445 95", sex="female"),
            {
                "family_name": "Образцова",
                "given_name": "Вера",
                "patronymic": "Игоревна",
                "external_number": "17",
                "snils": "11223344595",
                "sex": "female",
            },
        ),
        (
            StaffWriter(),
            StaffData(family_name="Учителева", position="учитель"),
            {"family_name": "Учителева", "position": "учитель"},
        ),
        (
            GroupWriter(),
            GroupData(name="8А", group_kind="class", study_year="2025-26"),
            {"name": "8А", "kind": "class", "study_year": "2025/2026"},
        ),
        (SubjectWriter(), SubjectData(name="Алгебра", area="Математика"), {"name": "Алгебра", "area": "Математика"}),
        (
            StudyPeriodWriter(),
            StudyPeriodData(name="1 четверть", number=1, **QUARTER),  # type: ignore[arg-type]
            {
                "name": "1 четверть",
                "kind": "quarter",
                "source_kind": "Quarter",
                "number": 1,
                "starts_on": date(2025, 9, 1),
                "ends_on": date(2025, 10, 26),
            },
        ),
    ],
)
def test_records_become_columns(writer: Writer, record: Mapped, columns: Mapping[str, Any]) -> None:
    assert dict(writer.columns(said(record))) == columns


@pytest.mark.parametrize(
    ("writer", "record"),
    [
        (LearnerWriter(), {"family_name": "Образцова"}),
        (LearnerWriter(), {}),
        (LearnerWriter(), {"full_name": "Образцова Вера", "snils": "112-233-445 96"}),
        (LearnerWriter(), {"full_name": "Образцова Вера", "sex": "ж"}),
        (LearnerWriter(), {"full_name": "Образцова Вера", "birth_date": date(1699, 1, 1)}),
        (StaffWriter(), {"given_name": "Ольга"}),
        (StudyPeriodWriter(), {**QUARTER, "name": "x", "ends_on": date(2025, 8, 1)}),
        (EnrolmentWriter(), {"group": new_id()}),
        (EnrolmentWriter(), {"group": new_id(), "learner": new_id(), "staff": new_id()}),
        (
            EnrolmentWriter(),
            {"group": new_id(), "learner": new_id(), "starts_on": date(2026, 1, 2), "ends_on": date(2026, 1, 1)},
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_reason(writer: Writer, record: Mapping[str, Any]) -> None:
    with pytest.raises(RecordUnfit, match=r"\w"):
        writer.columns(record)


@pytest.mark.parametrize(
    ("role", "teaches", "means"),
    [
        ("Class Teacher", False, "class_teacher"),
        ("классный руководитель", False, "class_teacher"),
        ("editingteacher", False, "teacher"),
        ("учитель", False, "teacher"),
        ("", True, "teacher"),
        ("", False, "other"),
        ("administrator", True, "other"),
    ],
)
def test_a_word_that_nobody_knows_shows_no_group(role: str, means: str, *, teaches: bool) -> None:
    references = {"group": new_id(), "staff": new_id()} | ({"subject": new_id()} if teaches else {})
    assert EnrolmentWriter().columns({"role": role, **references})["role"] == means


async def test_learners_are_taken_in_found_renamed_and_never_removed(school: School) -> None:
    writer = LearnerWriter()
    vera, oleg = await bring(
        school,
        writer,
        said(LearnerData(family_name="Образцова", given_name="Вера", number="17", email="vera@example.org")),
        said(LearnerData(full_name="Примеров Олег", snils="112-233-445 95")),
    )
    shown = await read(school, f"people/{vera}")
    assert (shown["full_name"], shown["imported"], shown["gone_at"]) == ("Образцова Вера", True, None)
    assert (await read(school, f"people/{oleg}/personal-data"))["snils"] == "11223344595"
    keys = (
        {"full_name": "Другое Имя", "number": "17"},
        {"full_name": "А Б"},
        {"full_name": "А Б", "snils": "11223344595"},
    )
    assert await found(school, writer, *keys) == {0: vera, 2: oleg}

    await change(
        school, writer, {vera: {"family_name": "Новикова"}, oleg: {"phone": "+7 900", "birth_date": date(2010, 5, 1)}}
    )
    shown = await read(school, f"people/{vera}")
    assert (shown["full_name"], shown["former_names"], shown["revision"]) == ("Новикова Вера", "Образцова", 2)
    assert (await read(school, f"people/{oleg}"))["birth_date"] == "2010-05-01"
    for q in ("Новикова", "Образцова", "Примеров"):
        assert (await read(school, f"search?q={q}"))["items"], q

    await gone(school, writer, oleg, school.house.clock())
    assert (await read(school, f"people/{oleg}"))["gone_at"] is not None
    await gone(school, writer, oleg, None)
    assert (await read(school, f"people/{oleg}"))["gone_at"] is None


async def test_groups_come_with_their_parents_and_are_found_by_name_and_year(school: School) -> None:
    writer = GroupWriter()
    (form,) = await bring(school, writer, said(GroupData(name="8А", study_year="2025/2026", level="8")))
    subgroups = [said(GroupData(name="Подгруппа 1", study_year="2025/2026"), parent=form)]
    (part,) = await bring(school, writer, *subgroups)
    assert (await read(school, f"groups/{part}"))["parent_id"] == str(form)
    assert await found(school, writer, {"name": "8a", "study_year": "2025/2026"}, *subgroups) == {0: form, 1: part}
    await change(school, writer, {form: {"name": "9А", "study_year": "2026/2027"}, part: {"archived": True}})
    assert (await read(school, f"groups?parent_id={form}&archived=true"))["items"][0]["id"] == str(part)
    assert [hit["id"] for hit in (await read(school, "search?q=9А"))["items"]] == [str(form)]


async def test_representatives_and_staff_are_written_and_recognised(school: School) -> None:
    vera = UUID(await school.learner("Образцова"))
    mother = said(GuardianData(learner="x", full_name="Образцова Анна", relation="мать", phone="1")) | {"learner": vera}
    (anna,) = await bring(school, RepresentativeWriter(), mother)
    assert await found(school, RepresentativeWriter(), mother) == {0: anna}
    await change(school, RepresentativeWriter(), {anna: {"family_name": "Новикова"}})
    (shown,) = (await read(school, f"people/{vera}/representatives"))["items"]
    assert (shown["full_name"], shown["relation"], shown["imported"]) == ("Новикова Анна", "мать", True)

    record = said(StaffData(family_name="Учителева", given_name="Ольга", position="учитель", number="т-5"))
    (olga,) = await bring(school, StaffWriter(), record)
    assert await found(school, StaffWriter(), record) == {0: olga}
    await change(school, StaffWriter(), {olga: {"given_name": "Оля"}})
    await gone(school, StaffWriter(), olga, school.house.clock())
    shown = await read(school, f"staff/{olga}")
    assert (shown["full_name"], shown["position"], bool(shown["gone_at"])) == ("Учителева Оля", "учитель", True)


async def test_a_period_that_overlaps_is_taken_and_marked_until_somebody_says_whose_it_is(school: School) -> None:
    writer = StudyPeriodWriter()
    first, second, year = await bring(
        school,
        writer,
        {**QUARTER, "name": "1 четверть"},
        {**QUARTER, "name": "1 четверть", "ends_on": date(2025, 10, 19)},
        {"name": "2025/2026", "period_kind": "SchoolYear", "starts_on": date(2025, 9, 1), "ends_on": date(2026, 5, 31)},
    )
    marked = {each["id"] for each in (await read(school, "study-periods?overlapping=true"))["items"]}
    assert marked == {str(second)}
    assert await found(school, writer, {**QUARTER, "name": "другое имя"}) == {0: first}
    changed = await school.patch(f"study-periods/{second}", audience="1–4 классы", parent_id=str(year))
    assert (changed["overlapping"], changed["audience"]) == (False, "1–4 классы")
    await gone(school, writer, first, school.house.clock())
    await gone(school, writer, first, None)
    await change(school, writer, {second: {"ends_on": date(2025, 10, 25)}})
    assert (await read(school, f"study-periods/{second}"))["overlapping"] is False


async def test_a_subject_that_comes_twice_is_one_with_another_name(school: School) -> None:
    writer = SubjectWriter()
    by_hand = UUID((await school.post("subjects", name="Алгебра"))["id"])
    assert await found(school, writer, {"name": "АЛГЕБРА"}) == {0: by_hand}
    algebra, physics, again = await bring(
        school, writer, {"name": "алгебра"}, {"name": "Физика"}, {"name": "физика", "code": "2"}
    )
    aliases = {UUID(each["id"]): each["alias_of_id"] for each in (await read(school, "subjects"))["items"]}
    assert aliases == {by_hand: None, algebra: str(by_hand), physics: None, again: str(physics)}
    await change(school, writer, {physics: {"name": "Алгебра"}})
    aliases = {UUID(each["id"]): each["alias_of_id"] for each in (await read(school, "subjects"))["items"]}
    assert aliases == {by_hand: None, algebra: str(by_hand), physics: str(by_hand), again: str(by_hand)}


async def test_enrolments_are_kept_once_in_force_and_those_made_by_hand_are_recognised(school: School) -> None:
    writer = EnrolmentWriter()
    group, vera = UUID(await school.group("8А")), UUID(await school.learner("Образцова"))
    record = said(EnrolmentData(group="g", learner="l", role="student"), group=group, learner=vera)
    by_hand = UUID(await school.enrol(str(group), person_id=str(vera)))
    assert await found(school, writer, record) == {0: by_hand}
    await school.patch(f"enrolments/{by_hand}", ends_on="2025-10-10")
    first, again = await bring(school, writer, record, record)
    shown = await read(school, f"enrolments?person_id={vera}&on=2026-03-02")
    assert [each["id"] for each in shown["items"]] == [str(first)]
    assert len((await read(school, f"enrolments?person_id={vera}"))["items"]) == 3
    await gone(school, writer, first, school.house.clock())
    assert (await read(school, f"groups/{group}/learners"))["items"] == []
    await change(school, writer, {again: {"archived": False}})
    await gone(school, writer, first, None)
    assert (await read(school, f"enrolments/{first}"))["gone_at"] is not None
