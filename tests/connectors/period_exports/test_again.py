"""A snapshot again: the same files nothing, what changed is shown, what was cut off goes on."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from core.kernel.jobs.context import JobContext
from core.kernel.jobs.running import TryAgain
from core.period_exports import following, making
from core.period_exports.due import remind
from core.period_exports.filing import case_of_snapshots
from core.period_exports.making import snapshot_job
from tests.connectors.period_exports.desk import EXPORTS, TITLE, V1, Desk, desk_in, quick_services, ready_desk
from tests.registry.cases.desk import ANY
from tests.registry.nomenclature.office import begin, in_force_by_hand, row, section
from tests.registry.paperwork.desk import words
from tests.registry_house import House, Json, code


class PowerCut(Exception):
    """The process is gone."""


async def test_whatever_is_killed_between_two_steps_the_snapshot_is_filed_once(
    house_in_memory: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await ready_desk(house_in_memory)
    asked = (await desk.ask()).json()
    steps: tuple[tuple[Any, str], ...] = (
        (making, "_is_over"),
        (making, "upload"),
        (making, "fetched"),
        (making, "file_document"),
        (following, "issue"),
        (making, "follow"),
    )
    for module, name in steps:
        for after in (False, True):
            with monkeypatch.context() as patched:
                patched.setattr(module, name, _dying(getattr(module, name), after=after))
                with pytest.raises(TryAgain):
                    await desk.work(asked)
        if name == "fetched":
            monkeypatch.setattr(making, "case_of_snapshots", _dying(case_of_snapshots, after=False))
            assert (await desk.work(asked, attempts=1))["state"] == "failed"
            monkeypatch.undo()
            assert (await desk.ask()).json()["id"] == asked["id"]
    made = await desk.work(asked)
    assert (made["state"], made["version"]) == ("filed", 1)
    assert len(made["paper_ids"]) == 1
    assert await desk.count("documents WHERE kind = 'period_export'") == 1
    assert await desk.count("issued_papers") == 1
    assert await desk.count("cases") == 1
    assert list(house_in_memory.services.documents.scratch.glob("period-export*")) == []
    await desk.work(asked)
    assert (await house_in_memory.actions()).count("period_export.filed") == 1


def _dying(step: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """The same step in a process that dies before or after it."""
    if step.__name__ == "fetched":

        def no_copy(*_given: Any, **_named: Any) -> Any:  # noqa: ANN401
            raise PowerCut

        return no_copy

    async def dies(*given: Any, **named: Any) -> Any:  # noqa: ANN401
        if after:
            await step(*given, **named)
        raise PowerCut

    return dies


async def test_a_snapshot_waits_for_a_class_a_reading_and_a_reason(house_in_memory: House) -> None:
    house = house_in_memory
    desk = await desk_in(house)
    await _periods_are_entered(desk)
    assert code(await desk.ask()) == (409, "period_export_class_missing")
    await _a_class_is_proposed_by_its_title(house)
    refused = await desk.ask()
    assert code(refused) == (409, "period_not_read_completely")
    assert [each["code"] for each in refused.json()["shortcomings"]] == ["never_read"]
    await desk.read()
    await _a_cancelled_one_leaves_nothing(desk)
    await _what_is_due_is_told_once(desk)
    made = await _what_was_not_read_is_told(desk)
    case = (await house.clerk.get(f"{V1}/cases/{made['case_id']}")).json()
    assert case["title"] == TITLE
    await house.owner.execute("UPDATE import_letters SET state = 'closed', ended_at = now()")
    whole = await desk.snapshot()
    assert (whole["state"], whole["version"], whole["complete"]) == ("filed", 2, True)
    assert (await house.of("administrator").get(f"{EXPORTS}/due")).json()["items"] == []


async def _periods_are_entered(desk: Desk) -> None:
    """By hand, before anything was read."""
    await desk.house.owner.execute(
        "INSERT INTO study_periods (id, institution_id, kind, name, starts_on, ends_on, created_at)"
        " VALUES (gen_random_uuid(), $1, 'quarter', '3 четверть', '2026-01-12', '2026-02-20', now())",
        desk.house.a.id,
    )


async def _a_class_is_proposed_by_its_title(house: House) -> None:
    version = await begin(house.a)
    part = await section(house.a, version)
    wanted = await row(house.a, part, title=TITLE, term="5 лет")
    await row(house.a, part, title="Приказы", term="5 лет")
    await in_force_by_hand(house, version)
    shown = (await house.of("records_officer").get(f"{EXPORTS}/settings")).json()
    assert (shown["lineage_id"], shown["due_days"]) == (None, 10)
    assert [each["lineage_id"] for each in shown["proposed"]] == [wanted["lineage_id"]]
    body = {"lineage_id": str(house.a.id), "due_days": 10}
    refused = await house.clerk.put(f"{EXPORTS}/settings", json=body, headers=ANY)
    assert code(refused) == (422, "period_export_class_unfit")
    body["lineage_id"] = wanted["lineage_id"]
    assert (await house.clerk.put(f"{EXPORTS}/settings", json=body, headers={"If-Match": '"7"'})).status_code == 412
    changed = await house.clerk.put(f"{EXPORTS}/settings", json=body, headers={"If-Match": '"0"'})
    assert changed.status_code == 200, changed.text


async def _a_cancelled_one_leaves_nothing(desk: Desk) -> None:
    house, asked = desk.house, (await desk.ask()).json()

    def cancelled(handler: Any) -> Any:  # noqa: ANN401
        async def handle(context: JobContext, **given: Any) -> None:  # noqa: ANN401
            answer = await house.clerk.post(f"{V1}/jobs/{asked['job_id']}/cancellation")
            assert answer.status_code in {200, 202}, answer.text
            await handler(context, **given)

        return handle

    ended = await desk.work(asked, cancelled(snapshot_job(quick_services(house))))
    assert ended["state"] == "cancelled"
    assert await desk.count("documents") == 0
    refused = await house.clerk.post(f"{EXPORTS}/{ended['id']}/completion")
    assert code(refused) == (409, "period_export_not_resumable")


async def _what_is_due_is_told_once(desk: Desk) -> None:
    house, database = desk.house, desk.house.services.database

    async def due() -> list[str]:
        answer = await house.of("administrator").get(f"{EXPORTS}/due")
        return [each["period"] for each in answer.json()["items"]]

    told = [await remind(database)]
    listed = await due()
    house.clock.move(days=11)
    listed += await due()
    told += [await remind(database), await remind(database)]
    assert listed in (["3 четверть"], ["3 четверть", "3 четверть"])
    assert sum(told) == 1
    assert await desk.count("outbox_events WHERE topic = 'period_export.due'") == 1


async def _what_was_not_read_is_told(desk: Desk) -> Json:
    house = desk.house
    await house.owner.execute(
        "INSERT INTO import_letters (id, institution_id, connection_id, run_id, stream, partition, kind, external_id,"
        " class, reason, first_at, last_at) VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), 'results', '',"
        " 'results', 'bad', 'record', 'odd', now(), now())",
        house.a.id,
        desk.connection,
    )
    assert code(await desk.ask()) == (409, "period_not_read_completely")
    asked = (await desk.ask(insisted="приказ № 7")).json()
    assert code(await desk.ask(insisted="ещё раз")) == (409, "period_export_open")
    made = await desk.work(asked)
    assert (made["state"], made["complete"]) == ("filed", False)
    assert made["shortcomings"][0]["words"] == "Поток «results»: не принято записей: 1."
    manifest = json.loads((await desk.package(made)).read("manifest.json"))
    assert (manifest["complete"], manifest["insisted"]) == (False, "приказ № 7")
    paper = await house.of("records_officer").get(f"{V1}/issued-papers/{made['paper_ids'][0]}/content")
    assert "прочитаны не полностью" in words(paper.content)
    assert "приказ № 7" in words(paper.content)
    return made
