"""Ten office years of three institutions: in the end the service says what a plain replay of the script says."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
import pytest_asyncio

from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.sealing import seal_all
from core.kernel.audit.verification import verify_trail
from storage.objects import LockMode
from storage.s3 import S3Vault
from tests.kernel_database import HandClock
from tests.registry.decade.desk import V1
from tests.registry.decade.founding import differences, live
from tests.registry.decade.jobs import keep_house
from tests.registry.decade.office import KINDS as KINDS_OF_PAPERS
from tests.registry.decade.office import Office
from tests.registry.decade.reckoning import against
from tests.registry.decade.replay import Event, Expected, Replay
from tests.registry.decade.script import END, FIRST, LAST, Writer
from tests.registry.decade.terms import NOMENCLATURES
from tests.registry.paperwork.desk import words
from tests.registry_house import House, Site, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = {
    *("nomenclature", "term decided", "list changed", "opened", "closed", "reopened", "volume added"),
    *("document kept", "document filed", "happened", "taken back", "said", "settled", "need ended", "prolonged"),
    *("appraised", "act partly executed", "act executed", "act certified"),
    *("hold placed", "hold lifted", "inventory approved", "nothing due", "act made", "act line excluded"),
    *("act submitted", "act returned", "act approved", "act aborted", "act cancelled"),
}


@dataclass
class Decade:
    house: House
    events: list[Event]
    offices: dict[str, Office]
    replay: Replay


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def decade(
    site: Site, registry_vault: S3Vault, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Decade]:
    """Three institutions after ten years."""
    events = Writer().write()
    clock = HandClock(datetime(FIRST, 1, 9, 9, tzinfo=UTC))
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("decade")
        house = await open_house(stack, site, folder=folder, clock=clock, vault=registry_vault)
        offices, replay = await live(house, events)
        clock.now = datetime.combine(END, time(9), UTC)
        await keep_house(house)
        yield Decade(house, events, offices, replay)


async def told_of(office: Office) -> dict[str, Expected]:
    """What the service says of every case of an institution."""
    acts = {}
    for name in office.acts:
        for line in await office.lines(name):
            if line["state"] in {"listed", "destroyed"} and office.living(name):
                acts[line["case_id"]] = name
    holds = {known: name for name, known in office.holds.items()}
    found = {}
    for name, case_id in office.cases.items():
        case = await office.read(f"/cases/{case_id}")
        found[name] = Expected(
            case["state"],
            date.fromisoformat(case["earliest_act_date"]) if case["earliest_act_date"] else None,
            acts.get(case_id, ""),
            frozenset(holds[each] for each in case["hold_ids"]),
            case["class_index"],
            len(case["volumes"]),
        )
    return found


async def test_every_case_is_where_the_replay_says(decade: Decade) -> None:
    expected = decade.replay.expected(END)
    told: dict[str, Expected] = {}
    for office in decade.offices.values():
        told |= await told_of(office)
    assert told == expected, differences(told, expected, decade.replay, decade.events)


async def test_the_script_leaves_nothing_out(decade: Decade) -> None:
    assert {event.what for event in decade.events} == KINDS
    opened = {(life.where, life.index) for life in decade.replay.lives.values()}
    assert opened == {(where, index) for where, terms in NOMENCLATURES.items() for index in terms}
    states = {each.state for each in decade.replay.expected(END).values()}
    assert states == {"open", "retained", "awaiting_event", "permanent", "expired", "destroyed"}
    assert {event.day.year for event in decade.events if event.what == "act made"} >= set(range(FIRST + 2, LAST + 2))
    held = {key for event in decade.events if event.what == "hold placed" for key in event.told}
    assert held == {"cases", "person", "index", "everything"}
    assert any(event.name.endswith("hold while waiting") for event in decade.events)


async def test_why_a_case_may_or_may_not_go_is_told_as_reckoned(decade: Decade) -> None:
    """Of every case that is not over yet; the replay says what stands against it, the service whether anything does."""
    for office in decade.offices.values():
        for life in decade.replay.of(office.where):
            if decade.replay.state(life, END) not in {"expired", "retained", "awaiting_event"}:
                continue
            why = await office.read(f"/cases/{office.cases[life.name]}/why")
            free = not against(life, END) and not decade.replay.holds_over(life)
            assert why["may_enter_act"] is free, f"{life}\n{against(life, END)}\n{why['obstacles']}"


async def test_originals_are_there_byte_for_byte_and_nobody_elses_are_touched(decade: Decade) -> None:
    vault = decade.house.services.vault
    for office in decade.offices.values():
        kept = {key for name, keys in office.files.items() if name not in decade.replay.gone for key in keys}
        prefix = f"originals/{office.place.id}/"
        assert {entry.key async for entry in vault.versions(prefix)} == kept
        for name in office.documents.keys() - decade.replay.gone:
            read = await office.place.clerk.get(f"{V1}/documents/{office.documents[name]}/content")
            assert (read.status_code, read.content) == (200, office.contents[name]), name


async def test_storage_keeps_what_is_held_or_has_no_end(decade: Decade) -> None:
    """A legal hold for those, and where a decision is missing beside the day; for a day a lock that ends no earlier."""
    vault, expected = decade.house.services.vault, decade.replay.expected(END)
    seen = set()
    for office in decade.offices.values():
        for life in decade.replay.of(office.where):
            told = expected[life.name]
            more_than_a_day = not life.closed or [each for each in against(life, END) if "not before" not in each]
            for key in [key for name in life.documents - decade.replay.gone for key in office.files[name]]:
                stat = await vault.stat(key)
                assert stat.legal_hold is bool(told.holds or more_than_a_day), (life, stat)
                if told.state == "retained" and told.earliest is not None:
                    assert stat.lock is not None, (life, stat)
                    assert stat.lock.retain_until.date() >= told.earliest - timedelta(days=1), (life, stat)
                seen.add(told.state)
    assert {"permanent", "retained"} <= seen


async def test_what_was_destroyed_is_gone_and_says_by_which_act(decade: Decade) -> None:
    for office in decade.offices.values():
        for name in office.documents.keys() & decade.replay.gone:
            answer = await office.place.clerk.get(f"{V1}/documents/{office.documents[name]}/content")
            assert answer.status_code == 410, f"{name}: {answer.text}"
        for name in office.papers.keys() & decade.replay.gone:
            paper = office.papers[name]["id"]
            answer = await office.place.of("head").get(f"{V1}/issued-papers/{paper}/content")
            assert answer.status_code in {404, 410}, f"{name}: {answer.text}"


async def test_the_papers_of_the_last_acts_can_be_fetched_and_say_what_went(decade: Decade) -> None:
    for where, office in decade.offices.items():
        act = f"{where} act {LAST + 1}"
        said = {}
        for kind in KINDS_OF_PAPERS:
            paper = office.papers[f"{act} {kind}"]
            read = await office.place.of("head").get(f"{V1}/issued-papers/{paper['id']}/content")
            assert read.status_code == 200, read.text
            assert hashlib.sha256(read.content).hexdigest() == paper["content_sha256"]
            said[kind] = words(read.content)
        gone = [life for life in decade.replay.of(where) if life.destroyed_by == act]
        assert gone
        for life in gone:
            # Several cases of one class stand under the title of the class.
            alike = [each for each in gone if each.index == life.index]
            title = life.name if len(alike) == 1 else office.classes[life.index]["title"]
            assert title in said["disposal_act"], life.name
            assert life.name in said["personal_data_act"] or not life.documents, life.name
        people = {person for life in gone for person in life.people}
        assert ("Образцова Вера" in said["event_log_export"]) == bool(people)


async def test_nothing_was_destroyed_while_a_hold_lay_on_it(decade: Decade) -> None:
    """By the days on which the service says that it destroyed and held, not by those of the replay."""
    for office in decade.offices.values():
        held = [await office.read(f"/holds/{each}") for each in office.holds.values()]
        for name in office.acts:
            for line in await office.lines(name):
                if line["state"] != "destroyed":
                    continue
                life = decade.replay.lives[office.names({line["case_id"]})[0]]
                for hold in held:
                    named = decade.replay.every_hold[hold["reason"]].covers(life)
                    over = hold["lifted_at"] is not None and hold["lifted_at"] < line["ended_at"]
                    assert not named or over or line["ended_at"] < hold["placed_at"], (name, life, hold)


async def test_the_audit_trail_of_ten_years_verifies(decade: Decade) -> None:
    database, vault = decade.house.services.database, decade.house.services.vault
    await seal_all(database)
    await Anchorer(database, vault, mode=LockMode.GOVERNANCE).anchor_all()
    for office in decade.offices.values():
        report = await verify_trail(database, vault, office.place.id)
        assert report.sound, report.findings
        events = [event for event in decade.events if event.where == office.where]
        assert (report.sealed > len(events), report.waiting) == (True, 0)


async def test_no_institution_sees_anything_of_another(decade: Decade) -> None:
    lists = ("cases", "holds", "disposal-acts", "inventories", "redatings", "documents", "people", "personal-files")
    seen: dict[str, set[str]] = {}
    for where, office in decade.offices.items():
        for each in lists:
            role = "clerk" if each in {"documents", "people", "personal-files"} else "auditor"
            seen.setdefault(where, set()).update(row["id"] for row in await office.whole_list(each, role))
    assert len(set[str]().union(*seen.values())) == sum(map(len, seen.values()))
    for where, office in decade.offices.items():
        for other in decade.offices.values():
            if other.where == where:
                continue
            addresses = [f"/cases/{each}" for each in list(other.cases.values())[::10]]
            addresses += [f"/disposal-acts/{each}/lines" for each in other.acts.values()]
            addresses += [f"/holds/{each}" for each in other.holds.values()]
            for address in addresses:
                answer = await office.place.of("auditor").get(V1 + address)
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), address
