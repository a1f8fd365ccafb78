"""Plugins may object to cases, files may change, holds may come at any moment: nobody is passed over."""

import asyncio
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.disposal.holding import settle_held_lines
from core.disposal.proposing import propose_yearly_acts
from core.kernel.plugins import PluginHost, PluginSource, build_host
from core.sdk import DisposalReview, Objection, hookimpl
from tests.registry.cases.desk import file, hold, open_case, read_case
from tests.registry.disposal.bureau import (
    APPROVED,
    MINUTES,
    V1,
    act_in,
    classes,
    draft,
    due_cases,
    lines,
    make_act,
    no_inventories,
    policy,
    step,
    summary,
)
from tests.registry.documents.papers import keep
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import House, code

Review = Callable[[DisposalReview], Any]


def objecting(answer: Review) -> PluginHost:
    """A host with one plugin that reviews acts."""
    module = ModuleType("lawyer")

    @hookimpl
    def review_disposal(review: DisposalReview) -> Any:  # noqa: ANN401 - tests answer nonsense too
        return answer(review)

    module.review_disposal = review_disposal  # type: ignore[attr-defined]
    source = PluginSource(name="lawyer", version="1.0", origin="test", load=lambda: module)
    return build_host(["lawyer"], {}, given=[source])


def to_the_first(review: DisposalReview) -> list[Objection]:
    [first, *_] = sorted(review.lines, key=lambda line: line.title)
    return [Objection(line_id=first.id, code="claim_pending", reason="Есть претензия.")]


async def test_what_a_plugin_objects_to_is_left_out_with_its_reason(house_in_memory: House) -> None:
    house = house_in_memory
    house.app.state.plugins = objecting(to_the_first)
    first, second = await due_cases(house, 2)
    act = await draft(house.a)
    assert [line["case_id"] for line in await lines(house.a, act)] == [second["id"]]
    [left] = act["left_out"]
    assert left["case_id"] == first["id"]
    assert [(each["code"], each["message"]) for each in left["reasons"]] == [
        ("lawyer.claim_pending", "Есть претензия.")
    ]
    assert (await make_act(house.a, first)).json()["reasons"] == ["lawyer.claim_pending"]


def raises(_review: DisposalReview) -> None:
    raise RuntimeError


@pytest.mark.parametrize("answer", [raises, lambda _: False, lambda _: ["no"]])
async def test_a_plugin_that_fails_objects_to_everything(house_in_memory: House, answer: Review) -> None:
    house = house_in_memory
    house.app.state.plugins = objecting(answer)
    await due_cases(house, 2)
    refused = await make_act(house.a)
    assert code(refused) == (409, "nothing_due")
    assert {each["reason"] for each in refused.json()["cases"]} == {"lawyer.plugin_failed"}


async def test_a_case_that_is_held_while_plugins_are_asked_does_not_enter(house_in_memory: House) -> None:
    house = house_in_memory
    first, second = await due_cases(house, 2)
    loop = asyncio.get_running_loop()

    def places_a_hold(_review: DisposalReview) -> None:
        placed = hold(house.a, case_ids=[first["id"]])
        asyncio.run_coroutine_threadsafe(placed, loop).result(20)

    house.app.state.plugins = objecting(places_a_hold)
    act = await draft(house.a)
    assert [line["case_id"] for line in await lines(house.a, act)] == [second["id"]]


async def with_a_file(house: House) -> tuple[dict[str, Any], UUID]:
    """A due case with a document, and the version of its file."""
    [record_class] = await classes(house, "1 год")
    case = await open_case(house.a, record_class, opened_on="2020-01-09")
    document = await keep(house.a)
    await house.owner.execute("UPDATE documents SET issued_on = '2020-02-02' WHERE id = $1", document["id"])
    assert (await file(house.a, document, case)).status_code == 200
    body = {"closed_on": "2020-12-25", "close_volumes": True}
    answer = await house.clerk.post(f"{V1}/cases/{case['id']}/closing", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    version = await house.owner.fetchval("SELECT id FROM document_versions WHERE document_id = $1", document["id"])
    return answer.json(), version


async def test_an_act_tells_which_files_will_go_and_notices_when_they_change(house_in_memory: House) -> None:
    house = house_in_memory
    case, version = await with_a_file(house)
    await policy(house.a)
    await no_inventories(house.a)
    act = await draft(house.a, case)
    told = await summary(house.a, act)
    assert (told["documents"], told["files"], told["size"] > 0) == (1, 1, True)
    assert (await step(house.a, act, "submission", OFFICER)).status_code == 200
    assert (await summary(house.a, act))["list_unchanged"] is True
    await house.owner.execute("ALTER TABLE document_versions DISABLE TRIGGER ALL")
    await house.owner.execute("UPDATE document_versions SET sha256 = sha256('x'::bytea) WHERE id = $1", version)
    [line] = await lines(house.a, act)
    assert (await summary(house.a, act))["differing_line_ids"] == [line["id"]]
    refused = await step(house.a, act, "agreement", "commission", dict(MINUTES))
    assert refused.json()["reasons"] == ["list_changed"]


async def until_waiting(connection: asyncpg.Connection) -> None:
    """Return once somebody waits for the gate."""
    async with asyncio.timeout(20):
        waiting = 0
        while not waiting:
            waiting = await connection.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )


