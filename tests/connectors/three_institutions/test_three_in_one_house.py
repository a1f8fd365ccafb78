"""Three institutions at once: everything of each goes to its own people, and nothing of it to anybody else's."""

import re

import pytest

from core.access.permissions import Role
from plugins.dnevnik.simulator import simulate
from plugins.moodle.simulator.platform import SimulatedMoodle
from plugins.oneroster.simulator.application import HOST as JOURNAL
from tests.connectors.three_institutions.conftest import Three
from tests.connectors.three_institutions.desk import ANYWAY, V1, Desk, stand
from tests.connectors.three_institutions.test_school_with_dnevnik import HOST as DNEVNIK
from tests.connectors.three_institutions.test_school_with_dnevnik import pasted, platform_of
from tests.connectors.three_institutions.test_trader_with_oneroster import form, secret_of, system_of

IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LISTS = (
    *("people", "groups", "staff", "subjects", "study-periods", "enrolments", "personal-files", "documents"),
    *("connections", "import-runs", "dead-letters", "person-proposals", "import-conflicts", "import-tray"),
)
_PEOPLE = "SELECT entity_id FROM origins WHERE institution_id = $1 AND kind = 'learners'"
_GROUPS = "SELECT entity_id FROM origins WHERE institution_id = $1 AND kind = 'groups'"
_RESULTS = "SELECT id FROM results WHERE institution_id = $1"
_CONNECTIONS = "SELECT id FROM connections WHERE institution_id = $1"
_RUNS = "SELECT id FROM import_runs WHERE institution_id = $1"
ONE_BY_ONE = {
    **dict.fromkeys(("people/{}", "people/{}/results", "provenance/learners/{}"), _PEOPLE),
    **dict.fromkeys(("groups/{}", "groups/{}/results", "groups/{}/learners"), _GROUPS),
    **dict.fromkeys(("results/{}", "results/{}/provenance"), _RESULTS),
    **dict.fromkeys(("connections/{}", "connections/{}/mappings", "connections/{}/diagnostics"), _CONNECTIONS),
    **dict.fromkeys(("import-runs/{}", "import-runs/{}/differences"), _RUNS),
}
"""Addresses, and what may stand in them."""


async def all_connected(three: Three) -> tuple[str, ...]:
    """Three connections of three platforms, read in turn by the same worker; return their secrets."""
    platform, moodle, system = platform_of(), SimulatedMoodle(), system_of()
    stand(three.house, {DNEVNIK: simulate(platform), JOURNAL: system.application, **moodle.hosts()})
    token, secrets = platform.sign_in.token(), (str(moodle.configuration()["token"]), secret_of(system))
    drafts = {
        "dnevnik": (three.school, pasted(token)),
        "moodle": (three.centre, moodle.configuration()),
        "oneroster": (three.trader, form(secrets[1])),
    }
    for connector, (desk, configuration) in drafts.items():
        await desk.give_right()
        await desk.draft(connector, f"Площадка: {desk.place.name}", configuration)
        assert (await desk.check())["state"] == "ready"
        await desk.ask("PUT", f"{desk.at}/schedule", json={"schedule": "0 * * * *"}, headers=ANYWAY)
    assert await three.school.pass_time(hours=1) == 3
    for desk in three.desks:
        assert (await desk.last_run())["state"] == "complete"
    return (token, *secrets, *system.tokens)


async def test_what_a_schedule_brings_at_one_time_stays_with_each_institution(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = await all_connected(three)
    await three.school.expect_nothing_written()
    found = {desk.place.id: await ids_of(desk) for desk in three.desks}
    assert all(len(ids) > 50 for ids in found.values())
    for desk in three.desks:
        own = found[desk.place.id]
        foreign = set[str]().union(*found.values()) - own
        await expect_own(desk, own)
        for role in Role:
            await expect_none(desk, role.value, foreign)
    for desk in three.desks:
        told = await desk.expect_sound_trail()
        assert (told["import.started"], told["connection.created"]) == (1 + (desk is three.school), 1)
    three.school.heard += three.centre.heard + three.trader.heard
    await three.school.expect_no_secret(*secrets, besides=caplog.text)


async def ids_of(desk: Desk) -> set[str]:
    """Every id of a row of the institution, as the owner of the schema sees it."""
    tables = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = $1"
    owned = {row[0] for row in await desk.house.owner.fetch(tables, "institution_id")}
    named = {row[0] for row in await desk.house.owner.fetch(tables + " AND data_type = 'uuid'", "id")}
    found: set[str] = set()
    for table in owned & named - {"accounts"}:
        query = f"SELECT id FROM {table} WHERE institution_id = $1"  # noqa: S608 (names of the catalogue)
        found |= {str(row["id"]) for row in await desk.house.owner.fetch(query, desk.place.id)}
    return found


async def expect_own(desk: Desk, own: set[str]) -> None:
    """The clerk sees the institution's own: what is not seen by others is there."""
    for name in LISTS:
        shown = await desk.ask("GET", f"/{name}")
        assert set(IDENTIFIER.findall(str(shown))) <= own | {str(each) for each in desk.place.accounts.values()}, name
    for address, query in ONE_BY_ONE.items():
        row = await desk.house.owner.fetchval(query + " LIMIT 1", desk.place.id)
        await desk.ask("GET", "/" + address.format(row))


async def expect_none(desk: Desk, role: str, foreign: set[str]) -> None:
    """Nothing of others in a list, and nothing of theirs at its own address."""
    program = desk.place.of(role)
    for name in LISTS:
        answer = await program.get(f"{V1}/{name}", params={"limit": 100})
        assert answer.status_code in {200, 403}, (role, name, answer.text)
        assert not foreign & set(IDENTIFIER.findall(answer.text)), (role, name)
    for address, query in ONE_BY_ONE.items():
        row = await desk.house.owner.fetchval(query.replace("= $1", "<> $1") + " LIMIT 1", desk.place.id)
        answer = await program.get(f"{V1}/{address.format(row)}")
        assert answer.status_code in {403, 404}, (role, address, answer.text)
