"""The three papers of an executed act, from one stream of events; certification, marks, certificates for persons."""

import csv
import io
from uuid import UUID

from tests.registry.cases.desk import ANY
from tests.registry.disposal.bureau import ACTS, YEAR, begin_inventory, brought_to, draft, no_inventories, policy
from tests.registry.disposal.bureau import classes as old_classes
from tests.registry.disposal.executing import filed_case, renew, run_execution, started
from tests.registry.nomenclature.office import OFFICER
from tests.registry.paperwork.desk import V1, cms, content, issue, issued, look, ready, sign, words
from tests.registry_house import House, Json, Place, code

HOLD: Json = {"reason_kind": "claim", "reason": "иск", "document": "определение"}
KINDS = ("disposal_act", "personal_data_act", "event_log_export")


async def executed(house: House) -> tuple[Json, Place]:
    """An executed act of a case with documents and of one whose paper goes as well; one case is saved by a hold."""
    [record_class] = await old_classes(house, "1 год")
    cases = [
        await filed_case(house, record_class, count, title=f"Дело {number}", paper=paper, electronic=True)
        for number, (count, paper) in enumerate(((2, False), (0, True), (1, False)))
    ]
    await policy(house.a)
    await no_inventories(house.a)
    act = await brought_to(house.a, await draft(house.a, *cases), "waiting")
    house.clock.move(days=8)
    await renew(house)
    assert (await house.clerk.post(f"{V1}/holds", json=HOLD | {"case_ids": [cases[2]["id"]]})).status_code == 201
    another = await started(house, act)
    assert set(await run_execution(house)) == {"done"}
    return act, another


async def certify(house: House, act: Json, role: str = OFFICER) -> tuple[int, list[str]]:
    answer = await house.of(role).post(f"{ACTS}/{act['id']}/certification", headers=ANY)
    return answer.status_code, answer.json().get("reasons", [])


async def test_an_act_is_certified_by_three_signed_papers_of_one_stream(house_in_memory: House) -> None:
    house = house_in_memory
    act, another = await executed(house)
    await ready(house)
    unready = await issue(house.a, "disposal_act", act["id"])
    assert (code(unready), unready.json()["reason"]) == ((409, "paper_not_ready"), "paper_not_recorded")
    paper_end = {"destroyed_on": "2026-03-10", "way": "shredded", "evidence": "акт измельчения № 1"}
    recorded = await house.of("executor").post(f"{ACTS}/{act['id']}/paper-destruction", json=paper_end)
    assert recorded.status_code == 200, recorded.text
    papers = {kind: await issued(house.a, kind, act["id"]) for kind in KINDS}
    said = {kind: words(await content(house.a, paper)) for kind, paper in papers.items()}
    _the_papers_say_what_happened(said)
    assert await certify(house, act) == (409, ["not_signed"])
    for kind in ("disposal_act", "personal_data_act"):
        for number, (place, role) in enumerate(((house.a, OFFICER), (house.a, "executor"), (another, "executor"))):
            assert (await sign(place, papers[kind], cms(f"{kind}{number}".encode()), role)).status_code == 201
    assert await certify(house, act) == (409, ["not_signed"])
    assert (await sign(house.a, papers["event_log_export"], manner="by_hand")).status_code == 201
    assert (await certify(house, act, "head"))[0] == 403
    assert await certify(house, act) == (200, [])
    assert (await house.of("auditor").get(f"{ACTS}/{act['id']}")).json()["state"] == "certified"
    row = await house.owner.fetchrow("SELECT papers, signed_by FROM act_certificates")
    assert all(paper["content_sha256"] in row["papers"] for paper in papers.values())
    assert {UUID(str(house.a.accounts["executor"])), another.accounts["executor"]} <= set(row["signed_by"])
    for kind, paper in papers.items():
        again = await issue(house.a, kind, act["id"])
        assert (again.status_code, again.json()["id"]) == (200, paper["id"])
    await _the_nomenclature_is_marked(house, act)
    await _an_inventory_is_marked(house, act)
    await _only_those_who_may_read_names(house, act, papers["personal_data_act"])


def _the_papers_say_what_happened(said: dict[str, str]) -> None:
    act, personal, export = (said[kind] for kind in KINDS)
    assert "Из них уничтожено: 2 (два) дела; не уничтожено: 1 (одно) дело" in act
    assert "приостановлено уничтожение" in act
    assert "На основании Перечня, утв." in act
    assert "Электронные: 1 (одно) дело" in act
    assert "На бумажном носителе: 1 (одно) дело. Способ: измельчение" in act
    assert "ленты хранилища № 1" in act
    assert "сертификат отсутствует" in act
    assert "Примерова Вера Павловна" in personal
    assert "01-01 «Дело 1», 2020 г." in personal
    assert "1 (один) субъект и лица, указанные в документах (1 (одна) запись списка)" in personal
    assert "количество листов не учтено" in personal
    assert "SHA-256 потока событий" in personal
    assert "Примерова Вера Павловна" in export
    assert "Лица, указанные в документах дела «Дело 1»" in export
    assert "Всего: 2 (две) записи" in export


