"""What a bundle and a server say, in the registry: one run brings everything, the next writes nothing."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID, uuid4

from core.devkit.bench import Bench
from core.imports.registry import every_writer
from core.imports.services import ImportServices, OpenedConnection
from core.kernel.scope import Scope
from plugins.oneroster.simulator import BundleForm, School, SimulatedSystem
from tests.connectors.engine.bench import Engine, ended
from tests.connectors.engine.scripted import Script, ScriptedConnections
from tests.connectors.oneroster.reading import Clerk, server
from tests.registry_house import House

FINAL = ["Четвертная отметка"]
VALUE = "SELECT r.value FROM results r JOIN origins o ON o.entity_id = r.id WHERE o.external_id = $1"
GONE = "SELECT o.external_id FROM origins o WHERE o.gone_at IS NOT NULL ORDER BY 1"


@dataclass
class OneRosterConnections(ScriptedConnections):
    """The door to one connection of OneRoster."""

    bench: Bench | None = None

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        assert self.bench is not None
        self.bench.now = started_at
        yield OpenedConnection(
            connection_id=connection_id,
            source=await self.bench.open(),
            today=date(2026, 3, 2),
            streams=self.streams,
        )


def engine_at(house: House, bench: Bench, streams: list[str] | None = None) -> Engine:
    connections = OneRosterConnections(Script(), bench=bench, streams=streams)
    services = ImportServices(
        database=house.services.database,
        clock=house.clock,
        connections=connections,
        writers=every_writer(),
        documents=house.services.documents,
    )
    return Engine(house=house, services=services, connections=connections, connection=uuid4())


async def gone(engine: Engine) -> list[str]:
    return [row["external_id"] for row in await engine.rows(GONE)]


async def test_bundles_come_into_the_registry_and_a_second_run_writes_nothing(
    house_in_memory: House, tmp_path: Path
) -> None:
    clerk = Clerk(tmp_path)
    clerk.give()
    engine = engine_at(house_in_memory, clerk.bench(final_categories=FINAL, demographics=True))
    state, counts = ended(await engine.run())
    assert (state, list(counts), await engine.letters()) == ("complete", ["new"], [])
    brought = Counter(row["stream"] for row in await engine.rows("SELECT stream FROM origins"))
    assert brought == {
        "study_periods": 3,
        "subjects": 3,
        "groups": 8,
        "learners": 4,
        "staff": 4,
        "enrolments": 10,
        "results": 12,
        "final_results": 12,
    }
    before = await engine.fingerprint_of_tables()
    state, counts = ended(await engine.run())
    assert (state, list(counts)) == ("complete", ["same"])
    assert await engine.fingerprint_of_tables() == before

    clerk.school.edit("results", "R-W-Б1-1-001", score=2.0)
    clerk.school.delete("results", "R-W-Б1-1-003")
    clerk.give(BundleForm(delta=True))
    state, counts = ended(await engine.run())
    assert (state, counts["changed"], counts["gone"]) == ("complete", 1, 1)
    assert await engine.one(VALUE, "R-W-Б1-1-001") == "2.0"
    assert await gone(engine) == ["R-W-Б1-1-003"]


async def test_a_server_comes_into_the_registry_and_its_changes_after_it(house_in_memory: House) -> None:
    system = SimulatedSystem(School.small(learners=4, works=2))
    streams = ["study_periods", "subjects", "groups", "learners", "guardians", "results"]
    engine = engine_at(house_in_memory, server(system, source={"version": "1.2", "page_size": 50}), streams)
    state, counts = ended(await engine.run())
    assert (state, counts, await engine.letters()) == ("complete", {"new": 3 + 3 + 8 + 4 + 2 + 24}, [])
    before = await engine.fingerprint_of_tables()
    state, counts = ended(await engine.run())
    assert (state, set(counts) - {"same"}) == ("complete", set())
    assert await engine.fingerprint_of_tables() == before

    system.school.edit("results", "R-W-Б1-1-001", score=2.0)
    system.school.delete("results", "R-W-Б1-1-003")
    system.school.collections["results"]["R-W-Б1-1-003"] = {
        name: system.school.collections["results"]["R-W-Б1-1-003"][name]
        for name in ("sourcedId", "status", "dateLastModified")
    }
    for key in ("R-W-Б1-1-001", "R-W-Б1-1-003"):
        stamp = house_in_memory.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        system.school.collections["results"][key]["dateLastModified"] = stamp
    state, counts = ended(await engine.run())
    assert (state, counts["changed"], counts["gone"]) == ("complete", 1, 1)
    assert await engine.one(VALUE, "R-W-Б1-1-001") == "2.0"
    assert await gone(engine) == ["R-W-Б1-1-003"]
