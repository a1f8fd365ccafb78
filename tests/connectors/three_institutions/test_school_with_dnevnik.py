"""A school and Dnevnik.ru: a pasted token first, then a sign-in in the browser; what breaks is repaired."""

import io
import zipfile
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.devkit.faults import HtmlPage, ServerError
from core.devkit.transport import SimulatorTransport
from plugins.dnevnik.simulator import Platform, Size, simulate
from tests.connectors.period_exports.desk import with_class
from tests.connectors.three_institutions.conftest import Three
from tests.connectors.three_institutions.desk import ANYWAY, V1, Desk, stand
from tests.registry_house import Json, code

HOST = "api.dnevnik.example"
SCHOOL = Size(classes=2, learners=4, subjects=2, lessons=2, subgroups=False)
MARCH = datetime(2026, 3, 2, 12)  # noqa: DTZ001 - the platform's times are local wall time
FIVE = [{"value": str(mark), "number": mark} for mark in range(2, 6)]


def platform_of() -> Platform:
    platform = Platform(size=SCHOOL, now=MARCH)
    platform.address = f"https://{HOST}"
    platform.sign_in.lifetime = timedelta(days=365)
    return platform


def pasted(token: str) -> dict[str, Any]:
    return {"base_url": f"https://{HOST}", "guardians": True, "sign_in": {"way": "token", "token": token}}


def registered(platform: Platform) -> dict[str, Any]:
    """The application that the school registered at the platform."""
    own = {"client_id": platform.sign_in.client_id, "client_secret": platform.sign_in.client_secret}
    return {
        "base_url": f"https://{HOST}",
        "login_url": f"https://{HOST}/oauth2",
        "sign_in": {"way": "application", **own},
    }


async def connected(desk: Desk, platform: Platform) -> SimulatorTransport:
    """A school after its first run."""
    transport = stand(desk.house, {HOST: simulate(platform)})
    await desk.give_right()
    await desk.draft("dnevnik", "Дневник лицея", pasted(platform.sign_in.token()))
    assert (await desk.check())["outcome"] == "ok"
    first = await desk.run()
    assert first["state"] == "complete", first
    return transport


async def test_the_right_is_given_the_form_is_filled_and_a_check_says_whose_account_it_is(three: Three) -> None:
    desk, platform = three.school, platform_of()
    stand(three.house, {HOST: simulate(platform)})
    assert await desk.refused("GET", "/connectors") == (403, "forbidden")
    await desk.give_right()
    offered = {each["name"]: each for each in await desk.items("/connectors")}
    assert offered.keys() >= {"dnevnik", "moodle", "oneroster", "tabular"}
    dnevnik = await desk.ask("GET", "/connectors/dnevnik")
    assert dnevnik == offered["dnevnik"]
    assert dnevnik["signs_in"]
    assert {each["scope"] for each in dnevnik["manifest"]["scopes"]} >= {"CommonInfo", "FriendsAndRelatives"}
    token_form = dnevnik["schema"]["$defs"]["PastedToken"]["properties"]["token"]
    assert (token_form["x-secret"], token_form["writeOnly"]) == (True, True)

    wrong = {"connector": "dnevnik", "title": "Дневник", "configuration": pasted("t") | {"base_url": "dnevnik"}}
    assert await desk.refused("POST", "/connections", json=wrong) == (422, "configuration_invalid")
    poor = platform.sign_in.token(scopes={"CommonInfo", "EducationalInfo"})
    made = await desk.draft("dnevnik", "Дневник лицея", pasted(poor))
    assert (made["state"], made["secrets"]) == ("draft", {"sign_in/token": "set"})
    wanted = {"connection_id": desk.connection}
    assert await desk.refused("POST", "/import-runs", json=wanted) == (409, "connection_not_ready")
    checked = await desk.check()
    lacking = {each["name"]: each["missing"] for each in checked["streams"] if each["state"] == "missing_right"}
    assert (checked["outcome"], lacking) == ("ok", {"guardians": "FriendsAndRelatives"})

    assert (await desk.reconfigure(pasted(platform.sign_in.token())))["state"] == "draft"
    checked = await desk.check()
    assert (checked["state"], {each["state"] for each in checked["streams"]}) == ("ready", {"ok"})
    assert "Тестовая школа № 0" in checked["identity"]["organisation"]
    await desk.choose([each["name"] for each in checked["streams"]])
    planned = await desk.ask("PUT", f"{desk.at}/schedule", json={"schedule": "30 3 * * *"}, headers=ANYWAY)
    assert planned["next_run_at"] == "2026-03-03T00:30:00Z"
    await desk.expect_no_secret(poor)


