"""Promise: a period is found unchanged, and its package built, for a small multiple of reading its records.

A connection with so many marks, a fifth as many entries of attendance and fifteen final results a learner lies in the
registry. Its records are read once as they are, which is the bare operation; then the digest of a snapshot is asked
for, then its package built. Processor time is that of this process and of PostgreSQL's together; memory is what this
process grew by. A package of half the period shows whether that grows with the number of marks.

Run: python -m benchmarks.period_exports [--marks 100000]
"""

import argparse
import asyncio
import os
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

import asyncpg

from benchmarks.memory import resident
from core.bootstrap.parts import APPS
from core.kernel.database.connection import Database
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.period_exports.contents import Contents
from core.period_exports.package import PackageWriter
from core.period_exports.reading import read_period

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_FACTS: Final[dict[str, Any]] = {
    "institution_name": "Школа",
    "connection": {"title": "Дневник", "identity": None},
    "period": {"name": "3 четверть", "study_year": "", "starts_on": date(2026, 1, 12), "ends_on": date(2026, 2, 20)},
    "complete": True,
    "shortcomings": [],
    "insisted": "",
}
_FINALS: Final = 15
_INSTITUTION: Final = """
INSERT INTO institutions (id, name, short_name, time_zone, created_at)
VALUES ($1::uuid, 'Школа ' || $1::uuid::text, 'Школа', 'Europe/Moscow', now())
"""
_PERIOD: Final = """
INSERT INTO study_periods (id, institution_id, kind, name, study_year, starts_on, ends_on, created_at)
VALUES ($1, $2, 'quarter', '3 четверть', '2025/2026', '2026-01-12', '2026-02-20', now())
"""
_CONNECTION: Final = """
INSERT INTO connections (id, institution_id, connector, title, configuration, config_version, state, unique_id,
  identity, fingerprint, created_at)
VALUES ($1, $2, 'moodle', 'Дневник', '{}', 1, 'ready', '1', '{"title": "Школа"}', '1', now())
"""
_ORIGINS: Final = """
INSERT INTO origins (id, institution_id, connection_id, stream, external_id, kind, entity_id, made, hash, mapped, raw,
  first_run_id, first_at, last_run_id, last_at)
SELECT gen_random_uuid(), $1, $2, $3, left($3, 1) || lpad(n::text, 12, '0'), $3, coalesce($4, gen_random_uuid()), true,
       sha256(n::text::bytea), {mapped}, jsonb_build_object('id', n, 'date', '2026-01-12T10:00:00', 'mood', 'Good'),
       $2, now(), $2, now()
  FROM generate_series(1, $5::integer) AS n CROSS JOIN (SELECT $6::integer) AS l (learners)
"""
_WHOSE: Final = """
'learner', 'l' || lpad((1 + n % learners)::text, 12, '0'), 'group', 'g' || lpad((1 + n % learners / 25)::text, 12, '0'),
'subject', 's' || lpad((1 + n / learners % 15)::text, 12, '0')"""
_MAPPED: Final = {
    "study_periods": "jsonb_build_object('name', '3 четверть')",
    "subjects": "jsonb_build_object('name', 'Предмет ' || n)",
    "groups": "jsonb_build_object('name', n || 'А', 'study_year', '2025/2026')",
    "learners": "jsonb_build_object('family_name', 'Учебный' || n, 'given_name', 'Иван', 'number', n::text)",
    "results": f"jsonb_build_object({_WHOSE}, 'period', 's000000000001', 'value', (2 + n % 4)::text, 'scale', 'mark5',"
    " 'result_kind', 'Контрольная работа', 'title', 'Работа на уроке', 'held_on', date '2026-01-12' + n % 40)",
    "final_results": f"jsonb_build_object({_WHOSE}, 'period', 's000000000001', 'value', (2 + n % 4)::text)",
    "attendance": f"jsonb_build_object({_WHOSE}, 'lesson_on', date '2026-01-12' + n % 40, 'status', 'Б')",
}
_BARE: Final = "SELECT stream, external_id, mapped, raw FROM origins WHERE connection_id = '{connection}'"


