"""Runs whose connector blocks: they end by themselves or when somebody says so, and hold up nobody."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.connections.rooms.guest import invite
from core.connections.rooms.room import Room, RoomLimits
from core.imports.runs import cancel_run
from core.imports.services import ImportServices, OpenedConnection
from core.kernel.plugins import Fence
from core.kernel.scope import Scope
from core.people.importing import LearnerWriter
from core.results.writers import result_writers
from core.sdk.connectors import EntityKind, Message, Record
from tests.connectors.connections.rooms import QUICK, connection, until
from tests.connectors.engine.bench import LEARNERS, MARKS, Engine, ended, learner, mark
from tests.connectors.engine.scripted import Script, ScriptedConnections, ScriptedConnector
from tests.registry_house import House


@dataclass
class Roomed(ScriptedConnections):
    """Connections that are opened each in a room of its own; one of them is stuck."""

    limits: RoomLimits = QUICK
    fence: Fence = field(default_factory=Fence)
    stuck: dict[UUID, Script] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    blocked: threading.Event = field(default_factory=threading.Event)

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        source = ScriptedConnector(self.stuck.get(connection_id, self.script))
        room = Room("scripted", self.limits, fence=self.fence, plugin="invented", place=f"connection {connection_id}")
        async with super().open(scope, connection_id, started_at=started_at) as opened, room:
            yield replace(opened, source=await invite(room, lambda _: source, connection(), self.limits))

    def hold(self, stream: str, message: Message) -> None:
        """Block before the sixteenth mark."""
        if stream == "marks" and isinstance(message, Record) and message.external_id == "m15":
            self.blocked.set()
            assert self.gate.wait(30), "the test did not open the gate"


def filled(family: str) -> Script:
    script = Script()
    script.stream(LEARNERS, *(learner(str(n), f"{family}{n}") for n in range(5)))
    script.stream(MARKS, *(mark(f"m{n}", str(n % 5)) for n in range(30)))
    return script


@pytest.fixture
def roomed(house_in_memory: House) -> Iterator[tuple[Engine, Roomed]]:
    house, stuck = house_in_memory, uuid4()
    connections = Roomed(filled("Здравый"), stuck={stuck: filled("Застрявший")})
    connections.stuck[stuck].stop = connections.hold
    services = ImportServices(
        database=house.services.database,
        clock=house.clock,
        connections=connections,
        writers={EntityKind.LEARNERS: LearnerWriter(), **result_writers()},
        at_once=10,
        beat_every=0.02,
    )
    yield Engine(house=house, services=services, connections=connections, connection=stuck), connections
    connections.gate.set()


async def test_a_run_whose_connector_blocks_ends_with_what_it_had_read(roomed: tuple[Engine, Roomed]) -> None:
    engine, connections = roomed
    run = await engine.run()
    assert (run.state, run.reason) == ("partial", "bug")
    assert run.message.startswith("the connector scripted blocks its event loop: that has had no turn for 1.5 seconds")
    assert await engine.one("SELECT count(*) FROM results") == 15
    assert await engine.one("SELECT count(*) FROM import_bookmarks WHERE completed_on IS NOT NULL") == 1
    run = await engine.run()
    assert (run.state, run.reason) == ("failed", "bug")
    assert run.message == "the connector scripted has not come back from an earlier call; restart the service"
    connections.gate.set()
    await until(lambda: not connections.fence.left())
    assert ended(await engine.run()) == ("complete", {"new": 15, "same": 20})


async def test_others_go_on_beside_a_connector_that_blocks_and_its_run_can_be_cancelled(
    roomed: tuple[Engine, Roomed],
) -> None:
    engine, connections = roomed
    connections.limits = RoomLimits(blocked=60, grace=1)
    asked = await engine.ask()
    running = asyncio.create_task(engine.work(asked))
    await until(connections.blocked.is_set)

    engine.house.clock.now += timedelta(minutes=3)
    other = await replace(engine, connection=uuid4()).run()
    assert ended(other) == ("complete", {"new": 35})
    beat = "SELECT heartbeat_at FROM import_runs WHERE id = $1"
    async with asyncio.timeout(10):
        while await engine.one(beat, asked.id) < engine.house.clock.now:  # noqa: ASYNC110 (PostgreSQL tells)
            await asyncio.sleep(0.01)
    assert not running.done()

    async with engine.house.services.database.work(engine.house.a.scope("administrator")) as work:
        await cancel_run(work, asked)
    run = await running
    assert run.state == "cancelled"
    assert await engine.one("SELECT state FROM jobs WHERE id = $1", asked.job_id) == "cancelled"
    # What was committed is kept: twelve of the fifteen that were read.
    assert await engine.one("SELECT count(*) FROM results") == 30 + 12
    assert connections.fence.left("invented") == (f"connection {engine.connection}",)