async def test_a_dry_run_shows_what_would_come_and_what_is_mapped_then_holds_in_the_registry(three: Three) -> None:
    desk, platform = three.school, platform_of()
    stand(three.house, {HOST: simulate(platform)})
    await desk.give_right()
    await desk.draft("dnevnik", "Дневник лицея", pasted(platform.sign_in.token()))
    await desk.check()
    before = await desk.items("/people")
    dry = await desk.run("dry_run")
    assert (dry["state"], set(dry["counts"])) == ("complete", {"new"})
    coming = {each["fields"]["name"]["after"] for each in await desk.differences(dry, stream="groups")}
    assert coming == {"5-А", "6-А"}
    assert await desk.items("/people") == before
    await expect_results_shown_to_the_head_alone(desk, dry)
    waiting = {(each["kind"], each["source_title"] or each["source"]) for each in await unmapped(desk)}
    assert waiting >= {("subject", "Алгебра"), ("group", "5-А"), ("scale", "mark5"), ("result_kind", "Работа на уроке")}

    subject = await desk.ask("POST", "/subjects", json={"name": "Математика: алгебра"})
    scale = await desk.ask("POST", "/mark-scales", json={"name": "Пятибалльная", "known_values": FIVE})
    kind = await desk.ask("POST", "/result-kinds", json={"name": "Текущий контроль", "assessed": True})
    algebra = next(each["source"] for each in await unmapped(desk) if each["source_title"] == "Алгебра")
    await desk.map(kind="subject", source=algebra, target_id=subject["id"])
    await desk.map(kind="scale", source="mark5", target_id=scale["id"])
    await desk.map(kind="result_kind", source="Работа на уроке", target_id=kind["id"])

    run = await desk.run()
    assert (run["state"], run["counts"]["matched"]) == ("complete", 1), run
    await expect_marks_in_the_registry(desk, platform, run, subject["id"], scale["id"])
    await expect_late_decisions_refused(desk, algebra, subject["id"])
    names = {each["name"] for each in await desk.items("/subjects")}
    assert names == {"Математика: алгебра", "Русский язык"}
    await desk.expect_nothing_written()
    await desk.map(kind="final_kind", source="Отметка за период", target_id=kind["id"])
    again = await desk.run("backfill")
    finals = await three.house.owner.fetchval("SELECT count(*) FROM results WHERE standing = 'final'")
    assert (again["state"], again["counts"]["changed"]) == ("complete", finals), again
    told = await desk.expect_sound_trail()
    assert (told["connection.mapped"], told["import.ended"]) == (5, 4)


async def expect_results_shown_to_the_head_alone(desk: Desk, dry: Json) -> None:
    """A result may be of a kind that few may see: until that is decided a clerk is told of the platform's words."""
    for each in await desk.differences(dry, stream="results"):
        assert (each["fields"].keys(), each["title"]) == ({"said_kind", "said_scale"}, "")
    head = f"/users/{desk.place.accounts['head']}"
    await desk.ask("PATCH", head, by="administrator", json={"rights": ["connections.manage"]}, headers=ANYWAY)
    shown = await desk.items(f"/import-runs/{dry['id']}/differences", by="head")
    assert {each["fields"]["value"]["after"] for each in shown if each["stream"] == "results"} >= {"5", "4-"}
    assert [each for each in shown if each["stream"] == "results" and "Алгебра" in each["title"]]


