"""Results: entered by one right and confirmed by another; never deleted, and what they said stays visible."""

import asyncio

import asyncpg
import pytest

from tests.registry.results.desk import ANY, V1, School, created, school_of
from tests.registry_house import House, Json, code


@pytest.fixture
async def school(house_in_memory: House) -> School:
    return await school_of(house_in_memory)


async def test_what_a_mark_said_stays_visible(school: School) -> None:
    made = await school.entered(value="3", comment="устно")
    assert (made["value"], made["number"], made["state"], made["standing"]) == ("3", 3, "entered", "current")
    assert made["entered_by"] == str(school.place.accounts["clerk"])
    path = f"{V1}/results/{made['id']}"
    read = await school.of("clerk").get(path)
    assert (await school.of("clerk").get(path, headers={"If-None-Match": read.headers["ETag"]})).status_code == 304
    stale = await school.of("clerk").patch(path, json={"value": "4"}, headers={"If-Match": '"7"'})
    assert code(stale) == (412, "precondition_failed")
    assert code(await school.of("clerk").patch(path, json={"value": "4"})) == (428, "precondition_required")

    confirmed = (await school.confirm(made)).json()
    assert (confirmed["state"], confirmed["confirmed_by"]) == ("confirmed", str(school.place.accounts["head"]))
    assert code(await school.confirm(made)) == (409, "result_confirmed")
    remarked = (await school.correct(made, comment="письменно")).json()
    assert remarked["state"] == "confirmed"
    corrected = (await school.correct(made, value="4", title="Диктант")).json()
    assert (corrected["state"], corrected["confirmed_by"], corrected["revision"]) == ("entered", None, 4)
    await school.confirm(made)
    assert code(await school.strike(made)) == (403, "forbidden")
    # who keeps results strikes out what nobody has confirmed
    await school.correct(made, value="5")
    struck = (await school.strike(made)).json()
    assert (struck["state"], struck["strike_reason"], struck["value"]) == ("struck_out", "внесено по ошибке", "5")
    assert code(await school.correct(made, value="2")) == (409, "result_struck_out")
    assert code(await school.confirm(made)) == (409, "result_struck_out")
    assert code(await school.strike(made)) == (409, "result_struck_out")

    pages = await school.of("clerk").get(f"{path}/changes", params={"limit": "3"})
    rest = await school.of("clerk").get(pages.links["next"]["url"])
    changes = [*pages.json()["items"], *rest.json()["items"]]
    values = [(each["before"]["value"], each["after"]["value"]) for each in changes if "value" in each["before"]]
    assert values == [("3", "4"), ("4", "5")]
    assert changes[1]["before"] == {"comment": "устно"}
    assert changes[2]["changed_by"] == str(school.place.accounts["clerk"])
    assert [row["id"] for row in await school.listed()] == [made["id"]]
    # a hand is noted, so that no import overwrites it unasked
    hands = await school.house.owner.fetch("SELECT field, kind FROM hand_edits WHERE entity_id = $1", made["id"])
    assert {(row["field"], row["kind"]) for row in hands} == {
        ("value", "results"), ("title", "results"), ("comment", "results"),
    }  # fmt: skip
    for statement in (
        "DELETE FROM result_changes",
        "UPDATE results SET state = 'entered', strike_reason = '', struck_out_at = NULL, revision = revision + 1",
        "UPDATE results SET value = '2'",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"never changed|stays so|entered it"):
            await school.house.owner.execute(statement)


