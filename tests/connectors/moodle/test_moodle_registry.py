"""What a site says, in the registry: one run brings everything, the next writes nothing."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from core.devkit.bench import Bench
from core.imports.registry import every_writer
from core.imports.services import ImportServices, OpenedConnection
from core.kernel.scope import Scope
from plugins.moodle.simulator.platform import SimulatedMoodle
from tests.connectors.engine.bench import Engine, ended
from tests.connectors.engine.scripted import Script, ScriptedConnections
from tests.connectors.moodle.conftest import bench_at
from tests.registry_house import House


@dataclass
class MoodleConnections(ScriptedConnections):
    """The door to one connection of Moodle."""

    bench: Bench | None = None

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        assert self.bench is not None
        self.bench.now = started_at
        yield OpenedConnection(
            connection_id=connection_id,
            source=await self.bench.open(),
            today=date(2026, 3, 2),
            document_kind="other",
        )


async def test_a_site_comes_into_the_registry_and_a_second_run_writes_nothing(
    house_in_memory: House, moodle: SimulatedMoodle
) -> None:
    connections = MoodleConnections(Script(), bench=bench_at(moodle))
    services = ImportServices(
        database=house_in_memory.services.database,
        clock=house_in_memory.clock,
        connections=connections,
        writers=every_writer(),
        documents=house_in_memory.services.documents,
    )
    engine = Engine(house=house_in_memory, services=services, connections=connections, connection=uuid4())
    state, counts = ended(await engine.run())
    assert (state, list(counts)) == ("complete", ["new"])
    assert await engine.letters() == []
    brought = Counter(row["stream"] for row in await engine.rows("SELECT stream FROM origins"))
    assert brought.total() == counts["new"]
    assert {"learners": 6, "teachers": 1, "courses": 2, "badges": 3, "certificate_files": 3}.items() <= brought.items()
    before = await engine.fingerprint_of_tables()

    state, counts = ended(await engine.run())
    assert (state, list(counts)) == ("complete", ["same"])
    assert await engine.fingerprint_of_tables() == before

    (item, userid), grade = next(iter(moodle.site.courses[2].grades.items()))
    grade.raw = 1.5
    moodle.site.badges.pop()
    state, counts = ended(await engine.run())
    assert (state, counts["changed"], counts["gone"]) == ("complete", 1, 1)
    key = f"2:{userid}:{item}"
    query = "SELECT r.value FROM results r JOIN origins o ON o.entity_id = r.id WHERE o.external_id = $1"
    assert await engine.one(query, key) == "1.5"

    moodle.revoke(after=5)
    assert ended(await engine.run())[0] == "failed"
    assert ["invalidtoken" in reason for reason in connections.dead] == [True]
    assert await engine.one("SELECT count(*) FROM origins WHERE gone_at IS NOT NULL") == 1