async def expect_late_decisions_refused(desk: Desk, algebra: str, subject: str) -> None:
    """What is in the registry already is not mapped any more; a subject can be another name of one there."""
    await desk.map(kind="subject", source=algebra, target_id=subject)
    assert await desk.items(f"{desk.at}/mappings", kind="subject", unmapped="true") == []
    (left,) = [each for each in await desk.items(f"{desk.at}/mappings", kind="subject") if each["source"] != algebra]
    assert (left["standing"], left["taken_as"]) == ("brought", "own")
    for decision in ({"target_id": subject}, {"ignored": True}):
        late = {"mappings": [{"kind": "subject", "source": left["source"], **decision}]}
        assert await desk.refused("PUT", f"{desk.at}/mappings", json=late) == (409, "mapping_too_late")
    other = next(each for each in await desk.items("/subjects") if each["id"] != subject)
    await desk.ask("PATCH", f"/subjects/{other['id']}", json={"alias_of_id": subject}, headers=ANYWAY)


async def unmapped(desk: Desk) -> list[Json]:
    return await desk.items(f"{desk.at}/mappings", unmapped="true")


async def expect_marks_in_the_registry(desk: Desk, platform: Platform, run: Json, subject: str, scale: str) -> None:
    """A class with its learners and marks, and of a mark where it comes from."""
    group = next(each for each in await desk.items("/groups") if each["name"] == "6-А")
    learners = await desk.items(f"/groups/{group['id']}/learners")
    assert {each["full_name"] for each in learners} == {
        f"{human.family} {human.given} {human.patronymic}"
        for human in (member.human for member in platform.world.schools[0].classes[1].members)
    }
    marks = await desk.items(f"/groups/{group['id']}/results")
    assert {each["standing"] for each in marks} == {"current", "final"}
    said = platform.journal(platform.world.schools[0].classes[1], periods(platform, 1)[0]).marks[0]
    mark = await desk.result("results", str(said.id))
    assert (mark["value"], mark["scale_id"], mark["subject_id"]) == (said.value, scale, subject)
    assert (mark["number"], mark["known"], mark["entered_by"]) == (float(said.value), True, None)
    assert mark["person_id"] in {each["id"] for each in learners}
    told = await desk.ask("GET", f"/results/{mark['id']}/provenance")
    (origin,) = told["records"]
    assert (told["made_run_id"], origin["connection_id"], origin["external_id"]) == (
        run["id"],
        desk.connection,
        str(said.id),
    )
    final = next(each for each in marks if each["standing"] == "final")
    assert (await desk.ask("GET", f"/results/{final['id']}/provenance"))["made_run_id"] == run["id"]


def periods(platform: Platform, number: int) -> tuple[Any, ...]:
    return platform.periods(platform.world.schools[0].classes[number])


