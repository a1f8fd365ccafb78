"""A snapshot again: the same files nothing, what changed is shown, what was cut off goes on."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from core.bootstrap.parts import period_export_services
from core.kernel.jobs.context import JobContext
from core.kernel.jobs.running import TryAgain
from core.period_exports import following, making
from core.period_exports.due import remind
from core.period_exports.filing import case_of_snapshots
from core.period_exports.making import snapshot_job
from core.sdk.connectors import EntityKind, LearnerData
from tests.connectors.period_exports.desk import EXPORTS, TITLE, V1, Desk, desk_in, ready_desk, said, with_class
from tests.registry.cases.desk import ANY
from tests.registry.nomenclature.office import begin, in_force_by_hand, row, section
from tests.registry.paperwork.desk import words
from tests.registry_house import House, code


class PowerCut(Exception):
    """The process is gone."""


async def test_the_same_again_files_nothing_and_what_changed_is_shown(house_in_memory: House) -> None:
    desk = await ready_desk(house_in_memory)
    first = await desk.snapshot()
    documents = await desk.count("documents")
    house_in_memory.clock.move(days=1)
    again = await desk.snapshot()
    assert (again["state"], again["earlier_id"], again["digest"]) == ("unchanged", first["id"], first["digest"])
    assert await desk.count("documents") == documents
    desk.marks("4", "3")
    desk.tell(
        EntityKind.LEARNERS,
        *(
            said(f"l{number}", LearnerData(family_name=name, given_name="Вера", number=str(number)), phone="1")
            for number, name in enumerate(("Новофамильная", "Примеров", "Тезкина"))
        ),
    )
    await desk.read()
    second = await desk.snapshot()
    assert (second["state"], second["version"], second["earlier_id"]) == ("filed", 2, first["id"])
    found = {(each["table"], each["record"]): each for each in await desk.differences(second)}
    assert found["results", "m2"]["kind"] == "removed"
    changed = found["results", "m1"]
    assert (changed["kind"], changed["learner"], changed["subject"]) == ("changed", "Примеров Вера", "Алгебра")
    assert [(each["field"], each["before"], each["after"]) for each in changed["fields"]] == [("value", "5", "3")]
    renamed = found["learners", "l0"]["fields"]
    assert renamed == [
        {"field": "name", "title": "Обучающийся", "before": "Образцова Вера", "after": "Новофамильная Вера"}
    ]
    assert second["differences"]["removed"] == 1
    assert (await desk.look(first))["state"] == "filed"
    assert second["case_id"] == first["case_id"]
    desk.marks("4", "5", "н")
    await desk.read()
    assert (await desk.snapshot())["version"] == 3


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


async def test_what_was_not_read_completely_is_refused_or_marked(house_in_memory: House) -> None:
    house = house_in_memory
    assert code(await _ask_without_class(house)) == (409, "period_export_class_missing")
    await with_class(house)
    desk = await _desk_of_period(house, "2")
    refused = await desk.ask()
    assert code(refused) == (409, "period_not_read_completely")
    assert [each["code"] for each in refused.json()["shortcomings"]] == ["never_read"]
    await desk.read()
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
    await house.owner.execute("UPDATE import_letters SET state = 'closed', ended_at = now()")
    whole = await desk.snapshot()
    assert (whole["state"], whole["version"], whole["complete"]) == ("filed", 2, True)


async def _ask_without_class(house: House) -> Any:  # noqa: ANN401
    desk = await _desk_of_period(house)
    await house.owner.execute("UPDATE connections SET state = 'draft' WHERE id = $1", desk.connection)
    return await desk.ask()


async def _desk_of_period(house: House, account: str = "1") -> Desk:
    """A platform of which nothing was read yet, and a period that somebody has entered."""
    desk = await desk_in(house, account)
    if not await desk.count("study_periods"):
        await house.owner.execute(
            "INSERT INTO study_periods (id, institution_id, kind, name, starts_on, ends_on, created_at)"
            " VALUES (gen_random_uuid(), $1, 'other', '3 четверть', '2026-01-12', '2026-02-20', now())",
            house.a.id,
        )
    return desk


async def test_a_cancelled_snapshot_leaves_nothing_and_one_without_its_job_can_be_asked_for_again(
    house_in_memory: House,
) -> None:
    desk = await ready_desk(house_in_memory)
    asked = (await desk.ask()).json()

    def cancelled(handler: Any) -> Any:  # noqa: ANN401
        async def handle(context: JobContext, **given: Any) -> None:  # noqa: ANN401
            answer = await house_in_memory.clerk.post(f"{V1}/jobs/{asked['job_id']}/cancellation")
            assert answer.status_code in {200, 202}, answer.text
            await handler(context, **given)

        return handle

    ended = await desk.work(asked, cancelled(snapshot_job(period_export_services(house_in_memory.services))))
    assert ended["state"] == "cancelled"
    assert await desk.count("documents") == 0
    refused = await house_in_memory.clerk.post(f"{EXPORTS}/{ended['id']}/completion")
    assert code(refused) == (409, "period_export_not_resumable")
    assert (await desk.snapshot())["state"] == "filed"


async def test_what_is_due_is_listed_and_told_once(house_in_memory: House) -> None:
    house = house_in_memory
    desk = await ready_desk(house)

    async def due() -> list[str]:
        answer = await house.of("administrator").get(f"{EXPORTS}/due")
        return [each["period"] for each in answer.json()["items"]]

    told = [
        await remind(
            house.services.database,
        )
    ]
    listed = await due()
    house.clock.move(days=11)
    listed += await due()
    told += [await remind(house.services.database), await remind(house.services.database)]
    assert listed in (["3 четверть"], ["3 четверть", "3 четверть"])
    assert sum(told) == 1
    assert await desk.count("outbox_events WHERE topic = 'period_export.due'") == 1
    await desk.snapshot()
    assert await due() == []


async def test_classes_are_proposed_by_their_titles_and_a_case_is_opened_in_the_one_that_was_named(
    house_in_memory: House,
) -> None:
    house = house_in_memory
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
    desk = await desk_in(house)
    await desk.read()
    made = await desk.snapshot()
    case = (await house.clerk.get(f"{V1}/cases/{made['case_id']}")).json()
    assert case["title"] == TITLE


async def test_contents_are_for_those_who_read_results_and_file(house_in_memory: House) -> None:
    house = house_in_memory
    desk = await ready_desk(house)
    made = await desk.snapshot()
    at = f"{EXPORTS}/{made['id']}"
    for role, expected in (("clerk", 200), ("records_officer", 200), ("head", 403), ("administrator", 403)):
        assert (await house.of(role).get(f"{at}/files/results.csv")).status_code == expected, role
        assert (await house.of(role).get(f"{at}/differences")).status_code == expected, role
    book = await house.clerk.get(f"{at}/files/tables.xlsx")
    assert book.content[:2] == b"PK"
    assert (await house.of("records_officer").get(f"{at}/files/learners.jsonl")).status_code == 403
    assert (await house.clerk.get(f"{at}/files/learners.jsonl")).status_code == 200
    assert (await house.clerk.get(f"{at}/files/..%2Fetc%2Fpasswd")).status_code == 404
    direct = await house.clerk.get(f"{V1}/documents/{made['document_id']}/content")
    assert direct.status_code in {403, 409}, direct.text
    paper = f"{V1}/issued-papers/{made['paper_ids'][0]}/content"
    for role, expected in (("head", 200), ("executor", 403), ("auditor", 403)):
        assert (await house.of(role).get(paper)).status_code == expected, role
    assert (await house.of("executor").get(f"{V1}/issued-papers")).json()["items"] == []


async def test_results_of_restricted_kinds_stay_out(house_in_memory: House) -> None:
    house = house_in_memory
    desk = await ready_desk(house)
    kind = await house.owner.fetchval(
        "INSERT INTO result_kinds (id, institution_id, name, sort_key, access, created_at)"
        " VALUES (gen_random_uuid(), $1, 'Особые', 'особые', 'restricted', now()) RETURNING id",
        house.a.id,
    )
    await house.owner.execute(
        "UPDATE results SET kind_id = $1, revision = revision + 1 WHERE id IN"
        " (SELECT entity_id FROM origins WHERE external_id IN ('m0', 'f0'))",
        kind,
    )
    made = await desk.snapshot()
    assert made["counts"]["left_out"] == 2
    archive = await desk.package(made)
    assert b"m0" not in archive.read("tables/results.csv")
    assert b'"m0"' not in archive.read("raw/results.jsonl")
    assert b"f0" not in archive.read("tables/final_results.csv")