async def test_two_persons_confirm_where_the_policy_says_so(school: School) -> None:
    assert (await school.of("clerk").get(f"{V1}/result-policy")).json()["revision"] == 0
    assert (await school.decide(two_persons=True)).json()["two_persons"] is True
    owner, head = school.house.owner, school.place.accounts["head"]
    made = await school.entered()
    other = await school.entered(title="Самостоятельная")
    # as if the head had entered it in another role
    await owner.execute(
        "UPDATE results SET value = '2', entered_by = $2, changed_by = $2, revision = 2 WHERE id = $1", made["id"], head
    )
    assert code(await school.confirm(made)) == (403, "own_entry")
    async with school.house.services.database.work(school.place.scope("head")) as work:
        with pytest.raises(Exception, match="somebody else confirms"):
            await work.run(
                "UPDATE results SET state = 'confirmed', confirmed_by = $2, confirmed_at = now(), changed_by = $2,"
                " revision = revision + 1 WHERE institution_id = $3 AND id = $1",
                [made["id"], head, school.place.id],
            )
        await work.run("ROLLBACK")
    body = {"group_id": str(school.place.group), "period_id": str(school.period)}
    done = await school.of("head").post(f"{V1}/result-confirmations", json=body)
    assert done.json() == {"confirmed": 1, "left": 1}
    assert (await school.of("head").get(f"{V1}/results/{other['id']}")).json()["state"] == "confirmed"
    await school.correct(made, value="3")
    assert (await school.confirm(made)).json()["state"] == "confirmed"


async def test_what_cannot_be_is_refused(school: School) -> None:
    nobody = "01900000-0000-7000-8000-00000000dead"
    wrong: tuple[tuple[Json, str], ...] = (
        ({"person_id": nobody}, "unknown_reference"),
        ({"group_id": nobody}, "unknown_reference"),
        ({"teacher_id": nobody}, "unknown_reference"),
        ({"kind_id": nobody}, "unknown_taxonomy"),
        ({"source_id": nobody}, "unknown_taxonomy"),
        ({"scale_id": nobody}, "unknown_taxonomy"),
        ({"value": "6"}, "unknown_mark"),
        ({"held_on": "2026-03-03"}, "impossible_result_date"),
        ({"graded_on": "1899-12-31"}, "impossible_result_date"),
        ({"final_of": "period", "period_id": None}, "final_of_what"),
        ({"obtained_at": "Школа № 2"}, "credit_unproved"),
        ({"value": ""}, "invalid_request"),
    )
    for members, expected in wrong:
        answer = await school.enter(**members)
        assert code(answer) == (422, expected), members
    assert await school.listed() == []


