"""How fast the audit trail is written, sealed, verified and exported: `python benchmarks/audit_trail.py [ENTRIES]`.

Everything on an embedded PostgreSQL that forces commits to the disk, anchors in memory, one process.
"""

import asyncio
import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from core.audit_trail.export import export_trail
from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.sealing import seal_entries
from core.kernel.audit.verification import verify_trail
from core.kernel.database.connection import Database
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from storage.memory import MemoryVault

APPS = ("core.kernel",)
IN_ONE_TRANSACTION = 1_000


def now() -> datetime:
    return datetime.now(UTC)


def memory() -> float:
    """Peak of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def told(what: str, count: int, began: float, before: float) -> None:
    seconds = time.perf_counter() - began
    print(f"{what:<42}{count / seconds:>10,.0f}/s {seconds:>8.2f} s   +{memory() - before:.0f} MiB")


async def single_writes(database: Database, scope: Scope, count: int, writers: int) -> None:
    async def write() -> None:
        for number in range(count // writers):
            async with database.work(scope) as work:
                work.record("document.viewed", "document", f"d-{number}", {"name": "Примерова", "number": number})

    began, before = time.perf_counter(), memory()
    await asyncio.gather(*(write() for _ in range(writers)))
    told(f"one entry a transaction, {writers} writers", count, began, before)


async def measure(server: EmbeddedPostgres, entries: int) -> None:
    await migrate(server.owner_url, server.app_url, apps=APPS)
    database = Database(server.app_url, apps=APPS, clock=now)
    await database.open()
    scope = Scope(institution_id=new_id(), source="192.0.2.7", request_id="r-1", purpose="benchmark")
    vault = MemoryVault(now)
    await single_writes(database, scope, 1_000, 1)
    await single_writes(database, scope, 2_000, 8)
    began, before = time.perf_counter(), memory()
    for _ in range(entries // IN_ONE_TRANSACTION):
        async with database.work(scope) as work:
            for number in range(IN_ONE_TRANSACTION):
                work.record("document.viewed", "document", f"d-{number}", {"name": "Примерова", "number": number})
    told(f"{IN_ONE_TRANSACTION:,} entries a transaction", entries, began, before)
    began, before = time.perf_counter(), memory()
    sealed = await seal_entries(database, scope.institution_id)
    told("sealed", sealed, began, before)
    await Anchorer(database, vault).anchor(scope.institution_id)
    began, before = time.perf_counter(), memory()
    report = await verify_trail(database, vault, scope.institution_id)
    told("verified, sound" if report.sound else "verified, NOT SOUND", report.sealed, began, before)
    began, before = time.perf_counter(), memory()
    size = sum([len(part) async for part in export_trail(database, scope)])
    told(f"exported ({size / 2**20:.0f} MiB)", sealed, began, before)
    await database.close()


async def main(folder: Path) -> None:
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