async def _the_nomenclature_is_marked(house: House, act: Json) -> None:
    version = await house.owner.fetchval("SELECT id FROM nomenclature_versions WHERE year = $1", YEAR)
    mark = f"Уничтожено 2 дела, акт № 1-у от {act['approved_on'][8:]}.{act['approved_on'][5:7]}.2026"
    assert mark in words(await look(house.a, f"nomenclature-versions/{version}/paper"))
    listed = await house.of("auditor").get(f"{V1}/nomenclature-versions/{version}/destruction-marks")
    assert [(each["place"], each["cases"]) for each in listed.json()["items"]] == [("01-01", 2)]


async def _an_inventory_is_marked(house: House, act: Json) -> None:
    """Whatever inventory a case of the act stands in: here one that is written straight into the tables."""
    made = await begin_inventory(house.a)
    await house.owner.execute(
        "INSERT INTO inventory_lines (id, institution_id, inventory_id, position, case_id, class_index, title,"
        " first_year, last_year, volumes, term, article)"
        " SELECT gen_random_uuid(), institution_id, $1, 4, case_id, class_index, title, 2020, 2020, 1, term, article"
        " FROM disposal_act_lines WHERE act_id = $2 AND title = 'Дело 0'",
        UUID(made["id"]),
        UUID(act["id"]),
    )
    assert "Уничтожено, акт № 1-у от" in words(await look(house.a, f"inventories/{made['id']}/paper"))
    listed = await house.of("auditor").get(f"{V1}/inventories/{made['id']}/destruction-marks")
    assert [(each["place"], each["act_number"]) for each in listed.json()["items"]] == [("4", "1-у")]


async def _only_those_who_may_read_names(house: House, act: Json, paper: Json) -> None:
    for role in ("clerk", "auditor", "commission"):
        assert code(await house.of(role).get(f"{V1}/issued-papers/{paper['id']}/content")) == (403, "forbidden")
        assert code(await house.of(role).get(f"{ACTS}/{act['id']}/personal-data-act")) == (403, "forbidden")
        listed = (await house.of(role).get(f"{V1}/issued-papers")).json()["items"]
        assert [each["kind"] for each in listed] == ["disposal_act"]
    found = await house.clerk.get(f"{V1}/search", params={"q": "персональных данных"})
    assert "Примерова" not in found.text
    filed = await issued(house.a, "event_log_table", act["id"])
    assert filed["title"].startswith("Выгрузка")
    kept = await content(house.a, filed)
    table = (await look(house.a, f"disposal-acts/{act['id']}/event-log-export", **{"as": "csv"})).decode("utf-8-sig")
    assert kept.decode("utf-8-sig") == table
    rows = list(csv.reader(io.StringIO(table), delimiter=";"))
    assert [row[0] for row in rows[1:]] == ["Примерова Вера Павловна", "Лица, указанные в документах дела «Дело 1»"]


async def test_an_act_whose_every_line_was_saved_is_certified_by_itself(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await old_classes(house, "1 год")
    case = await filed_case(house, record_class, 1, electronic=True)
    await policy(house.a)
    await no_inventories(house.a)
    act = await brought_to(house.a, await draft(house.a, case), "waiting")
    house.clock.move(days=8)
    await renew(house)
    assert (await house.clerk.post(f"{V1}/holds", json=HOLD | {"case_ids": [case["id"]]})).status_code == 201
    another = await started(house, act)
    assert set(await run_execution(house)) == {"done"}
    await ready(house)
    assert code(await issue(house.a, "personal_data_act", act["id"])) == (409, "paper_not_ready")
    paper = await issued(house.a, "disposal_act", act["id"])
    assert await certify(house, act) == (409, ["not_signed"])
    for number, (place, role) in enumerate(((house.a, OFFICER), (house.a, "executor"), (another, "executor"))):
        assert (await sign(place, paper, cms(str(number).encode()), role)).status_code == 201
    assert await certify(house, act) == (200, [])


async def test_a_person_gets_a_certificate_of_what_was_destroyed(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await executed(house)
    await ready(house)
    body = {"person_id": str(house.a.learner), "addressee": "Примеровой Вере Павловне", "request": "обращение № 12"}
    first = await house.of(OFFICER).post(f"{V1}/destruction-certificates", json=body)
    assert first.status_code == 201, first.text
    said = words(await content(house.a, first.json()))
    assert "Примеровой Вере Павловне" in said
    assert f"№ {act['number']} от" in said
    assert "Дело 0" in said
    assert "Дело 1" not in said
    again = await house.of(OFFICER).post(f"{V1}/destruction-certificates", json=body)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    unknown = body | {"person_id": str(house.a.group)}
    assert code(await house.of(OFFICER).post(f"{V1}/destruction-certificates", json=unknown)) == (404, "not_found")