class Used:
    """Processor seconds of this process and of a backend, and bytes that this process grew by, while a block runs."""

    def __init__(self, backend: int) -> None:
        self._backend = backend
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.seconds = 0.0
        self.grown = 0

    def __enter__(self) -> Self:
        self._before, self._resident = self._now(), resident(os.getpid())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.seconds = self._now() - self._before

    def _now(self) -> float:
        fields = Path(f"/proc/{self._backend}/stat").read_text("ascii").rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / _TICKS

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.grown = max(self.grown, resident(os.getpid()) - self._resident)


async def fill(owner: asyncpg.Connection, marks: int) -> tuple[UUID, UUID, UUID]:
    """Write the records of a connection; return its institution, itself and the period."""
    institution = new_id()
    await owner.execute(_INSTITUTION, institution)
    connection, period, learners = new_id(), new_id(), max(25, marks // 100)
    await owner.execute(_PERIOD, period, institution)
    await owner.execute(_CONNECTION, connection, institution)
    numbers = {"study_periods": 1, "subjects": _FINALS, "groups": learners // 25, "learners": learners}
    numbers |= {"results": marks, "final_results": learners * _FINALS, "attendance": marks // 5}
    for kind, number in numbers.items():
        entity = period if kind == "study_periods" else None
        statement = _ORIGINS.replace("{mapped}", _MAPPED[kind])
        await owner.execute(statement, institution, connection, kind, entity, number, learners)
    await owner.execute("ANALYZE")
    return institution, connection, period


async def into(contents: Contents, work: Work, of: tuple[UUID, UUID]) -> str:
    """Read a period into `contents` and return the digest."""

    async def take(lines: bytes) -> None:
        await asyncio.to_thread(contents.take, lines)

    await read_period(work, *of, take)
    return contents.digest(_FACTS)


async def build(work: Work, of: tuple[UUID, UUID], folder: Path) -> int:
    """Build the package of a period and return its size."""
    path = folder / "snapshot.zip"
    writer = PackageWriter(path)
    digest = await into(writer, work, of)
    writer.finish(_FACTS, {}, digest)
    size = path.stat().st_size
    path.unlink()
    return size


async def read(work: Work, connection: UUID) -> None:
    """Read the records of a connection as they are."""

    async def pass_by(content: bytes) -> None:
        """Keep nothing."""

    async with work.connection.acquire_connection() as raw:
        await raw.copy_from_query(_BARE.replace("{connection}", str(connection)), output=pass_by)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Database, asyncpg.Connection]]:
    """Start a server; give the database as the service sees it, and as its owner does."""
    server = EmbeddedPostgres(folder / "postgresql")
    await server.start()
    try:
        await server.create_database("exports")
        await migrate(server.owner_url_of("exports"), server.app_url_of("exports"), apps=APPS)
        owner = await asyncpg.connect(server.owner_url_of("exports"))
        database = Database(server.app_url_of("exports"), apps=APPS, clock=lambda: datetime.now(UTC), pool=2)
        await database.open()
        yield database, owner
        await database.close()
        await owner.close()
    finally:
        await server.stop()


async def measure(folder: Path, marks: int) -> None:
    """Fill half and all of it, and print what each step takes."""
    async with opened(folder) as (database, owner):
        for number in (marks // 2, marks):
            institution, *of = await fill(owner, number)
            async with database.work(Scope(institution_id=institution, source="benchmark")) as work:
                backend = (await work.rows("SELECT pg_backend_pid() AS pid"))[0]["pid"]
                with Used(backend) as bare:
                    await read(work, of[0])
                with Used(backend) as asked:
                    await into(Contents(), work, (of[0], of[1]))
                with Used(backend) as built:
                    size = await build(work, (of[0], of[1]), folder)
            print(f"{number:,} marks; reading their records takes {bare.seconds:.2f} s of processor time")
            for what, used in (("found unchanged", asked), ("built", built)):
                print(
                    f"  {what}: {used.seconds:.2f} s, {used.seconds / bare.seconds:.1f} of reading;"
                    f" memory grew by {used.grown >> 20} MiB"
                )
            print(f"  package: {size / (1 << 20):.1f} MiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marks", type=int, default=100_000)
    # PostgreSQL's own account must be able to pass through.
    place = Path(tempfile.mkdtemp(prefix="deloteka-benchmark-"))
    place.chmod(0o711)
    try:
        asyncio.run(measure(place, parser.parse_args().marks))
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
