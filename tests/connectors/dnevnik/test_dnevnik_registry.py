"""What the platform says, in the registry: it comes once, changes where it changed, and nobody else's comes at all."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from core.devkit.bench import Bench
from core.imports.registry import every_writer
from core.imports.services import ImportServices, OpenedConnection
from core.kernel.scope import Scope
from plugins.dnevnik.simulator import Platform, Size
from tests.connectors.dnevnik.platforms import EVERYTHING, MARCH, bench_of, platform_of
from tests.connectors.engine.bench import Engine, ended
from tests.connectors.engine.scripted import Script, ScriptedConnections
from tests.registry_house import House


@dataclass
class DnevnikConnections(ScriptedConnections):
    """The door to one connection of Dnevnik.ru."""

    bench: Bench | None = None

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        assert self.bench is not None
        self.bench.now = started_at
        connector = await self.bench.open()
        streams = [stream.name for stream in await connector.discover()]
        yield OpenedConnection(
            connection_id=connection_id,
            source=connector,
            today=MARCH.date(),
            streams=streams,
            document_kind="other",
        )


def engine_of(house: House, platform: Platform) -> Engine:
    connections = DnevnikConnections(Script(), bench=bench_of(platform, reread_weeks=12, **EVERYTHING))
    services = ImportServices(
        database=house.services.database,
        clock=house.clock,
        connections=connections,
        writers=every_writer(),
        documents=house.services.documents,
    )
    return Engine(house=house, services=services, connections=connections, connection=uuid4())


async def value_of(engine: Engine, mark: int) -> object:
    query = "SELECT r.value FROM results r JOIN origins o ON o.entity_id = r.id WHERE o.external_id = $1"
    return await engine.one(query, str(mark))


async def test_a_school_comes_into_the_registry_and_stays_what_the_platform_says(house_in_memory: House) -> None:
    platform = platform_of(Size(classes=2, learners=4, subjects=2, lessons=2))
    engine = engine_of(house_in_memory, platform)
    state, counts = ended(await engine.run())
    assert (state, list(counts), await engine.letters()) == ("complete", ["new"], [])
    brought = Counter(row["stream"] for row in await engine.rows("SELECT stream FROM origins"))
    assert brought.total() == counts["new"]
    assert {"groups": 6, "learners": 8, "subjects": 3, "study_periods": 5, "guardians": 6}.items() <= brought.items()
    before = await engine.fingerprint_of_tables()

    state, counts = ended(await engine.run())
    assert (state, list(counts)) == ("complete", ["same"])
    assert await engine.fingerprint_of_tables() == before

    first, second = platform.world.schools[0].classes
    corrected, removed, *_ = platform.journal(first, platform.periods(first)[1]).marks
    platform.change_mark(corrected.id, "5-")
    platform.change_mark(removed.id, None)
    platform.move(first.members[0].human.id, first, second)
    platform.forms.foreign_pupils = True
    state, counts = ended(await engine.run())
    assert (state, counts["changed"], counts["gone"], counts["new"]) == ("partial", 2, 1, 1)
    assert await value_of(engine, corrected.id) == "5-"
    foreign = platform.world.schools[1].classes[0].members[0].human.id
    assert await engine.one("SELECT count(*) FROM origins WHERE external_id = $1", str(foreign)) == 0
    assert {stream for stream, _, _ in await engine.letters()} == {"results"}

    platform.forms.foreign_pupils = False
    platform.sign_in.revoke()
    assert ended(await engine.run())[0] == "failed"
    assert await engine.one("SELECT count(*) FROM origins WHERE gone_at IS NOT NULL") == 1
