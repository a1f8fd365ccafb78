"""A sole trader whom the operator took in: a OneRoster server, whose changes alone are asked for, and one table."""

from typing import Any

import pytest

from core.devkit.faults import HtmlPage, ServerError
from core.devkit.transport import SimulatorTransport
from plugins.oneroster.simulator import School, SimulatedSystem
from plugins.oneroster.simulator.application import HOST, Client
from plugins.oneroster.simulator.school import moment
from tests.connectors.three_institutions.conftest import Three
from tests.connectors.three_institutions.desk import ANYWAY, Desk, stand
from tests.kernel_database import HandClock

CLIENT = "deloteka"
MARK = "R-W-Б1-1-001"
TABLE = "Фамилия;Имя;Отчество;Дата рождения;Класс\r\nСписочная;Вера;Павловна;14.03.2012;Группа выходного дня\r\n"


def system_of() -> SimulatedSystem:
    return SimulatedSystem(School.small(learners=4, works=2))


def form(secret: str, client: str = CLIENT) -> dict[str, Any]:
    source = {
        "kind": "rest",
        "version": "1.2",
        "address": f"https://{HOST}",
        "token_url": f"https://{HOST}/oauth2/token",
        "client_id": client,
        "client_secret": secret,
    }
    return {"source": source, "final_categories": ["Четвертная отметка"]}


def secret_of(system: SimulatedSystem) -> str:
    return system.clients[CLIENT].secret


def change(system: SimulatedSystem, clock: HandClock, collection: str, key: str, **fields: object) -> None:
    """Change an object now, and say so in its date."""
    entry = system.school.collections[collection][key]
    system.school.collections[collection][key] = {**entry, **fields, "dateLastModified": moment(clock())}


async def connected(desk: Desk, system: SimulatedSystem) -> SimulatorTransport:
    transport = stand(desk.house, {HOST: system.application})
    await desk.give_right()
    await desk.draft("oneroster", "Журнал", form(secret_of(system)))
    assert (await desk.check())["state"] == "ready"
    return transport


async def test_a_check_tells_dead_credentials_from_a_missing_scope(three: Three) -> None:
    desk, system = three.trader, system_of()
    stand(three.house, {HOST: system.application})
    await desk.give_right()
    shown = await desk.ask("GET", "/connectors/oneroster")
    assert shown["schema"]["$defs"]["RestSource"]["properties"]["client_secret"]["x-secret"]
    await desk.draft("oneroster", "Журнал", form("wrong-secret-of-client"))
    refused = await desk.check()
    assert (refused["outcome"], refused["identity"], refused["state"]) == ("auth", None, "draft")
    system.clients[CLIENT].scopes.discard("gradebook.readonly")
    await desk.reconfigure(form(secret_of(system)))
    checked = await desk.check()
    lacking = {each["name"]: each["missing"] for each in checked["streams"] if each["state"] == "missing_right"}
    assert lacking.keys() == {"results", "final_results"}
    assert all("gradebook.readonly" in missing for missing in lacking.values())


async def test_the_registry_fills_itself_and_a_later_run_asks_for_changes_only(three: Three) -> None:
    desk, system = three.trader, system_of()
    transport = await connected(desk, system)
    dry = await desk.run("dry_run")
    words = {(each["kind"], each["source"]) for each in await desk.items(f"{desk.at}/mappings", unmapped="true")}
    assert {("subject", "C-1"), ("group", "H-А"), ("result_kind", "Контрольная работа")} <= words
    kind = await desk.ask("POST", "/result-kinds", json={"name": "Контрольная", "assessed": True})
    final = await desk.ask("POST", "/result-kinds", json={"name": "Четвертная", "assessed": True})
    await desk.map(kind="result_kind", source="Контрольная работа", target_id=kind["id"])
    await desk.map(kind="final_kind", source="Четвертная отметка", target_id=final["id"])
    transport.forget()
    first = await desk.run()
    asked = transport.requests()
    assert (first["state"], first["counts"]) == ("complete", dry["counts"]), first
    mark = await desk.result("results", MARK)
    assert (mark["kind_id"], mark["said_kind"]) == (kind["id"], "Контрольная работа")
    (origin,) = (await desk.ask("GET", f"/results/{mark['id']}/provenance"))["records"]
    assert origin["source_updated_at"] == "2025-09-01T08:00:00Z"
    results = await desk.items(f"/people/{mark['person_id']}/results")
    assert {each["kind_id"] for each in results if each["standing"] == "final"} == {final["id"]}
    desk.house.clock.move(days=1)
    transport.forget()
    await desk.expect_nothing_written()
    assert transport.requests() < asked


