"""Promise: 3,000 new records a second and 10,000 unchanged ones on two cores, in bounded memory.

A scripted source of 1,000 learners in 40 classes and 100,000 marks in parts of 2,500; a run that is killed ten times is
told by how many records it reads beside those of an undisturbed one.

Run: python -m benchmarks.imports [MARKS]
"""

import asyncio
import contextlib
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from pydantic import BaseModel

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
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner, TryAgain
from core.kernel.plugins import Fence
from core.kernel.scope import Scope
from core.sdk.connectors import (
    CheckResult,
    Connection,
    Connector,
    ConnectorSpec,
    EntityKind,
    GroupData,
    Hosts,
    HttpClient,
    LearnerData,
    Message,
    Partition,
    ReadRequest,
    Record,
    ResultData,
    State,
    Stream,
    TokenStore,
)

LEARNERS = 1_000
CLASSES = 40
IN_PART = 2_500
PAGE = 500
TODAY = date(2026, 3, 2)
STREAMS = (
    Stream(name="groups", kind=EntityKind.GROUPS, title="Классы"),
    Stream(name="learners", kind=EntityKind.LEARNERS, title="Обучающиеся"),
    Stream(name="marks", kind=EntityKind.RESULTS, title="Отметки", parents=("groups", "learners")),
)


class Nothing(BaseModel):
    """Nothing to fill in."""


CONNECTION = Connection(
    configuration=Nothing(),
    http=cast("HttpClient", None),
    tokens=cast("TokenStore", None),
    clock=lambda: datetime.now(UTC),
    zone=ZoneInfo("UTC"),
    today=TODAY,
)


class Death(Unavailable):
    """Stands for a worker that is no more."""


class Source(Connector):
    """Says the same every time."""

    name: ClassVar[str] = "benchmark"
    marks: ClassVar[int] = 100_000
    read_marks: ClassVar[int] = 0
    deaths: ClassVar[set[int]] = set()

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Not asked."""
        raise NotImplementedError

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return none."""
        del configuration
        return Hosts(api=())

    async def check(self) -> CheckResult:
        """Not asked."""
        raise NotImplementedError

    async def discover(self) -> Sequence[Stream]:
        """Return three streams."""
        return STREAMS

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Return one part for each 2,500 marks."""
        if stream != "marks":
            return (Partition(),)
        return [Partition(key=str(number)) for number in range(-(-self.marks // IN_PART))]

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Say everything, a state after each page."""
        match request.stream:
            case "groups":
                for number in range(CLASSES):
                    yield Record(str(number), GroupData(name=f"{number}А", study_year="2025/2026"), raw={"id": number})
            case "learners":
                for number in range(LEARNERS):
                    data = LearnerData(family_name=f"Учебный{number}", given_name="Иван", number=f"n{number}")
                    yield Record(str(10**18 + number), data, raw={"id_str": str(number), "sex": "male"})
            case _:
                async for message in self._marks(request):
                    yield message

    async def _marks(self, request: ReadRequest) -> AsyncIterator[Message]:
        first = int(request.partition.key) * IN_PART
        begin = first if request.cursor is None else int(request.cursor)
        for number in range(begin, min(first + IN_PART, self.marks)):
            Source.read_marks += 1
            if Source.read_marks in self.deaths:
                self.deaths.discard(Source.read_marks)
                raise Death
            data = ResultData(
                learner=str(10**18 + number % LEARNERS),
                group=str(number % CLASSES),
                value=str(2 + number % 4),
                scale="mark5",
                result_kind="Контрольная",
                title="Работа на уроке",
                held_on=TODAY - timedelta(days=number % 60),
            )
            raw = {
                "id_str": str(number),
                "textValue": "5",
                "mood": "Good",
                "date": "2026-01-02T10:00:00",
                "work": number,
            }
            yield Record(str(2 * 10**18 + number), data, raw=raw)
            if number % PAGE == PAGE - 1:
                yield State(str(number + 1))


class Door:
    """The door to one connection."""

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        """Open the source in a room of its own, as the service does."""
        del scope, started_at
        limits = RoomLimits()
        async with Room(Source.name, limits, fence=Fence(), plugin=Source.name, place=str(connection_id)) as room:
            source = await invite(room, Source, CONNECTION, limits)
            yield OpenedConnection(connection_id=connection_id, source=source, today=TODAY)

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


def told(what: str, run: ImportRun, records: int, began: float, used: float) -> None:
    """Print a measurement."""
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what}: {run.state} {run.counts}; {records / seconds:,.0f} records/s ({seconds:.1f} s, own processor time"
        f" {cpu:.1f} s), peak memory {peak:.0f} MiB",
        flush=True,
    )


async def measure(server: EmbeddedPostgres, marks: int) -> None:
    """First run, second run, and one that is killed ten times."""
    await server.create_database("imports")
    await migrate(server.owner_url_of("imports"), server.app_url_of("imports"), apps=APPS)
    owner = await asyncpg.connect(server.owner_url_of("imports"))
    scope = Scope(institution_id=new_id(), source="benchmark")
    await owner.execute(
        "INSERT INTO institutions (id, name, short_name, time_zone, created_at) VALUES ($1, 'К', 'К', 'Europe/Moscow',"
        " now())",
        scope.institution_id,
    )
    await owner.close()
    database = Database(server.app_url_of("imports"), apps=APPS, clock=lambda: datetime.now(UTC), pool=4)
    await database.open()
    services = ImportServices(
        database=database, clock=lambda: datetime.now(UTC), connections=Door(), writers=every_writer()
    )
    Source.marks = marks
    total = marks + LEARNERS + CLASSES
    connection = new_id()
    for what in ("first run", "second run", "third run"):
        began, used = time.perf_counter(), time.process_time()
        told(what, await run_once(services, scope, connection), total, began, used)
    Source.read_marks = 0
    Source.deaths = {marks * number // 11 + 300 for number in range(1, 11)}
    began, used = time.perf_counter(), time.process_time()
    told("killed ten times", await run_once(services, scope, new_id()), total, began, used)
    print(
        f"read {Source.read_marks:,} marks of {marks:,}: {100 * Source.read_marks / marks - 100:.1f} % more", flush=True
    )
    await database.close()


async def main(folder: Path) -> None:
    """Start a server, measure, remove it."""
    server = EmbeddedPostgres(folder / "postgresql")
    await server.start()
    try:
        await measure(server, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    finally:
        await server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    # PostgreSQL's own account must be able to pass through.
    place = Path(tempfile.mkdtemp(prefix="deloteka-benchmark-"))
    place.chmod(0o711)
    asyncio.run(main(place))
