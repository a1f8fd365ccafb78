"""What a run does with records: new, the same, changed, gone, returned."""

from core.sdk.connectors import Problem, ProblemClass
from tests.connectors.engine.bench import GROUPS, LEARNERS, MARKS, Engine, ended, group, learner, mark


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
