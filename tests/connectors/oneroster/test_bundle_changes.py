"""Several bundles: complete ones, changes laid over them, and what they say of results."""

from pathlib import Path

import pytest

from core.sdk.connectors import Problem, Progress, Record, State, SyncMode
from plugins.oneroster.simulator import BundleForm, School
from tests.connectors.oneroster.reading import Clerk, messages, put, records


async def sync_of(clerk: Clerk, stream: str) -> SyncMode:
    streams = await (await clerk.bench().open()).discover()
    return next(each.sync for each in streams if each.name == stream)


async def test_changes_are_laid_over_the_newest_complete_bundle(clerk: Clerk) -> None:
    clerk.give()
    clerk.school.edit("courses", "C-1", title="Алгебра")
    clerk.give(BundleForm(delta=True))
    clerk.school.edit("courses", "C-1", title="Алгебра и начала анализа")
    clerk.school.delete("courses", "C-2")
    clerk.give(BundleForm(delta=True))
    found = await records(clerk.bench(), "subjects")
    said = {key: (record.data.model_dump()["name"], record.gone) for key, record in found.items()}
    assert said == {
        "C-1": ("Алгебра и начала анализа", False),
        "C-2": ("Русский язык", True),
        "C-3": ("Физика", False),
    }
    assert await sync_of(clerk, "subjects") is SyncMode.FULL


async def test_changes_alone_make_nobody_gone(clerk: Clerk) -> None:
    clerk.school.edit("courses", "C-1", title="Алгебра")
    clerk.give(BundleForm(delta=True))
    assert list(await records(clerk.bench(), "subjects")) == ["C-1"]
    assert await sync_of(clerk, "subjects") is SyncMode.INCREMENTAL


async def test_a_file_that_no_bundle_has_makes_nobody_gone(clerk: Clerk) -> None:
    clerk.give(BundleForm(absent=("courses",)))
    assert await records(clerk.bench(), "subjects") == {}
    assert await sync_of(clerk, "subjects") is SyncMode.INCREMENTAL


async def test_what_a_later_complete_bundle_replaced_is_not_opened(clerk: Clerk) -> None:
    put(clerk, {"nothing.txt": "x"})
    clerk.give()
    assert len(await records(clerk.bench(), "subjects")) == 3
    assert await records(clerk.bench(), "results") != {}


async def test_a_changed_role_or_work_is_seen_in_those_who_have_it(clerk: Clerk) -> None:
    clerk.give()
    clerk.school.edit("lineItems", "W-Б1-1", title="Исправленное название")
    clerk.give(BundleForm(delta=True))
    found = await records(clerk.bench(), "results")
    titles = {key: record.data.model_dump()["title"] for key, record in found.items()}
    assert titles["R-W-Б1-1-001"] == "Исправленное название"


async def test_results_have_what_their_works_say(clerk: Clerk) -> None:
    clerk.give()
    bench = clerk.bench(final_categories=["четвертная ОТМЕТКА"])
    result = (await records(bench, "results"))["R-W-Б1-1-001"]
    assert result.data.model_dump(exclude_defaults=True, mode="json") == {
        "learner": "S-001",
        "subject": "C-1",
        "group": "L-Б1",
        "period": "T-1",
        "value": "5.0",
        "scale": "2..5",
        "result_kind": "Контрольная работа",
        "title": "Работа W-Б1-1",
        "held_on": "2025-09-16",
        "graded_on": "2025-09-17",
    }
    final = await records(bench, "final_results")
    assert set(final) == {key for key in await records(clerk.bench(), "results") if "-2-" in key}
    assert final["R-W-Б1-2-001"].data.model_dump()["final_kind"] == "Четвертная отметка"


async def test_a_mark_that_was_taken_back_is_gone_and_one_without_a_work_is_told(clerk: Clerk) -> None:
    clerk.school.edit("results", "R-W-Б1-1-001", score="", scoreStatus="not submitted")
    clerk.school.edit("results", "R-W-Б1-1-003", lineItem={"sourcedId": "W-lost"})
    clerk.give()
    said = await messages(await clerk.bench().open(), "results")
    gone = [each.external_id for each in said if isinstance(each, Record) and each.gone]
    told = [(each.external_id, each.message) for each in said if isinstance(each, Problem)]
    assert (gone, told) == (["R-W-Б1-1-001"], [("R-W-Б1-1-003", "its line item is not there")])


async def test_a_deletion_that_names_nothing_else_is_told_to_both_streams_of_results(clerk: Clerk) -> None:
    clerk.school.edit("results", "R-W-Б1-2-001", status="tobedeleted", lineItem=None, student=None)
    clerk.give(BundleForm(delta=True))
    bench = clerk.bench(final_categories=["Четвертная отметка"])
    for stream in ("results", "final_results"):
        assert [(key, each.gone) for key, each in (await records(bench, stream)).items()] == [("R-W-Б1-2-001", True)]


async def test_only_this_school_comes_of_a_bundle_of_several(clerk: Clerk) -> None:
    clerk.school.edit("users", "S-001", orgs=[{"sourcedId": "ORG-2", "type": "org"}])
    clerk.school.edit("classes", "L-А1", school={"sourcedId": "ORG-2", "type": "org"})
    clerk.give()
    bench = clerk.bench(schools=["ORG-1"])
    assert "S-001" not in await records(bench, "learners")
    assert list(await records(bench, "guardians")) == ["G-002/S-002"]
    assert "L-А1" not in await records(bench, "groups")
    assert all("L-А1" not in key for key in await records(bench, "enrolments"))
    assert all(not key.startswith("R-W-А1") for key in await records(bench, "results"))


async def test_an_interrupted_reading_goes_on_where_it_was_stated(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.oneroster.bundle.AT_ONCE", 4)
    monkeypatch.setattr("plugins.oneroster.bundle.STATED_EVERY", 8)
    clerk.give()
    bench = clerk.bench()
    whole = await messages(await bench.open(), "results")
    first = next(number for number, each in enumerate(whole) if isinstance(each, State))
    cursor = whole[first].cursor  # type: ignore[union-attr] # it is a state
    rest = await messages(await bench.open(), "results", cursor)

    def keys(said: object) -> list[str]:
        return [each.external_id for each in said if isinstance(each, Record)]  # type: ignore[attr-defined]

    assert keys(whole[:first]) + keys(rest) == keys(whole)
    assert len(keys(rest)) < len(keys(whole))
    clerk.give()
    assert keys(await messages(await bench.open(), "results", cursor)) == keys(whole)


async def test_others_run_while_a_long_file_is_read(tmp_path: Path) -> None:
    clerk = Clerk(tmp_path, School.small(learners=2, works=1))
    row = ["", "", "", "W-Б1-1", "S-001", "fully graded", "5", "2025-09-17", ""]
    more = ([f"M-{number}", *row[1:]] for number in range(2_000))
    clerk.give(BundleForm(more_rows={"results": more}))
    said = await messages(await clerk.bench().open(), "results")
    assert len([each for each in said if isinstance(each, Record)]) == 2_006
    assert len([each for each in said if isinstance(each, Progress)]) >= 5
