"""What the benchmarks of imports share: the service's own runs at a source that is handed in, on a fresh database."""

import contextlib
import resource
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from core.bootstrap.parts import APPS
from core.connections.rooms.guest import invite
from core.connections.rooms.room import Room, RoomLimits
from core.imports.models import ImportRun
from core.imports.registry import every_writer
from core.imports.running import run_job
from core.imports.runs import RUN_JOB, WantedRun, find_run, start_run
from core.imports.services import ImportServices, OpenedConnection, Target, Words
from core.kernel.database.connection import Database
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner, TryAgain
from core.kernel.plugins import Fence
from core.kernel.scope import Scope
from core.sdk.connectors import Connection, Connector, EntityKind


class Door:
    """The door to connections of one connector."""

    def __init__(self, connector: type[Connector], connect: Callable[[Room], Awaitable[Connection]]) -> None:
        self._connector = connector
        self._connect = connect

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        """Open the source in a room of its own, as the service does."""
        del scope, started_at
        limits, name = RoomLimits(), self._connector.name
        async with Room(name, limits, fence=Fence(), plugin=name, place=str(connection_id)) as room:
            connection = await self._connect(room)
            source = await invite(room, self._connector, connection, limits)
            yield OpenedConnection(connection_id=connection_id, source=source, today=connection.today)

    async def require(self, work: Work, connection_id: UUID, *, ready: bool) -> str:
        """Let every run begin."""
        del work, connection_id, ready
        return "benchmark"

    async def offered_streams(self, work: Work, connection_id: UUID) -> frozenset[str]:
        """Return none: no check was made."""
        del work, connection_id
        return frozenset()

    async def needs_sign_in(self, work: Work, connection_id: UUID, reason: str) -> None:
        """Hear nothing."""

    async def propose_file_host(self, work: Work, connection_id: UUID, host: str) -> None:
        """Hear nothing."""

    async def hindered(self, work: Work, connection_id: UUID, *, hindered: bool) -> datetime | None:
        """Say that nothing fails for long."""
        del connection_id
        return work.now if hindered else None

    async def targets(
        self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]
    ) -> Mapping[str, Target]:
        """Return no mapping."""
        del work, connection_id, kind, records
        return {}

    async def note_objects(self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]) -> None:
        """Note nothing."""

    async def words(self, work: Work, connection_id: UUID, kind: EntityKind) -> Words:
        """Return no mapping."""
        del work, connection_id, kind
        return Words()

    async def met(
        self, work: Work, connection_id: UUID, kind: EntityKind, words: Mapping[str, Collection[str]]
    ) -> None:
        """Note nothing."""


async def run_once(services: ImportServices, scope: Scope, connection: UUID) -> ImportRun:
    """Ask for a run and do it, by as many workers as it takes."""
    async with services.database.work(scope) as work:
        run = await start_run(work, services.connections, WantedRun(connection_id=connection))
    kind = JobKind(name=RUN_JOB, handler=run_job(services), attempts=1, first_delay=0)
    runner = JobRunner(services.database, None)
    while run.state in {"queued", "running"}:
        with contextlib.suppress(TryAgain):
            await runner.run(
                kind, job_id=run.job_id, institution_id=scope.institution_id, arguments={"run": str(run.id)}
            )
        async with services.database.work(scope):
            run = await find_run(run.id)
    return run


async def run_and_tell(what: str, services: ImportServices, scope: Scope, connection: UUID) -> None:
    """Do a run and print how fast it went."""
    began, used = time.perf_counter(), time.process_time()
    run = await run_once(services, scope, connection)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    records = sum(run.counts.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what}: {run.state} {run.counts}; {records / seconds:,.0f} records/s ({seconds:.1f} s, own processor time"
        f" {cpu:.1f} s), peak memory {peak:.0f} MiB",
        flush=True,
    )


def _folder() -> Path:
    place = Path(tempfile.mkdtemp(prefix="deloteka-benchmark-"))
    # PostgreSQL's own account must be able to pass through.
    place.chmod(0o711)
    return place


@asynccontextmanager
async def opened(door: Door) -> AsyncIterator[tuple[ImportServices, Scope]]:
    """Give what runs work with, and an institution of a fresh database."""
    place = _folder()
    server = EmbeddedPostgres(place / "postgresql")
    await server.start()
    try:
        await server.create_database("imports")
        await migrate(server.owner_url_of("imports"), server.app_url_of("imports"), apps=APPS)
        owner = await asyncpg.connect(server.owner_url_of("imports"))
        scope = Scope(institution_id=new_id(), source="benchmark")
        await owner.execute(
            "INSERT INTO institutions (id, name, short_name, time_zone, created_at)"
            " VALUES ($1, 'К', 'К', 'Europe/Moscow', now())",
            scope.institution_id,
        )
        await owner.close()
        database = Database(server.app_url_of("imports"), apps=APPS, clock=lambda: datetime.now(UTC), pool=4)
        await database.open()
        yield (
            ImportServices(
                database=database, clock=lambda: datetime.now(UTC), connections=door, writers=every_writer()
            ),
            scope,
        )
        await database.close()
    finally:
        await server.stop()
        shutil.rmtree(place)
