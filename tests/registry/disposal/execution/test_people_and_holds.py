"""Who may execute, and what saves a line before its point of no return."""

from types import ModuleType
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.kernel.plugins import PluginHost, PluginSource, build_host
from core.sdk import DisposalReview, DisposalStage, Objection, hookimpl
from tests.registry.cases.desk import hold, lift, open_case, read_case
from tests.registry.disposal.bureau import ACTS, REASON, classes, lines, make_act, read_act, step
from tests.registry.disposal.executing import (
    announce,
    confirm,
    filed_case,
    progress,
    quick,
    run_execution,
    second_executor,
    started,
    waiting_act,
)
from tests.registry_house import House, code


async def test_two_executors_start_after_the_waiting_time(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    another = await second_executor(house)
    assert code(await confirm(another, act)) == (409, "execution_not_announced")
    house.clock.move(days=-3)
    assert (await announce(house.a, act)).json()["reasons"] == ["still_waiting"]
    house.clock.move(days=3)
    assert (await announce(house.a, act)).json()["state"] == "waiting"
    assert (await announce(house.a, act)).status_code == 200
    assert (await confirm(house.a, act)).json()["reasons"] == ["same_person"]
    assert (await confirm(another, act)).json()["state"] == "executing"
    assert (await confirm(another, act)).json()["reasons"] == ["act_in_another_state"]
    assert (await step(house.a, act, "abort", "head", REASON)).json()["reasons"] == ["act_in_another_state"]
    [attempt] = (await progress(house, act))["attempts"]
    assert attempt["announced_by"] == str(house.a.accounts["executor"])
    assert attempt["confirmed_by"] == str(another.accounts["executor"])
    assert (attempt["means_name"], attempt["means_certificate"]) == ("Deloteka", "")


async def test_the_database_refuses_one_person_and_an_act_without_executors(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await announce(house.a, act)
    with pytest.raises(asyncpg.PostgresError, match="two people"):
        await house.owner.execute(
            "UPDATE act_attempts SET confirmed_by = announced_by, confirmed_at = now(), means_name = 'x'"
        )
    with pytest.raises(asyncpg.PostgresError, match="two executors"):
        await house.owner.execute("UPDATE disposal_acts SET state = 'executing'")
    with pytest.raises(asyncpg.PostgresError, match="never changed"):
        await house.owner.execute("DELETE FROM act_attempts")


async def test_an_announcement_is_void_when_the_act_is_aborted(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    assert (await announce(house.a, act)).status_code == 200
    assert (await step(house.a, act, "abort", "head", REASON)).status_code == 200
    another = await second_executor(house)
    assert (await confirm(another, act)).status_code == 409


async def test_an_announcement_of_somebody_who_is_no_executor_any_more_does_not_count(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    another = await second_executor(house)
    assert (await announce(another, act)).status_code == 200
    account = another.accounts["executor"]
    await house.owner.execute("UPDATE memberships SET deactivated_at = now() WHERE account_id = $1", account)
    assert (await confirm(house.a, act)).json()["reasons"] == ["no_second_person"]


async def test_the_single_person_mode_lifts_the_inequality_only(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await house.owner.execute("ALTER TABLE disposal_acts DISABLE TRIGGER guarded")
    await house.owner.execute(
        "UPDATE disposal_acts SET single_person = true, single_person_since = '2026-01-01',"
        " single_person_ground = 'приказ № 3'"
    )
    await house.owner.execute("ALTER TABLE disposal_acts ENABLE TRIGGER guarded")
    assert code(await confirm(house.a, act)) == (409, "execution_not_announced")
    assert (await announce(house.a, act)).status_code == 200
    assert (await confirm(house.a, act)).json()["state"] == "executing"
    assert await run_execution(house) == ["done"]
    assert (await read_act(house.a, act))["state"] == "executed"


async def test_a_hold_saves_lines_that_have_not_begun(house_in_memory: House) -> None:
    house = house_in_memory
    act, [first, second, third] = await waiting_act(house, 1, 1, 1)
    await hold(house.a, case_ids=[first["id"]])
    await started(house, act)
    placed = await hold(house.a, case_ids=[second["id"]])
    assert (await lift(house.a, placed)).status_code == 200
    assert await run_execution(house) == ["done"]
    found = await progress(house, act)
    assert (found["state"], found["lines_by_state"]) == ("executed", {"held": 2, "destroyed": 1})
    for case in (first, second):
        assert (await read_case(house.a, case))["state"] == "expired"
        assert (await house.clerk.get(f"/api/v1/documents/{case['documents'][0]['id']}/content")).status_code == 200
    assert (await read_case(house.a, third))["state"] == "destroyed"


@pytest.mark.parametrize("when", ["before the act", "while it waits"])
async def test_a_hold_on_the_personal_file_holds_every_case_with_papers_of_the_learner(
    house_in_memory: House, when: str
) -> None:
    house = house_in_memory
    [permanent] = await classes(house, "75 лет", year=2026)
    own = await open_case(house.a, permanent)
    attached = await house.clerk.post(
        f"/api/v1/personal-files/{house.a.personal_file}/case", json={"case_id": own["id"]}
    )
    assert attached.status_code == 200, attached.text
    if when == "before the act":
        [record_class] = await classes(house, "1 год")
        case = await filed_case(house, record_class, 1)
        placed = await hold(house.a, case_ids=[own["id"]])
        assert (await read_case(house.a, case))["hold_ids"] == [placed["id"]]
        refused = await make_act(house.a, case)
        assert refused.status_code == 409, refused.text
        return
    act, [case] = await waiting_act(house, 1)
    await hold(house.a, case_ids=[own["id"]])
    await started(house, act)
    assert await run_execution(house) == ["done"]
    assert (await progress(house, act))["lines_by_state"] == {"held": 1}
    assert (await read_case(house.a, case))["state"] == "expired"


async def test_what_differs_from_what_was_approved_is_skipped_with_its_reason(house_in_memory: House) -> None:
    house = house_in_memory
    act, cases = await waiting_act(house, 1, 1)
    await started(house, act)
    await house.owner.execute("ALTER TABLE document_versions DISABLE TRIGGER ALL")
    await house.owner.execute(
        "UPDATE document_versions SET sha256 = sha256('x'::bytea) WHERE document_id = $1",
        UUID(cases[0]["documents"][0]["id"]),
    )
    assert await run_execution(house) == ["done"]
    [first, second] = await lines(house.a, act)
    assert (first["state"], first["reason"], second["state"]) == ("skipped", "content_changed", "destroyed")
    assert (await read_case(house.a, cases[0]))["state"] == "expired"


def reviewing(answer: Any) -> PluginHost:  # noqa: ANN401 - any function
    module = ModuleType("lawyer")

    @hookimpl
    def review_disposal(review: DisposalReview) -> Any:  # noqa: ANN401 - tests answer nonsense too
        return answer(review)

    module.review_disposal = review_disposal  # type: ignore[attr-defined]
    source = PluginSource(name="lawyer", version="1.0", origin="test", load=lambda: module)
    return build_host(["lawyer"], {}, given=[source])


def to_the_first(review: DisposalReview) -> list[Objection]:
    assert review.stage is DisposalStage.BEFORE_EXECUTION
    return [Objection(line_id=line.id, code="claim", reason="Иск.") for line in review.lines if line.title == "Дело 0"]


async def test_plugins_are_asked_again_before_each_line(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1, 1)
    await started(house, act)
    assert await run_execution(house, quick(house, plugins=reviewing(to_the_first))) == ["done"]
    [first, second] = await lines(house.a, act)
    assert (first["state"], first["reason"]) == ("skipped", "objection, lawyer.claim")
    assert second["state"] == "destroyed"


async def test_an_act_does_not_start_while_a_plugin_cannot_be_asked(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await announce(house.a, act)
    another = await second_executor(house)
    house.app.state.execution = quick(house, plugins=reviewing(lambda _: 1 / 0))
    refused = await confirm(another, act)
    assert (refused.status_code, refused.json()["plugins"]) == (503, ["lawyer"])
    assert (await read_act(house.a, act))["state"] == "waiting"


async def test_only_executors_start(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    for role in ("head", "records_officer", "commission", "clerk", "administrator"):
        refused = await house.of(role).post(f"{ACTS}/{act['id']}/execution", headers={"If-Match": "*"})
        assert code(refused) == (403, "forbidden")