async def test_a_step_waits_for_a_hold_that_is_being_placed(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "reviewed")
    [line] = await lines(house.a, act)
    placer = await asyncpg.connect(house.owner_url)
    transaction = placer.transaction()
    await transaction.start()
    await placer.execute("CALL close_gate_of_holds($1)", house.a.id)
    asked = asyncio.create_task(step(house.a, act, "approval", "head", dict(APPROVED)))
    await until_waiting(placer)
    await placer.execute(
        "INSERT INTO holds (id, institution_id, reason_kind, reason, document, whole_institution, placed_by, placed_at)"
        " VALUES (gen_random_uuid(), $1, 'audit', 'проверка', 'запрос', true, $2, now())",
        house.a.id,
        house.a.accounts["clerk"],
    )
    await transaction.commit()
    await placer.close()
    assert (await asked).status_code == 200
    assert [each["state"] for each in await lines(house.a, act)] == ["held"]
    assert (await read_case(house.a, {"id": line["case_id"]}))["state"] == "expired"


@pytest.mark.parametrize("state", ["draft", "in_review", "changes_requested", "reviewed", "waiting"])
async def test_a_hold_reaches_acts_that_nobody_touches_in_every_state(house_in_memory: House, state: str) -> None:
    house = house_in_memory
    act = await act_in(house, state, 2)
    first, second = await lines(house.a, act)
    await hold(house.a, case_ids=[first["case_id"]])
    assert await settle_held_lines(house.services.database) == 1
    assert await settle_held_lines(house.services.database) == 0
    states = await house.owner.fetch("SELECT id, state, living FROM disposal_act_lines ORDER BY title")
    assert [tuple(row) for row in states] == [
        (UUID(first["id"]), "held", False),
        (UUID(second["id"]), "listed", True),
    ]
    assert (await read_case(house.a, {"id": first["case_id"]}))["state"] == "expired"


async def test_the_act_of_a_year_is_proposed_once_in_its_first_quarter(house_in_memory: House) -> None:
    house = house_in_memory
    database = house.services.database
    assert await propose_yearly_acts(database) == 0
    await due_cases(house, 2)
    house.clock.move(days=60)
    assert await propose_yearly_acts(database) == 0
    house.clock.move(days=-60)
    assert await propose_yearly_acts(database) == 1
    assert await propose_yearly_acts(database) == 0
    [proposal] = (await house.of("head").get(f"{V1}/disposal-proposals")).json()["items"]
    assert (proposal["year"], proposal["cases"], proposal["first_year"]) == (2026, 2, 2020)
    assert (await house.other.of("head").get(f"{V1}/disposal-proposals")).json()["items"] == []


async def test_a_case_that_is_no_longer_due_is_not_approved(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "reviewed")
    [line] = await lines(house.a, act)
    await house.owner.execute(
        "INSERT INTO case_facts (id, institution_id, case_id, kind, happened_on, evidence, recorded_by, recorded_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'prolonged', '2040-01-01', 'протокол', $3, now())",
        house.a.id,
        UUID(line["case_id"]),
        house.a.accounts["commission"],
    )
    assert (await summary(house.a, act))["gates"]["terms_expired"] is False
    refused = await step(house.a, act, "approval", "head", dict(APPROVED))
    assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_step_refused"), ["list_changed"])
    assert (await step(house.a, act, "cancellation", "head", {"reason": "срок продлён"})).status_code == 200
    assert (await read_case(house.a, {"id": line["case_id"]}))["state"] == "retained"
