"""With the last file of a learner end the rows that people approved, and not while anything keeps the learner."""

from uuid import UUID

import asyncpg
import pytest

from core.bootstrap.parts import APPS
from core.disposal.execution.people import end_waiting_people, forget_names
from core.kernel.database.connection import Database
from core.preservation.applying import apply_ledger
from core.preservation.ledger import LedgerEntry
from tests.registry.cases.desk import ANY, hold, lift
from tests.registry.consents.desk import demand, given, reach, settle, take_back
from tests.registry.disposal.bureau import (
    ACTS,
    LINES,
    STEPS,
    brought_to,
    classes,
    closed_case,
    decide_on_results,
    draft,
    lines,
    no_inventories,
    policy,
    step,
    summary,
)
from tests.registry.disposal.executing import personal_file_case, renew, run_execution, started
from tests.registry.nomenclature.office import OFFICER
from tests.registry.paperwork.desk import content, issued, look, ready, words
from tests.registry_house import House, Json, code

V1 = "/api/v1"
DECISION = {"reason": "журналы велись на бумаге", "evidence": "протокол ЭК № 2"}
COUNTS = {
    **dict.fromkeys(("results", "attendance", "rewards", "enrolments", "representatives"), 1),
    **dict.fromkeys(("special_needs", "will_statements", "consents"), 1),
}
GONE = ("results", "attendance", "result_changes", "rewards", "reward_changes", "enrolments", "representatives")
NEEDS = ("special_needs", "will_statements")
SAID = ("people", "consents", "consent_withdrawals", "personal_data_events", "duties", *GONE, *NEEDS)


