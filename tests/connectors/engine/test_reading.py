"""What a run does with records: new, the same, changed, gone, returned."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from core.imports.models import Mode
from core.imports.services import Target, Words
from core.sdk.connectors import EntityKind, Problem, ProblemClass, Stream, SyncMode
from tests.connectors.engine.bench import GROUPS, LEARNERS, MARKS, Engine, ended, group, learner, mark
from tests.connectors.engine.scripted import state


async def test_a_first_run_brings_everything_and_a_second_writes_nothing(engine: Engine) -> None:
    engine.script.stream(GROUPS, group("1", "8А"), group("2", "8Б"))
    engine.script.stream(LEARNERS, *(learner(str(n), f"Учебный{n}") for n in range(25)))
    engine.script.stream(MARKS, *(mark(f"m{n}", str(n % 25)) for n in range(60)))
    first = await engine.run()
    assert ended(first) == ("complete", {"new": 87})
    assert len(await engine.marks()) == 60
    before = await engine.fingerprint_of_tables()
    second = await engine.run()
    assert ended(second) == ("complete", {"same": 87})
    assert await engine.fingerprint_of_tables() == before
    assert await engine.one("SELECT count(*) FROM import_seen") == 0
    assert not await engine.rows("SELECT 1 FROM origins WHERE raw::text LIKE '%abcdef%'")
    dry = await engine.run(Mode.DRY_RUN)
    assert ended(dry) == ("complete", {"same": 87})


async def test_a_source_changes_takes_away_and_brings_back(engine: Engine) -> None:
    """A changed surname, a mark removed, a class left in the middle of a period, a mark that returns."""
    engine.script.stream(LEARNERS, learner("1", "Старая", birth_date=date(2010, 1, 2)), learner("2", "Вторая"))
    a, b = mark("m1", "1", "5"), mark("m2", "1", "4")
    engine.script.stream(MARKS, **{"8A": [a, b], "8B": [mark("m3", "2", "3")]})
    assert ended(await engine.run())[1] == {"new": 5}

    async def told() -> tuple[Mapping[str, int], list[tuple[str, str]]]:
        """What a dry run counts, and what it says would be gone; it writes nothing."""
        before = await engine.fingerprint_of_tables()
        dry = await engine.run(Mode.DRY_RUN)
        assert await engine.fingerprint_of_tables() == before
        assert await engine.one("SELECT count(*) FROM import_seen") == 0
        rows = await engine.rows(
            "SELECT d.external_id, o.external_id AS of FROM import_differences d JOIN origins o USING (entity_id)"
            " WHERE d.run_id = $1 AND d.outcome = 'gone'",
            dry.id,
        )
        return dry.counts, [(row["external_id"], row["of"]) for row in rows]

    engine.script.stream(LEARNERS, learner("1", "Новая", birth_date=date(2010, 1, 2)), learner("2", "Вторая"))
    engine.script.stream(MARKS, **{"8A": [mark("m1", "1", "2")], "8B": [mark("m3", "2", "3"), b]})
    assert await told() == ({"changed": 2, "same": 3}, [])
    assert ended(await engine.run())[1] == {"changed": 2, "same": 3}
    assert await engine.marks() == {
        "m1": ("2", "Новая", False),
        "m2": ("4", "Новая", False),
        "m3": ("3", "Вторая", False),
    }
    # m2 stands in the other class now; a complete read of that class which does not return it says that it is gone.
    engine.script.stream(MARKS, **{"8A": [mark("m1", "1", "2")], "8B": [mark("m3", "2", "3")]})
    assert await told() == ({"gone": 1, "same": 4}, [("m2", "m2")])
    assert ended(await engine.run())[1] == {"gone": 1, "same": 4}
    assert await told() == ({"same": 4}, [])
    assert (await engine.marks())["m2"] == ("4", "Новая", True)
    engine.script.stream(MARKS, **{"8A": [mark("m1", "1", "2")], "8B": [mark("m3", "2", "3"), b]})
    assert ended(await engine.run())[1] == {"returned": 1, "same": 5}
    assert (await engine.marks())["m2"] == ("4", "Новая", False)
    dry = await engine.run(Mode.DRY_RUN, streams=["learners"])
    assert ended(dry)[1] == {"same": 2}
    engine.script.stream(MARKS, Problem(ProblemClass.TRANSIENT, "503"))
    assert await told() == ({"same": 2}, []), "what was not read to its end says nothing of what is gone"


async def test_what_was_read_in_part_is_never_taken_for_gone(engine: Engine) -> None:
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    marks = [mark(f"m{n}", "1") for n in range(3)]
    engine.script.stream(MARKS, *marks)
    await engine.run()

    engine.script.stream(MARKS, marks[0], Problem(ProblemClass.TRANSIENT, "503", retry_after=60))
    run = await engine.run()
    assert (run.state, run.reason) == ("partial", "transient")
    assert run.retry_at is not None
    # A bad record is there, whatever is wrong with it; and one without a key may be any.
    engine.script.stream(MARKS, *marks[:2], Problem(ProblemClass.RECORD, "broken", external_id="m2"))
    assert ended(await engine.run())[0] == "partial"
    engine.script.stream(MARKS, *marks[:2], Problem(ProblemClass.RECORD, "no key"))
    await engine.run()
    engine.script.stream(MARKS, marks[0])
    await engine.run(Mode.BACKFILL, since=date(2026, 1, 1))
    assert not [each for each in (await engine.marks()).values() if each[2]]
    gone = mark("m2", "1")
    engine.script.stream(
        Stream(name="marks", kind=EntityKind.RESULTS, title="", parents=("learners",), sync=SyncMode.INCREMENTAL),
        type(gone)(gone.external_id, gone.data, gone=True),
    )
    assert ended(await engine.run())[1] == {"gone": 1, "same": 1}
    assert sorted(key for key, each in (await engine.marks()).items() if each[2]) == ["m2"]


async def test_a_bookmark_is_capped_overlaps_and_never_goes_back(engine: Engine) -> None:
    now = engine.house.clock.now
    marks = Stream(name="marks", kind=EntityKind.RESULTS, title="", parents=("learners",), sync=SyncMode.INCREMENTAL)
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    engine.script.stream(marks, mark("m1", "1"), state(now.replace(year=2027)))
    await engine.run()
    assert await engine.one("SELECT cursor FROM import_bookmarks WHERE stream = 'marks'") == now.isoformat()
    engine.script.stream(marks, state(now.replace(year=2025)))
    await engine.run()
    assert await engine.one("SELECT cursor FROM import_bookmarks WHERE stream = 'marks'") == now.isoformat()
    asked = [request.cursor for request in engine.script.requests if request.stream == "marks"]
    assert asked == [None, now.replace(day=1).isoformat()]
    engine.connections.fingerprint = "2"
    await engine.run()
    assert engine.script.requests[-1].cursor is None


async def test_parts_that_are_long_over_are_read_once_more_and_then_by_a_backfill_only(engine: Engine) -> None:
    marks = Stream(name="marks", kind=EntityKind.RESULTS, title="", parents=("learners",), reread_days=14)
    engine.script.ends = {"q1": date(2026, 2, 28), "q2": date(2026, 3, 31)}
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    engine.script.stream(marks, q1=[mark("m1", "1")], q2=[mark("m2", "1")])

    def parts() -> list[str]:
        read = [each.partition.key for each in engine.script.requests if each.stream == "marks"]
        engine.script.requests.clear()
        return read

    await engine.run()
    engine.connections.today = date(2026, 3, 20)
    await engine.run()
    assert parts() == ["q1", "q2", "q1", "q2"]
    await engine.run()
    assert parts() == ["q2"]
    await engine.run(Mode.BACKFILL)
    assert parts() == ["q1", "q2"]
    await engine.run(Mode.BACKFILL, since=date(2026, 3, 1))
    assert parts() == ["q2"]


async def test_what_the_operator_mapped_or_left_out_is_obeyed(engine: Engine) -> None:
    engine.connections.mapped = {
        (EntityKind.GROUPS, "1"): Target(engine.house.a.group),
        (EntityKind.GROUPS, "2"): Target(None),
    }
    engine.script.stream(GROUPS, group("1", "Группа платформы"), group("2", "Лишняя"), group("3", "ис-21"))
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    engine.script.stream(
        Stream(name="marks", kind=EntityKind.RESULTS, title="", parents=("learners", "groups")),
        mark("m1", "1", group="1", result_kind="Контрольная"),
        mark("m2", "1", group="2"),
    )
    run = await engine.run()
    assert ended(run) == ("complete", {"ignored": 1, "matched": 1, "new": 4})
    assert await engine.one("SELECT count(*) FROM groups WHERE institution_id = $1", engine.house.a.id) == 2
    rows = await engine.rows("SELECT group_id, kind_id FROM results ORDER BY id")
    assert [row["group_id"] for row in rows] == [engine.house.a.group, None]
    # The operator hears of the words that nobody has mapped.
    engine.connections.known_words = Words(fields={"result_kind": {}, "scale": {}})
    await engine.run()
    assert engine.connections.unmapped == {"result_kind": {"Контрольная"}, "scale": {"mark5"}}
    # A word that is mapped later comes into what was read before, and is written once.
    answer = await engine.house.of("head").post("/api/v1/result-kinds", json={"name": "Контрольные работы"})
    assert answer.status_code == 201, answer.text
    words = {"result_kind": {"Контрольная": {"kind_id": UUID(answer.json()["id"])}}}
    engine.connections.known_words = Words(fields=words)
    assert ended(await engine.run())[1] == {"changed": 1, "ignored": 1, "same": 4}
    assert await engine.one("SELECT count(*) FROM results WHERE kind_id IS NOT NULL") == 1
    assert ended(await engine.run())[1] == {"ignored": 1, "same": 5}