async def test_a_sign_in_in_the_browser_takes_the_place_of_the_token_and_of_no_other_account(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    desk, platform = three.school, platform_of()
    await connected(desk, platform)
    assert (await desk.reconfigure(registered(platform)))["state"] == "draft"
    assert (await sign_in(desk, platform, account=1)) == (409, "other_account")
    assert (await sign_in(desk, platform))[0] == 200
    platform.sign_in.forget_access()
    await desk.expect_nothing_written()

    await desk.ask("PUT", f"{desk.at}/schedule", json={"schedule": "30 * * * *"}, headers=ANYWAY)
    assert await desk.pass_time(hours=1) == 1
    assert (await desk.last_run())["state"] == "complete"
    platform.sign_in.revoke()
    assert await desk.pass_time(hours=1) == 1
    assert ((await desk.last_run())["state"], (await desk.last_run())["reason"]) == ("failed", "auth")
    assert await desk.state() == "needs_sign_in"
    assert await desk.pass_time(hours=3) == 0
    assert (await sign_in(desk, platform))[0] == 200
    assert await desk.pass_time(seconds=5) == 1
    assert set((await desk.last_run())["counts"]) == {"same"}
    secrets = [platform.sign_in.client_secret, *platform.sign_in._access, *platform.sign_in._refresh]
    await desk.expect_no_secret(*secrets, besides=caplog.text)
    told = await desk.expect_sound_trail()
    assert (told["connection.signed_in"], told["connection.sign_in_needed"]) == (2, 1)


async def sign_in(desk: Desk, platform: Platform, account: int = 0) -> tuple[int, str]:
    """What happens in the clerk's browser; status and, of a refusal, its code."""
    browser = await desk.browser()
    begun = await browser.post(f"{V1}{desk.at}/sign-in")
    assert begun.status_code == 200, begun.text
    state = parse_qs(urlsplit(begun.json()["address"]).query)["state"][0]
    back = {"state": state, "code": platform.sign_in.code(account=account)}
    answer = await browser.get(urlsplit(begun.json()["redirect_uri"]).path, params=back)
    desk.heard += [begun.text.replace(state, ""), answer.text]
    return (200, answer.json()["state"]) if answer.is_success else code(answer)


async def test_an_outage_loses_nothing_and_is_made_up_for_by_itself(three: Three) -> None:
    desk, platform = three.school, platform_of()
    await connected(desk, platform)
    people = await desk.items("/people")
    for fault in (ServerError(status=503), HtmlPage(status=200)):
        platform.faults.on(fault)
        down = await desk.run()
        assert (down["state"], down["reason"]) == ("failed", "transient"), down
        assert (await desk.check())["outcome"] == "transient"
        assert await desk.state() == "ready"
        assert await desk.items("/people") == people
        platform.faults.off()
        assert down["retry_at"]
        assert await desk.pass_time(minutes=16) == 1
        assert set((await desk.last_run())["counts"]) == {"same"}
    query = "SELECT count(*) FROM origins WHERE gone_at IS NOT NULL"
    assert await three.house.owner.fetchval(query) == 0


async def test_what_changes_at_the_platform_changes_in_the_registry_and_a_bad_mark_waits(three: Three) -> None:
    desk, platform = three.school, platform_of()
    await connected(desk, platform)
    fifth, sixth = platform.world.schools[0].classes
    marks = platform.journal(sixth, periods(platform, 1)[2]).marks
    renamed, moved = sixth.members[0].human, sixth.members[1].human
    before = await desk.person(f"{renamed.family} {renamed.given} {renamed.patronymic}")
    renamed.family = "Переименованный"
    platform.move(moved.id, sixth, fifth)
    platform.change_mark(marks[0].id, "")
    platform.change_mark(marks[1].id, None)
    run = await desk.run()
    assert run["state"] == "partial", run
    assert {name: run["counts"][name] for name in ("dead", "gone")} == {"dead": 1, "gone": 1}, run

    after = await desk.ask("GET", f"/people/{before['id']}")
    assert (after["family_name"], after["given_name"]) == ("Переименованный", before["given_name"])
    told = await desk.ask("GET", f"/provenance/learners/{before['id']}")
    assert [(each["field"], each["run_id"]) for each in told["values"]] == [("family_name", run["id"])]
    mover = await desk.spoken_of("learners", str(moved.id))
    stays = {each["group_id"]: each["archived"] for each in await desk.items("/enrolments", person_id=str(mover))}
    assert sorted(stays.values()) == [False, True]
    assert (await desk.result("results", str(marks[1].id)))["gone_at"] is not None

    (letter,) = await desk.items("/dead-letters", connection_id=desk.connection)
    assert (letter["stream"], letter["external_id"], letter["class"]) == ("results", str(marks[0].id), "record")
    platform.change_mark(marks[0].id, "5")
    again = await desk.ask("POST", f"/dead-letters/{letter['id']}/retry")
    await desk.work()
    assert (await desk.ask("GET", f"/import-runs/{again['id']}"))["state"] == "complete"
    assert await desk.items("/dead-letters", connection_id=desk.connection) == []
    assert (await desk.result("results", str(marks[0].id)))["value"] == "5"
    await desk.expect_nothing_written()


async def test_of_two_learners_with_one_name_a_person_says_who_is_meant(three: Three) -> None:
    desk, platform = three.school, platform_of()
    one, other = (member.human for member in platform.world.schools[0].classes[1].members[:2])
    other.family, other.given, other.patronymic = one.family, one.given, one.patronymic
    names = {"family_name": one.family, "given_name": one.given, "patronymic": one.patronymic}
    known = await desk.ask("POST", "/people", json=names)
    await connected_with_homonyms(desk, platform)
    proposals = {each["external_id"]: each for each in await desk.items("/person-proposals")}
    assert proposals.keys() == {str(one.id), str(other.id)}
    assert {each["candidates"][0]["entity_id"] for each in proposals.values()} == {known["id"]}

    confirmed = proposals[str(one.id)]["id"]
    await desk.ask("POST", f"/person-proposals/{confirmed}/confirmation", json={"person_id": known["id"]})
    await desk.ask("POST", f"/person-proposals/{proposals[str(other.id)]['id']}/new-person")
    await desk.pass_time(seconds=5)
    assert await desk.items("/dead-letters", connection_id=desk.connection) == []
    both = await desk.items("/people", name=one.family)
    assert len([each for each in both if each["given_name"] == one.given]) == 2
    assert str(await desk.spoken_of("learners", str(one.id))) == known["id"]
    for human in (one, other):
        entity = await desk.spoken_of("learners", str(human.id))
        marks = await desk.items(f"/people/{entity}/results")
        assert len(marks) == len(marks_of(platform, human.id)), human
    await desk.expect_nothing_written()


async def connected_with_homonyms(desk: Desk, platform: Platform) -> None:
    stand(desk.house, {HOST: simulate(platform)})
    await desk.give_right()
    await desk.draft("dnevnik", "Дневник лицея", pasted(platform.sign_in.token()))
    await desk.check()
    first = await desk.run()
    assert (first["state"], first["counts"]["unmatched"]) == ("partial", 2), first


def marks_of(platform: Platform, person: int) -> list[object]:
    """The marks and final marks of a learner up to now."""
    group = platform.world.schools[0].classes[1]
    current = [
        mark
        for period in platform.periods(group)
        for mark in platform.journal(group, period).marks
        if mark.person == person and mark.moment <= platform.now
    ]
    final = [mark for _, marks in platform.final(group) for mark in marks if mark.person == person]
    return [*current, *final]


async def test_a_quarter_that_is_over_is_filed_once_and_what_changes_later_is_shown(three: Three) -> None:
    desk, platform = three.school, platform_of()
    await connected(desk, platform)
    await with_class(three.house)
    due = {each["period"]: each for each in (await desk.ask("GET", "/period-exports/due"))["items"]}
    assert due.keys() == {"1 четверть", "2 четверть"}
    quarter = due["2 четверть"]["period_id"]
    unended = next(each["id"] for each in await desk.items("/study-periods") if each["name"] == "3 четверть")
    wanted = {"connection_id": desk.connection, "period_id": unended}
    assert await desk.refused("POST", "/period-exports", json=wanted) == (409, "period_not_read_completely")

    filed = await desk.snapshot(quarter)
    assert (filed["state"], filed["version"], filed["complete"]) == ("filed", 1, True), filed
    document = await desk.ask("GET", f"/documents/{filed['document_id']}")
    assert (document["kind"], len(filed["paper_ids"])) == ("period_export", 1)
    taken = platform.journal(platform.world.schools[0].classes[1], periods(platform, 1)[1]).marks[0]
    package = await desk.place.clerk.get(f"{V1}/period-exports/{filed['id']}/content")
    with zipfile.ZipFile(io.BytesIO(package.content)) as files:
        assert str(taken.id) in files.read("tables/results.csv").decode()
        said = [files.read(name).decode("latin-1") for name in files.namelist()]
        assert not [token for token in platform.sign_in._access for text in said if token in text]
    assert (await desk.snapshot(quarter))["state"] == "unchanged"
    assert "2 четверть" not in {each["period"] for each in (await desk.ask("GET", "/period-exports/due"))["items"]}

    better = "3" if taken.value != "3" else "4"
    platform.change_mark(taken.id, better)
    assert set((await desk.run())["counts"]) == {"same"}
    again = await desk.run("backfill", since_date="2025-11-01")
    assert again["counts"]["changed"] == 1, again
    second = await desk.snapshot(quarter)
    assert (second["state"], second["version"], second["case_id"]) == ("filed", 2, filed["case_id"])
    (changed,) = await desk.items(f"/period-exports/{second['id']}/differences")
    assert (changed["record"], changed["kind"]) == (str(taken.id), "changed")
    assert [(each["field"], each["before"], each["after"]) for each in changed["fields"]] == [
        ("value", taken.value, better)
    ]
    told = await desk.expect_sound_trail()
    assert (told["period_export.filed"], told["period_export.unchanged"]) == (2, 1)