async def known(house: House) -> None:
    """Let the registry know everything of a learner that it can, Тайное in every word."""
    place, owner = house.a, house.owner
    at = f"{V1}/people/{place.learner}"
    name = {
        "family_name": "Тайнова",
        "former_names": "Примерова-Тайная",
        "snils": "11223344595",
        "email": "тайна@x.test",
    }
    assert (await house.clerk.patch(at, json=name, headers=ANY)).status_code == 200
    body = {"family_name": "Тайнова", "given_name": "Мать", "relation": "мать"}
    assert (await house.clerk.post(f"{at}/representatives", json=body)).status_code == 201
    consent = await given(place, given_by="representative", representative="Тайнова Мать", evidence="тайный лист")
    assert (await take_back(place, consent)).status_code == 200
    await answer_duties(house)
    # The duty to destroy keeps nothing: the act does it.
    assert (await reach(place)).status_code == 201
    who = [place.id, place.learner]
    await owner.execute(
        "INSERT INTO results (id, institution_id, standing, person_id, value, comment, held_on, created_at, changed_at)"
        " VALUES (gen_random_uuid(), $1, 'current', $2, '4', 'тайное', '2019-10-01', now(), now())", *who
    )  # fmt: skip
    await owner.execute("UPDATE results SET value = '5', comment = 'тайна', revision = 2, changed_at = now()")
    await owner.execute(
        "INSERT INTO attendance (id, institution_id, person_id, lesson_on, status, comment, created_at, changed_at)"
        " VALUES (gen_random_uuid(), $1, $2, '2019-10-02', 'н', 'тайное', now(), now())", *who
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO rewards (id, institution_id, person_id, title, created_at, changed_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'За тайное', now(), now())", *who
    )  # fmt: skip
    await owner.execute("UPDATE rewards SET title = 'За тайну', revision = 2")
    await owner.execute(
        "INSERT INTO enrolments (id, institution_id, group_id, person_id, role, ends_on, created_at)"
        " VALUES (gen_random_uuid(), $1, $3, $2, 'learner', '2020-05-31', now())", *who, place.group
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO special_needs (id, institution_id, person_id, nature, description, evidence, starts_on,"
        " recorded_by, recorded_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'talent', 'тайна', 'тайна', '2019-01-01', $1, now())", *who
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO will_statements (id, institution_id, person_id, covers, given_by, given_on, evidence, recorded_by,"
        " recorded_at) VALUES (gen_random_uuid(), $1, $2, 'all', 'learner', '2019-01-01', 'тайна', $1, now())", *who
    )  # fmt: skip


async def telling(house: House) -> list[str]:
    """Tables that still tell of the learner."""
    found = []
    for table in (*SAID, "search_entries", "search_words", "audit_payloads", "personal_files", "destruction_ledger"):
        rows = await house.owner.fetch(f"SELECT t::text AS row FROM {table} t")  # noqa: S608 - names of tables
        found += [table for row in rows if "тайн" in row["row"].lower() or "11223344595" in row["row"]]
    return sorted(set(found))


async def answer_duties(house: House) -> None:
    for duty in (await house.clerk.get(f"{V1}/duties", params={"state": "open"})).json()["items"]:
        assert (await settle(house.a, duty, "completion", evidence="тайный акт")).status_code == 200


async def approved(house: House, *cases: Json) -> Json:
    """Take an act of these cases to the end of its waiting time, with the decision about results that it needs."""
    act = await draft(house.a, *cases)
    await decide_on_results(house.a, act)
    await brought_to(house.a, act, "waiting")
    house.clock.move(days=8)
    await renew(house)
    return act


async def executed(house: House, act: Json) -> None:
    await started(house, act)
    assert await run_execution(house) == ["done"]


async def kept_by(house: House) -> list[str]:
    """What the service says that keeps the one learner who is noted."""
    [row] = (await house.of("auditor").get(f"{V1}/ended-people", params={"waiting": "true"})).json()["items"]
    said: list[str] = row["kept_by"]
    return said


async def ended(house: House) -> list[tuple[UUID, bool]]:
    rows = await house.owner.fetch("SELECT person_id, ended_at IS NOT NULL FROM ended_people")
    return [tuple(row) for row in rows]


async def test_rows_end_with_the_last_file_after_people_saw_and_decided_and_papers_name_whom(
    house_in_memory: House,
) -> None:
    house, learner = house_in_memory, house_in_memory.a.learner
    await known(house)
    case = await personal_file_case(house)
    await policy(house.a)
    await no_inventories(house.a)
    act = await draft(house.a, case)
    [line] = await lines(house.a, act)
    assert line["carried"] == [{"person_id": str(learner), "counts": COUNTS, "unarchived": 2}]
    refused = await step(house.a, act, "submission", OFFICER)
    assert code(refused) == (409, "results_not_archived")
    assert refused.json()["lines"] == [{"line": line["id"], "results": "2"}]
    told = await summary(house.a, act)
    assert (told["registry_rows"], told["unarchived"]) == ({"people": 1, **COUNTS}, {line["id"]: 2})
    at = f"{LINES}/{line['id']}/results-decision"
    assert (await house.of(OFFICER).post(at, json=DECISION, headers=ANY)).status_code == 403
    decided = await house.of("commission").post(at, json=DECISION, headers=ANY)
    assert (decided.status_code, decided.json()["results"]) == (200, 2)
    await brought_to(house.a, act, "waiting")
    late = await house.of("commission").post(at, json=DECISION, headers=ANY)
    assert late.json()["reasons"] == ["list_frozen"]
    paper = words(await look(house.a, f"disposal-acts/{act['id']}/paper"))
    assert "карточки обучающихся — 1, строки о них — 8" in paper
    assert "периода — 2" in paper, "without a snapshot"
    house.clock.move(days=8)
    await renew(house)
    before = await house.owner.fetchval("SELECT count(*) FROM audit_entries")
    await executed(house, act)

    assert await telling(house) == []
    assert [await house.owner.fetchval(f"SELECT count(*) FROM {table}") for table in (*GONE, *NEEDS)] == [0] * 9  # noqa: S608
    assert await house.owner.fetchval("SELECT count(*) FROM audit_entries") > before
    assert await ended(house) == [(learner, True)]
    at = f"{V1}/people/{learner}"
    for address in (at, f"{at}/personal-data", f"{at}/results", f"{at}/rewards", f"{at}/representatives"):
        answer = await house.clerk.get(address)
        assert (code(answer), answer.json()["number"]) == ((410, "person_ended"), "1-у"), address
    assert code(await house.other.clerk.get(at)) == (404, "not_found")
    assert (await house.clerk.get(f"{V1}/people")).json()["items"] == []
    await _nothing_undoes_it(house)
    await answer_duties(house)
    await _papers_name_them_until_the_act_is_certified(house, act)


async def _nothing_undoes_it(house: House) -> None:
    who = [house.a.id, house.a.learner]
    refused = {
        "UPDATE people SET family_name = 'Тайнова', ended_at = NULL": "does not come back",
        "DELETE FROM people": "does not come back",
        "UPDATE ended_people SET noted_at = now(), ended_at = NULL, counts = '{}'": "no destroyed line",
        "DELETE FROM ended_people": "never changed or removed",
        "UPDATE ended_people SET act = '{}'": "never changed or removed",
        "UPDATE ended_people SET names = ''": "never changed or removed",
        "UPDATE consents SET purpose = ''": "never changed or removed",
        "DELETE FROM duties": "never changed or removed",
    }
    for statement, match in refused.items():
        with pytest.raises(asyncpg.PostgresError, match=match):
            await house.owner.execute(statement)
    with pytest.raises(asyncpg.PostgresError, match="has ended this learner"):
        await house.owner.execute(
            "INSERT INTO rewards (id, institution_id, person_id, title, created_at, changed_at)"
            " VALUES (gen_random_uuid(), $1, $2, 'За тайное', now(), now())", *who
        )  # fmt: skip
    assert (await house.clerk.post(f"{V1}/holds", json={
        "reason_kind": "claim", "reason": "иск", "document": "иск", "person_ids": [str(who[1])]
    })).status_code == 404  # fmt: skip


async def _papers_name_them_until_the_act_is_certified(house: House, act: Json) -> None:
    await ready(house)
    paper = {"destroyed_on": house.clock().date().isoformat(), "way": "shredded", "evidence": "протокол № 1"}
    done = await house.of("executor").post(f"{ACTS}/{act['id']}/paper-destruction", json=paper)
    assert done.status_code == 200, done.text
    personal = words(await content(house.a, await issued(house.a, "personal_data_act", act["id"])))
    assert "Тайнова Вера Павловна" in personal
    assert "карточки обучающихся — 1, результаты — 1, отметки о посещении — 1" in personal
    assert "удаление строк и обезличивание карточек" in personal
    table = await look(house.a, f"disposal-acts/{act['id']}/event-log-export", **{"as": "csv"})
    export = " ".join(table.decode("utf-8-sig").split())
    assert "Тайнова Вера Павловна" in export
    assert "карточки обучающихся — 1" in export
    body = {"person_id": str(house.a.learner), "addressee": "Тайновой В. П.", "request": "обращение № 1"}
    at = f"{V1}/destruction-certificates"
    certificate = await house.of(OFFICER).post(at, json=body)
    assert certificate.status_code == 201, certificate.text
    assert "Тайнова Вера Павловна" in words(await content(house.a, certificate.json()))
    # As `certify` does it, whose signatures other tests give.
    await house.owner.execute("ALTER TABLE disposal_acts DISABLE TRIGGER USER")
    await house.owner.execute("UPDATE disposal_acts SET state = 'certified'")
    await house.owner.execute("ALTER TABLE disposal_acts ENABLE TRIGGER USER")
    async with house.services.database.work(house.a.scope()) as work:
        await forget_names(work, UUID(act["id"]))
    assert await house.owner.fetchval("SELECT names FROM ended_people") == ""
    refused = await house.of(OFFICER).post(at, json={**body, "request": "обращение № 2"})
    assert (code(refused), refused.json()["reason"]) == ((409, "paper_not_ready"), "subject_forgotten")
    named = await house.of(OFFICER).post(at, json={**body, "request": "обращение № 2", "subject": "Тайнова Вера"})
    assert named.status_code == 201, named.text


async def test_a_learner_whom_something_keeps_goes_with_no_act(house_in_memory: House) -> None:
    house, place, learner = house_in_memory, house_in_memory.a, house_in_memory.a.learner
    await known(house)
    [kept_class, record_class] = await classes(house, "10 лет", "1 год")
    book = await closed_case(place, kept_class, title="Книга выдачи дипломов")
    case = await personal_file_case(house, record_class)
    act = await draft(place, case)

    async def going() -> Json:
        rows: Json = (await summary(place, act))["registry_rows"]
        return rows

    everything = {"people": 1, **COUNTS}
    assert await going() == everything
    assert (await demand(place, "access_demanded", "2026-03-01")).status_code == 201
    assert await going() == {}, "somebody has to be answered"
    await answer_duties(house)
    assert await going() == everything
    await house.owner.execute("UPDATE enrolments SET ends_on = NULL")
    assert await going() == {}, "still enrolled"
    await house.owner.execute("UPDATE enrolments SET ends_on = '2020-05-31'")
    assert await going() == everything
    await house.owner.execute("INSERT INTO case_persons VALUES ($1, $2, $3)", place.id, UUID(book["id"]), learner)
    assert await going() == {}, "another case names the learner"
    [line] = await lines(place, act)
    detail = (await house.of("auditor").get(f"{LINES}/{line['id']}")).json()
    assert detail["kept"] == [{"person_id": str(learner), "kept_by": ["case"]}]


async def test_what_comes_after_the_approval_keeps_the_rows_and_a_loop_ends_them_after_it(
    house_in_memory: House,
) -> None:
    house, place, learner = house_in_memory, house_in_memory.a, house_in_memory.a.learner
    await known(house)
    case = await personal_file_case(house)
    await policy(place)
    await no_inventories(place)
    act = await approved(house, case)
    assert (await demand(place, "access_demanded", "2026-03-02")).status_code == 201
    await executed(house, act)
    assert await ended(house) == [(learner, False)]
    assert await kept_by(house) == ["duty"]
    assert await end_waiting_people(house.services.database) == 0
    assert (await house.clerk.get(f"{V1}/people/{learner}")).json()["family_name"] == "Тайнова"
    placed = await hold(place, person_ids=[str(learner)])
    await answer_duties(house)
    assert await kept_by(house) == ["hold"]
    assert await end_waiting_people(house.services.database) == 0
    assert (await lift(place, placed)).status_code == 200
    # More than people approved does not end.
    body = {"family_name": "Тайнов", "given_name": "Отец"}
    more = await house.clerk.post(f"{V1}/people/{learner}/representatives", json=body)
    assert more.status_code == 201, more.text
    assert await kept_by(house) == ["more_than_approved"]
    assert await end_waiting_people(house.services.database) == 0
    with pytest.raises(asyncpg.PostgresError, match="go with their learner only"):
        await house.owner.execute("DELETE FROM representatives")
    await _a_restore_ends_the_same(house)


async def test_the_last_of_several_cases_carries_the_rows_and_a_held_one_keeps_them(house_in_memory: House) -> None:
    house, place, learner = house_in_memory, house_in_memory.a, house_in_memory.a.learner
    [record_class] = await classes(house, "1 год")
    order = await closed_case(place, record_class, title="Приказы")
    await house.owner.execute("INSERT INTO case_persons VALUES ($1, $2, $3)", place.id, UUID(order["id"]), learner)
    case = await personal_file_case(house, record_class)
    await policy(place)
    await no_inventories(place)
    act = await approved(house, order, case)
    carried = {line["title"]: [each["person_id"] for each in line["carried"]] for line in await lines(place, act)}
    assert carried == {"Приказы": [], "Личное дело": [str(learner)]}
    placed = await hold(place, case_ids=[order["id"]])
    await executed(house, act)
    assert [line["state"] for line in await lines(place, act)] == ["destroyed", "held"]
    assert await ended(house) == [], "the order names the learner still"
    assert (await lift(place, placed)).status_code == 200
    house.clock.move(minutes=1)
    again = await draft(place, order)
    [line] = await lines(place, again)
    assert [each["person_id"] for each in line["carried"]] == [str(learner)]
    for name, role, body in STEPS["waiting"]:
        wanted = {**body, "number": "2-у"} if name == "approval" else body
        answer = await step(place, again, name, role, wanted)
        assert answer.status_code == 200, answer.text
    house.clock.move(days=8)
    await renew(house)
    await executed(house, again)
    assert await ended(house) == [(learner, True)]


async def _a_restore_ends_the_same(house: House) -> None:
    """The registry as it was before the end, with the ledger of after it."""
    said = {"act": {"id": str(UUID(int=7)), "number": "7-у", "date": "2026-03-02"}, "counts": COUNTS}
    entry = LedgerEntry(
        id=UUID(int=8),
        institution_id=house.a.id,
        entered_at=house.clock(),
        kind="person_gone",
        object_id=house.a.learner,
        body=said,
    )
    database = Database(house.owner_url, apps=APPS, clock=house.clock, pool=2)
    await database.open()
    try:
        assert (await apply_ledger(database, house.a.id, [entry])).people == 1
        assert (await apply_ledger(database, house.a.id, [entry])).entries == 0
    finally:
        await database.close()
    assert await ended(house) == [(house.a.learner, True)]
    assert await telling(house) == []
    assert await house.owner.fetchval("SELECT names FROM ended_people") == ""
    answer = await house.clerk.get(f"{V1}/people/{house.a.learner}")
    assert (code(answer), answer.json()["number"]) == ((410, "person_ended"), "7-у")