async def test_a_final_result_is_there_once(school: School) -> None:
    final = await school.entered(final_of="period")
    assert (final["standing"], final["final_of"]) == ("final", "period")
    assert code(await school.enter(final_of="period", value="5")) == (409, "final_result_exists")
    answers = await asyncio.gather(*(school.enter(final_of="year", period_id=None) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    await school.strike(final)
    again = await school.entered(final_of="period", value="5")
    # an examination may be repeated
    for value in ("2", "4"):
        await school.entered(final_of="examination", period_id=None, value=value)
    assert len(await school.listed(standing="final")) == 5
    assert await school.listed(standing="current") == []
    assert code(await school.correct(again, final_of=None)) == (422, "invalid_request")
    assert code(await school.correct(await school.entered(), final_of="year")) == (422, "final_of_what")


async def test_results_of_elsewhere_are_credited_by_a_procedure_only(school: School) -> None:
    credited: Json = {"outside": True, "obtained_at": "Школа № 2", "credit_document": "приказ № 4"}
    assert code(await school.enter(**credited)) == (409, "credit_off")
    assert code(await school.decide(credits_outside=True)) == (422, "credit_procedure_missing")
    assert (await school.decide(credits_outside=True, credit_procedure="Порядок зачёта, 2025")).status_code == 200
    made = await school.entered(**credited)
    assert (made["outside"], made["obtained_at"], made["credit_document"]) == (True, "Школа № 2", "приказ № 4")
    assert code(await school.correct(made, credit_document="")) == (422, "credit_unproved")
    await school.decide(credits_outside=False)
    assert code(await school.enter(**credited)) == (409, "credit_off")
    refused = await school.of("clerk").patch(f"{V1}/result-policy", json={"two_persons": True}, headers=ANY)
    assert code(refused) == (403, "forbidden")


async def test_accounting_is_voluntary(school: School) -> None:
    credited: Json = {"outside": True, "obtained_at": "Школа № 2", "credit_document": "приказ № 4"}
    await school.decide(will_needed="outside", credits_outside=True, credit_procedure="Порядок зачёта, 2025")
    await school.entered()
    assert code(await school.enter(**credited)) == (409, "will_missing")
    statement = await school.state_will("outside")
    await school.entered(**credited)
    await school.decide(will_needed="all")
    assert code(await school.enter()) == (409, "will_missing")
    whole = await school.state_will("all")
    await school.entered(**credited)
    path = f"{V1}/people/{school.place.learner}/will-statements"
    body = {"covers": "all", "given_by": "learner", "given_on": "2026-01-12", "evidence": "заявление № 2"}
    assert code(await school.of("clerk").post(path, json=body)) == (409, "will_recorded")
    late = {"withdrawn_on": "2026-03-01", "evidence": "заявление № 3"}
    for each in (whole, statement):
        answer = await school.of("clerk").post(f"{V1}/will-statements/{each['id']}/withdrawal", json=late)
        assert answer.json()["withdrawn_on"] == "2026-03-01"
        assert code(await school.of("clerk").post(f"{V1}/will-statements/{each['id']}/withdrawal", json=late)) == (
            409,
            "will_withdrawn",
        )
    assert code(await school.enter()) == (409, "will_missing")
    with pytest.raises(asyncpg.CheckViolationError, match="by the will of the learner"):
        await school.house.owner.execute(
            "INSERT INTO results (id, institution_id, standing, person_id, value, created_at, changed_at)"
            " VALUES (gen_random_uuid(), $1, 'current', $2, '5', now(), now())",
            school.place.id,
            school.place.learner,
        )
    assert len(await school.listed()) == 3
    assert len((await school.of("clerk").get(path)).json()["items"]) == 2


async def test_diagnostics_and_special_needs_are_not_for_everybody(school: School) -> None:
    clerk, head, auditor = (school.of(role) for role in ("clerk", "head", "auditor"))
    usual = await school.entered()
    staff = await school.entered(kind_id=school.kinds["Педагогическая диагностика"], title="Тест тревожности")
    body = {"name": "Особые образовательные потребности", "access": "restricted"}
    kind = created(await clerk.post(f"{V1}/result-kinds", json=body))
    assert code(await school.enter(kind_id=kind["id"])) == (403, "forbidden")
    assert code(await school.correct(usual, kind_id=kind["id"])) == (403, "forbidden")
    hidden = usual["id"]
    await school.house.owner.execute(
        "UPDATE results SET kind_id = $2, revision = 2, entered_by = NULL, changed_by = NULL WHERE id = $1",
        hidden,
        kind["id"],
    )
    usual = await school.entered(title="Ещё одна")
    ids = {"usual": usual["id"], "staff": staff["id"]}
    assert {row["id"] for row in await school.listed()} == set(ids.values())
    assert {row["id"] for row in await school.listed("auditor")} == {ids["usual"]}
    assert {row["id"] for row in await school.listed("head")} == set(ids.values())
    assert {row["id"] for row in await school.listed("head", restricted="true")} == {*ids.values(), hidden}
    group = f"{V1}/groups/{school.place.group}/results"
    assert len((await clerk.get(group, params={"period_id": str(school.period)})).json()["items"]) == 2
    assert code(await clerk.get(group, params={"restricted": "true"})) == (403, "forbidden")
    for path in (f"{V1}/results/{hidden}{part}" for part in ("", "/changes", "/provenance")):
        assert code(await clerk.get(path)) == (404, "not_found")
        assert (await head.get(path)).status_code == 200
    assert code(await clerk.get(f"{V1}/provenance/results/{hidden}")) == (403, "forbidden")
    assert code(await head.get(f"{V1}/provenance/results/{hidden}")) == (404, "not_found")
    assert code(await auditor.get(f"{V1}/results/{staff['id']}")) == (404, "not_found")
    extract = (await head.get(f"{V1}/people/{school.place.learner}/results-extract")).json()
    shown = [(each["kind"], [row["id"] for row in each["current"]]) for each in extract["kinds"]]
    assert shown == [("Учебные (предметные)", [usual["id"]])]

    needs = f"{V1}/people/{school.place.learner}/special-needs"
    need = {
        "nature": "special_conditions",
        "description": "крупный шрифт",
        "evidence": "заключение № 8",
        "starts_on": "2025-09-01",
    }
    assert code(await clerk.post(needs, json=need)) == (403, "forbidden")
    made = created(await head.post(needs, json=need))
    assert code(await clerk.get(needs)) == (403, "forbidden")
    over = {"ends_on": "2026-02-01", "reason": "больше не нужно"}
    assert (await head.post(f"{V1}/special-needs/{made['id']}/ending", json=over)).json()["ends_on"] == "2026-02-01"
    assert code(await head.post(f"{V1}/special-needs/{made['id']}/ending", json=over)) == (409, "special_need_ended")
    said = await school.house.owner.fetchval("SELECT string_agg(payload::text, '') FROM audit_payloads")
    assert "крупный шрифт" not in said
    assert [said.count(title) for title in ("Ещё одна", "Тест тревожности")] == [1, 0]
    assert (await clerk.get(f"{V1}/search", params={"q": "крупный шрифт"})).json()["items"] == []


async def test_an_extract_holds_what_stands(school: School) -> None:
    struck = await school.entered(value="2")
    await school.strike(struck)
    marks = [await school.entered(held_on=day) for day in ("2026-02-20", "2026-01-15")]
    final = await school.entered(final_of="period", kind_id=school.kinds["Метапредметные"], held_on=None)
    path = f"{V1}/people/{school.place.learner}/results-extract"
    whole = (await school.of("clerk").get(path)).json()
    assert whole["full_name"].endswith("Вера Павловна")
    by_kind = {each["kind"]: each for each in whole["kinds"]}
    assert [row["id"] for row in by_kind["Учебные (предметные)"]["current"]] == [marks[1]["id"], marks[0]["id"]]
    assert [row["id"] for row in by_kind["Метапредметные"]["final"]] == [final["id"]]
    february = (await school.of("clerk").get(path, params={"since": "2026-02-01", "until": "2026-02-28"})).json()
    assert [row["id"] for each in february["kinds"] for row in each["current"]] == [marks[0]["id"]]
    none = await school.of("clerk").get(path, params={"period_id": str(school.subject)})
    assert none.json()["kinds"] == []


async def test_attendance_is_kept_like_marks(school: School) -> None:
    clerk = school.of("clerk")
    body = {
        "person_id": str(school.place.learner),
        "lesson_on": "2026-02-10",
        "lesson_number": 2,
        "status": "болеет",
        "group_id": str(school.place.group),
        "subject_id": str(school.subject),
    }
    made = created(await clerk.post(f"{V1}/attendance", json=body))
    path = f"{V1}/attendance/{made['id']}"
    assert code(await clerk.post(f"{V1}/attendance", json={**body, "lesson_on": "2026-03-03"})) == (
        422,
        "impossible_result_date",
    )
    assert code(await clerk.post(f"{V1}/attendance", json={**body, "group_id": str(school.period)})) == (
        422,
        "unknown_reference",
    )
    changed = await clerk.patch(path, json={"status": "уважительная причина", "lesson_number": None}, headers=ANY)
    assert (changed.json()["status"], changed.json()["revision"]) == ("уважительная причина", 2)
    [change] = (await clerk.get(f"{path}/changes")).json()["items"]
    assert change["before"] == {"status": "болеет", "lesson_number": 2}
    for listing in (f"people/{school.place.learner}", f"groups/{school.place.group}"):
        answer = await clerk.get(f"{V1}/{listing}/attendance", params={"since": "2026-02-10", "until": "2026-02-10"})
        assert [row["id"] for row in answer.json()["items"]] == [made["id"]], listing
    assert (await clerk.post(f"{path}/striking-out", json={"reason": "не тот день"})).json()["state"] == "struck_out"
    assert code(await clerk.patch(path, json={"status": "был"}, headers=ANY)) == (409, "result_struck_out")


async def test_nobody_else_reaches_it(school: School) -> None:
    made = await school.entered()
    stranger = school.house.other.of("head")
    for path in (f"results/{made['id']}", f"people/{school.place.learner}/results", f"result-kinds/{made['kind_id']}"):
        assert code(await stranger.get(f"{V1}/{path}")) == (404, "not_found")
    body = school.mark(person_id=str(school.house.other.learner), group_id=None)
    assert code(await school.house.other.clerk.post(f"{V1}/results", json=body)) == (422, "unknown_reference")