async def test_a_secret_that_was_changed_stops_the_schedule_and_another_client_is_refused(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    desk, system = three.trader, system_of()
    await connected(desk, system)
    assert (await desk.run())["state"] == "complete"
    planned = await desk.ask("PUT", f"{desk.at}/schedule", json={"schedule": "0 5 * * *"}, headers=ANYWAY)
    assert (planned["time_zone"], planned["next_run_at"]) == ("Asia/Yekaterinburg", "2026-03-03T00:00:00Z")
    secrets = [secret_of(system), "second-secret-of-client", "secret-of-somebody-else"]
    system.clients[CLIENT].secret = secrets[1]
    system.tokens.clear()
    assert await desk.pass_time(days=1) == 1
    assert ((await desk.last_run())["state"], (await desk.last_run())["reason"]) == ("failed", "auth")
    assert await desk.state() == "needs_sign_in"
    assert await desk.pass_time(days=1) == 0
    system.clients["somebody-else"] = Client(secrets[2])
    await desk.reconfigure(form(secrets[2], "somebody-else"))
    assert await desk.refused("POST", f"{desk.at}/check") == (409, "other_account")
    await desk.reconfigure(form(secrets[1]))
    assert (await desk.check())["state"] == "ready"
    assert await desk.pass_time(seconds=5) == 1
    assert set((await desk.last_run())["counts"]) <= {"same"}
    await desk.expect_no_secret(*secrets, *system.tokens, besides=caplog.text)


async def test_an_outage_and_a_bad_date_are_made_up_for(three: Three) -> None:
    desk, system = three.trader, system_of()
    await connected(desk, system)
    await desk.run()
    for fault in (ServerError(status=503), HtmlPage(status=200)):
        system.faults.on(fault)
        down = await desk.run()
        assert (down["state"], down["reason"]) == ("failed", "transient"), down
        system.faults.off()
        assert await desk.pass_time(minutes=16) == 1
        assert set((await desk.last_run())["counts"]) <= {"same"}
    change(system, desk.house.clock, "results", MARK, scoreDate="позавчера")
    bad = await desk.run()
    assert (bad["state"], bad["counts"]["dead"]) == ("partial", 1), bad
    (letter,) = await desk.items("/dead-letters", connection_id=desk.connection)
    assert (letter["stream"], letter["external_id"]) == ("results", MARK)
    change(system, desk.house.clock, "results", MARK, scoreDate="2025-09-18", score=2.0)
    assert (await desk.run())["state"] == "complete"
    assert await desk.items("/dead-letters", connection_id=desk.connection) == []
    assert (await desk.result("results", MARK))["value"] == "2.0"


async def test_changes_come_by_their_date_and_namesakes_are_told_apart(three: Three) -> None:
    desk, system = three.trader, system_of()
    clock, users = three.house.clock, system.school.collections["users"]
    names = {"familyName": "Двойникова", "givenName": "Вера", "middleName": "Павловна", "userIds": []}
    for key in ("S-001", "S-003"):
        users[key] = {**users[key], **names}
    person = {"family_name": "Двойникова", "given_name": "Вера", "patronymic": "Павловна"}
    known = await desk.ask("POST", "/people", json=person)
    await connected(desk, system)
    first = await desk.run()
    assert (first["state"], first["counts"]["unmatched"]) == ("partial", 2), first
    proposals = {each["external_id"]: each["id"] for each in await desk.items("/person-proposals")}
    meant = {"person_id": known["id"]}
    await desk.ask("POST", f"/person-proposals/{proposals['S-003']}/confirmation", json=meant)
    await desk.ask("POST", f"/person-proposals/{proposals['S-001']}/new-person")
    await desk.pass_time(seconds=5)
    assert await desk.items("/dead-letters", connection_id=desk.connection) == []
    assert len(await desk.items("/people", name="Двойникова Вера")) == 2

    clock.move(days=1)
    change(system, clock, "users", "S-002", familyName="Переименованная")
    change(system, clock, "results", MARK, status="tobedeleted")
    change(system, clock, "enrollments", "N-H-А-S-004", status="tobedeleted")
    system.school._enrol("H-Б", "S-004", "student")
    change(system, clock, "enrollments", "N-H-Б-S-004")
    run = await desk.run()
    assert run["state"] == "complete", run
    assert {name: run["counts"][name] for name in ("new", "changed", "gone")} == {"new": 1, "changed": 1, "gone": 2}
    renamed = await desk.spoken_of("learners", "S-002")
    assert (await desk.ask("GET", f"/people/{renamed}"))["family_name"] == "Переименованная"
    assert (await desk.result("results", MARK))["gone_at"] is not None
    mover = await desk.spoken_of("learners", "S-004")
    stays = {each["group_id"]: each["gone_at"] for each in await desk.items("/enrolments", person_id=str(mover))}
    assert stays[str(await desk.spoken_of("groups", "H-А"))] is not None
    assert stays[str(await desk.spoken_of("groups", "H-Б"))] is None
    await desk.expect_nothing_written()
    await desk.expect_sound_trail()


async def test_a_table_is_given_read_and_given_again_without_a_second_person(three: Three) -> None:
    desk = three.trader
    stand(three.house, {})
    await desk.give_right()
    assert (await desk.ask("GET", "/connectors/tabular"))["manifest"]["takes_files"]
    await desk.draft("tabular", "Списки", {"profile": "Списки на 1 марта"})
    given = await desk.ask(
        "POST", f"{desk.at}/files", params={"file_name": "список.csv"}, content=TABLE.encode("cp1251")
    )
    checked = await desk.check()
    assert (checked["outcome"], checked["state"]) == ("ok", "ready"), checked
    run = await desk.run()
    assert (run["state"], "new" in run["counts"]) == ("complete", True), run
    person = await desk.person("Списочная")
    assert person["birth_date"] == "2012-03-14"
    told = await desk.ask("GET", f"/provenance/learners/{person['id']}")
    assert [each["connection_id"] for each in told["records"]] == [desk.connection]
    twice = await desk.refused(
        "POST", f"{desk.at}/files", params={"file_name": "копия.csv"}, content=TABLE.encode("cp1251")
    )
    assert twice == (409, "given_file_twice")
    await desk.expect_nothing_written()
    await desk.ask("DELETE", f"{desk.at}/files/{given['id']}")
    await desk.run()
    assert (await desk.person("Списочная"))["id"] == person["id"]
