"""What imports write: many by one statement, with the source's own words, and nothing that the policy forbids."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from core.kernel.ids import new_id
from core.origins.writing import Incoming
from core.results.errors import WillMissing
from core.results.writers import result_writers
from core.rewards.writer import RewardWriter
from core.sdk.connectors import EntityKind, FinalResultData, ResultData
from tests.registry.results.desk import V1, School, school_of
from tests.registry_house import House, code

WRITERS = {**result_writers(), EntityKind.AWARDS: RewardWriter()}


def test_columns_are_those_of_the_table_with_the_sources_words() -> None:
    learner, kind = new_id(), new_id()
    data = {"learner": learner, "value": "5", "scale": "mark5", "result_kind": "Контрольная", "kind_id": kind}
    assert WRITERS[EntityKind.RESULTS].columns(data) == {
        "standing": "current",
        "person_id": learner,
        "value": "5",
        "said_scale": "mark5",
        "said_kind": "Контрольная",
        "kind_id": kind,
    }
    award = {"learner": learner, "title": "Значок", "award_kind": "badge", "awarded_on": date(2026, 1, 20)}
    assert WRITERS[EntityKind.AWARDS].columns(award) == {
        "person_id": learner,
        "title": "Значок",
        "said_kind": "badge",
        "awarded_on": date(2026, 1, 20),
    }


@pytest.mark.parametrize(
    ("said", "of"),
    [
        ({"period": 1, "final_kind": "period"}, "period"),
        ({"period": 1}, "period"),
        ({"period": 1, "final_kind": "Year"}, "year"),
        ({"final_kind": "year"}, "year"),
        ({"final_kind": "exam"}, "examination"),
        ({"final_kind": "course"}, "course"),
        ({"final_kind": "period"}, "other"),
        ({"final_kind": "certificate"}, "other"),
        ({}, "other"),
    ],
)
def test_a_final_result_says_of_what_it_is_final(said: Mapping[str, Any], of: str) -> None:
    assert WRITERS[EntityKind.FINAL_RESULTS].columns({"learner": 1, "value": "5", **said})["final_of"] == of


def test_every_field_of_the_records_is_written() -> None:
    for model, kind in ((ResultData, EntityKind.RESULTS), (FinalResultData, EntityKind.FINAL_RESULTS)):
        data = dict.fromkeys(model.model_fields, "x")
        columns = WRITERS[kind].columns(data)
        assert sum(value == "x" for value in columns.values()) == len(data), kind


async def test_a_source_writes_marks_and_changes_them(house_in_memory: House) -> None:
    school = await school_of(house_in_memory)
    writer, place, at = WRITERS[EntityKind.RESULTS], school.place, datetime(2026, 3, 1, tzinfo=UTC)
    said = {"learner": place.learner, "group": place.group, "period": school.period, "result_kind": "Контрольная"}
    rows = [Incoming(new_id(), writer.columns({**said, "value": mark})) for mark in ("5", "4-", "н", "")]
    ids = [row.entity_id for row in rows]
    async with school.house.services.database.work(place.scope()) as work:
        assert await writer.find(work, [row.fields for row in rows]) == {}
        await writer.create(work, rows)
    listed = {row["id"]: row for row in await school.listed()}
    assert [listed[str(each)]["value"] for each in ids] == ["5", "4-", "н", ""]
    first = listed[str(ids[0])]
    assert (first["entered_by"], first["kind_id"], first["said_kind"], first["number"]) == (
        None,
        None,
        "Контрольная",
        None,
    )
    # confirmed, placed in the taxonomy by hand; then the source says something else
    assert (await school.confirm(first)).json()["state"] == "confirmed"
    kind = school.kinds["Учебные (предметные)"]
    async with school.house.services.database.work(place.scope()) as work:
        await writer.update(work, [Incoming(ids[0], {"comment": "пересмотрено"}), Incoming(ids[1], {"kind_id": kind})])
    listed = {row["id"]: row for row in await school.listed()}
    assert (listed[str(ids[0])]["state"], listed[str(ids[1])]["kind_id"]) == ("confirmed", kind)
    async with school.house.services.database.work(place.scope()) as work:
        await writer.update(work, [Incoming(each, {"value": "3", "held_on": date(2026, 2, 2)}) for each in ids])
        await writer.mark_gone(work, ids[1:3], at)
        await writer.mark_gone(work, ids[1:3], at)
        await writer.mark_gone(work, ids[2:3], None)
    listed = {row["id"]: row for row in await school.listed()}
    assert (listed[str(ids[0])]["state"], listed[str(ids[0])]["confirmed_by"]) == ("entered", None)
    assert [listed[str(each)]["gone_at"] is not None for each in ids] == [False, True, False, False]
    assert {listed[str(each)]["value"] for each in ids} == {"3"}
    changes = (await school.of("clerk").get(f"{V1}/results/{ids[1]}/changes")).json()["items"]
    assert [sorted(each["after"]) for each in changes] == [["kind_id"], ["held_on", "value"], ["gone_at"]]
    extract = (await school.of("clerk").get(f"{V1}/people/{place.learner}/results-extract")).json()
    shown = {row["id"] for each in extract["kinds"] for row in each["current"]}
    assert shown == {str(each) for each in (ids[0], ids[2], ids[3])}
    # what is changed by hand is entered by that person
    made = (
        await school.correct(listed[str(ids[3])], value="4", kind_id=kind, scale_id=school.scales["Пятибалльная"])
    ).json()
    assert made["entered_by"] == str(place.accounts["clerk"])


async def test_a_source_meets_the_policy_and_what_is_there(house_in_memory: House) -> None:
    school = await school_of(house_in_memory)
    place, database = school.place, school.house.services.database
    final = WRITERS[EntityKind.FINAL_RESULTS]
    entered = await school.entered(final_of="period")
    said = {"learner": place.learner, "group": place.group, "subject": school.subject, "period": school.period}
    same, other = final.columns({**said, "value": "5"}), final.columns({**said, "value": "5", "final_kind": "exam"})
    async with database.work(place.scope()) as work:
        assert await final.find(work, [other, same]) == {1: _id(school, entered)}
    with pytest.raises(IntegrityError, match="results_final_once"):
        async with database.work(place.scope()) as work:
            await final.create(work, [Incoming(new_id(), other), Incoming(new_id(), same)])
    await school.decide(will_needed="all")
    for kind in (EntityKind.RESULTS, EntityKind.FINAL_RESULTS):
        with pytest.raises(WillMissing):
            async with database.work(place.scope()) as work:
                await WRITERS[kind].create(work, [Incoming(new_id(), WRITERS[kind].columns({**said, "value": "5"}))])
    await school.state_will()
    async with database.work(place.scope()) as work:
        await final.create(work, [Incoming(new_id(), other)])
    target = final.columns({**said, "value": "5", "final_kind": "exam", "kind_id": school.kinds["Целевые ориентиры"]})
    with pytest.raises(IntegrityError, match="results_kind"):
        async with database.work(place.scope()) as work:
            await final.create(work, [Incoming(new_id(), target)])
    assert len(await school.listed()) == 2


async def test_a_source_writes_attendance_and_rewards(house_in_memory: House) -> None:
    school = await school_of(house_in_memory)
    place, database, clerk = school.place, school.house.services.database, school.of("clerk")
    lessons, awards = WRITERS[EntityKind.ATTENDANCE], WRITERS[EntityKind.AWARDS]
    lesson = lessons.columns({"learner": place.learner, "lesson_on": date(2026, 2, 3), "status": "болеет"})
    award = awards.columns({"learner": place.learner, "title": "Значок", "award_kind": "badge"})
    absence, badge = new_id(), new_id()
    async with database.work(place.scope()) as work:
        await lessons.create(work, [Incoming(absence, lesson)])
        await awards.create(work, [Incoming(badge, award)])
    async with database.work(place.scope()) as work:
        await lessons.update(work, [Incoming(absence, {"status": "уважительная", "lesson_number": 3})])
        await awards.update(work, [Incoming(badge, {"awarded_on": date(2026, 2, 1), "number": "7"})])
        await awards.mark_gone(work, [badge], datetime(2026, 3, 1, tzinfo=UTC))
        assert await awards.find(work, [award]) == {}
    read = (await clerk.get(f"{V1}/attendance/{absence}")).json()
    assert (read["status"], read["lesson_number"], read["revision"]) == ("уважительная", 3, 2)
    read = (await clerk.get(f"{V1}/rewards/{badge}")).json()
    assert (read["awarded_on"], read["said_kind"], read["number"]) == ("2026-02-01", "badge", "7")
    assert read["gone_at"] is not None
    changes = (await clerk.get(f"{V1}/rewards/{badge}/changes")).json()["items"]
    assert [sorted(each["after"]) for each in changes] == [["awarded_on", "number"], ["gone_at"]]
    assert code(await clerk.get(f"{V1}/rewards/{absence}")) == (404, "not_found")


def _id(school: School, result: dict[str, Any]) -> object:
    return type(school.subject)(result["id"])
