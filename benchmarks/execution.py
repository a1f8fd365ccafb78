"""Promise: an act of 10,000 documents is executed, verification included, at 100 documents a second or more on the
embedded store, and a second run over it does nothing within 5 s.

Told as a ratio to the bare requests: one DELETE and one HEAD for each of as many objects, eight at a time. One process,
embedded PostgreSQL and SeaweedFS; each case holds one document. `--documents 10000` is what the promise is about.

Run: python -m benchmarks.execution [--documents 1000] [--profile]
"""

import argparse
import asyncio
import cProfile
import hashlib
import json
import pstats
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from benchmarks.closed_cases import AUTHOR, HEAD, MEMBER, TODAY, Archive, archive, now
from core.access.permissions import Role
from core.cases.asking import asking
from core.disposal import steps
from core.disposal.execution.driving import execution_job
from core.disposal.execution.services import EXECUTION_JOB, ExecutionServices, execution_services
from core.disposal.execution.starting import announce, confirm
from core.disposal.listing import Wanted, create_act
from core.disposal.lives import find_act
from core.documents.services import DocumentServices
from core.documents.spool import Spool
from core.inspection.pipeline import InspectionService
from core.kernel.ids import new_id
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner
from core.kernel.plugins import build_host
from core.kernel.sandbox import Sandbox, SandboxSettings
from core.kernel.settings import IntakeSettings
from storage.embedded import EmbeddedStore
from storage.errors import ObjectAbsent
from storage.keys import original_key
from storage.s3 import S3Vault
from storage.s3.removal import remove_version
from storage.s3.state import stat

_AT_ONCE = 8
_FIRST, _SECOND = new_id(), new_id()
_BYTES = b"x" * 4096
_PLACED = """
UPDATE document_versions v SET object_key = p.key, storage_version_id = p.version, repeated = true, sha256 = sha256($2),
  size = $3
  FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, key text, version text) WHERE v.id = p.id
"""
_FOUND = """
INSERT INTO search_entries (institution_id, object_type, object_id, title, names, holder_names, numbers, word_vector)
SELECT institution_id, 'document', id, title, 'справка документ', 'образцова вера', '1',
       search_word_vector(institution_id, 'document', 'образцова вера', 'справка документ', '1')
  FROM documents
"""


@dataclass(frozen=True)
class Bench:
    """An institution whose documents lie in a real object store."""

    place: Archive
    vault: S3Vault
    services: ExecutionServices


async def side_by_side(items: Sequence[tuple[str, str]], act: Callable[[str, str], object]) -> float:
    """Seconds that blocking requests about these versions take, eight at a time."""
    waiting = iter(items)

    async def work() -> None:
        for key, version in waiting:
            await asyncio.to_thread(act, key, version)

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    return time.perf_counter() - begun


async def put_all(vault: S3Vault, folder: Path, keys: Sequence[str]) -> list[tuple[str, str]]:
    source = folder / "bytes"
    source.write_bytes(_BYTES)
    digest, waiting = hashlib.sha256(_BYTES).hexdigest(), iter(keys)
    placed: list[tuple[str, str]] = []

    async def work() -> None:
        for key in waiting:
            stored = await vault.put(key, source, sha256=digest, size=len(_BYTES), media_type="application/pdf")
            placed.append((key, stored.version_id))

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    return placed


async def bare(vault: S3Vault, folder: Path, count: int) -> float:
    """Seconds for one DELETE and one HEAD of as many objects."""
    keys = [original_key(new_id(), new_id(), new_id()) for _ in range(count)]
    placed = await put_all(vault, folder, keys)
    door = vault._door  # noqa: SLF001 - what lies below every promise

    def both(key: str, version: str) -> None:
        remove_version(door, key, version)
        try:
            stat(door, key, version)
        except ObjectAbsent:
            return
        raise AssertionError(key)

    return await side_by_side(placed, both)


async def appoint(place: Archive) -> None:
    """Let the first executor be a member of the institution."""
    await place.owner.execute(
        "INSERT INTO accounts (id, login, display_name, kind, created_at) VALUES ($1, 'first', 'А', 'person', now())",
        _FIRST,
    )
    await place.owner.execute(
        "INSERT INTO memberships (id, institution_id, account_id, roles, created_at)"
        " VALUES ($1, $2, $3, '{executor}', now())",
        new_id(),
        place.institution,
        _FIRST,
    )


async def fill(place: Archive, vault: S3Vault, folder: Path) -> None:
    rows = await place.owner.fetch("SELECT id, document_id FROM document_versions")
    keys = {original_key(place.institution, row["document_id"], row["id"]): row["id"] for row in rows}
    placed = await put_all(vault, folder, list(keys))
    said = [{"id": str(keys[key]), "key": key, "version": version} for key, version in placed]
    await place.owner.execute(_PLACED, json.dumps(said), _BYTES, len(_BYTES))
    await place.owner.execute(_FOUND)
    await place.owner.execute("ANALYZE")


async def approved(bench: Bench) -> UUID:
    """Make an act of everything that is due, and let it pass through all hands."""
    place = bench.place
    minutes = steps.Decision(decided_on=TODAY, number="1", members=("Проверкина А. А.",))
    wanted = Wanted(scope=place.scope(AUTHOR), roles=[Role.RECORDS_OFFICER], case_ids=None, today=TODAY)
    made = (await create_act(place.database, bench.services.plugins, wanted, basis="Перечень")).act
    async with place.database.work(place.scope(AUTHOR)) as work:
        await steps.submit(work, await find_act(made.id), asking(work, [Role.RECORDS_OFFICER]), {}, today=TODAY)
    async with place.database.work(place.scope(MEMBER)) as work:
        await steps.agree(work, await find_act(made.id), asking(work, [Role.COMMISSION]), minutes, today=TODAY)
    async with place.database.work(place.scope(HEAD)) as work:
        await steps.approve(work, await find_act(made.id), asking(work, [Role.HEAD]), minutes, today=TODAY)
    return made.id


async def begin(bench: Bench, act_id: UUID) -> float:
    """Seconds in which two executors start."""
    place, today = bench.place, TODAY + timedelta(days=30)
    begun = time.perf_counter()
    async with place.database.work(place.scope(_FIRST)) as work:
        await announce(work, await find_act(act_id), asking(work, [Role.EXECUTOR]), today=today)
    async with place.database.work(place.scope(_SECOND)):
        act = await find_act(act_id)
    await confirm(bench.services, place.scope(_SECOND), [Role.EXECUTOR], act, today=today)
    return time.perf_counter() - begun


async def run(bench: Bench, act_id: UUID) -> float:
    """Seconds of the job."""
    place = bench.place
    job = await place.owner.fetchval("SELECT id FROM jobs WHERE kind = $1", EXECUTION_JOB)
    await place.owner.execute("UPDATE jobs SET state = 'queued', finished_at = NULL WHERE id = $1", job)
    kind = JobKind(name=EXECUTION_JOB, handler=execution_job(bench.services), attempts=1, first_delay=1)
    begun = time.perf_counter()
    runner = JobRunner(place.database, None)
    await runner.run(kind, job_id=job, institution_id=place.institution, arguments={"act": str(act_id)})
    return time.perf_counter() - begun


@asynccontextmanager
async def opened(documents: int) -> AsyncIterator[tuple[Bench, Path]]:
    with tempfile.TemporaryDirectory(prefix="deloteka-benchmark-") as name:
        folder = Path(name)
        async with archive(documents, documents) as place, EmbeddedStore(folder / "objects") as store:
            vault = await store.open_vault()
            sandbox = Sandbox(SandboxSettings(plugins=()))
            services = DocumentServices(
                database=place.database,
                vault=vault,
                inspection=InspectionService(sandbox, scratch=folder),
                sandbox=sandbox,
                spool=Spool(folder / "spool", reserve=0),
                scratch=folder,
                limits=IntakeSettings(),
                clock=now,
            )
            execution = execution_services(services, build_host([], {}), means="", vacuum=store.vacuum)
            yield Bench(place, vault, execution), folder
            await vault.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    count: int = chosen.documents
    async with opened(count) as (bench, folder):
        requests = await bare(bench.vault, folder, count)
        await fill(bench.place, bench.vault, folder)
        await appoint(bench.place)
        act = await approved(bench)
        found = {"the bare requests": requests, "two start": await begin(bench, act)}
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        profile = cProfile.Profile()
        if chosen.profile:
            profile.enable()
        spent = time.process_time()
        found["execution"] = await run(bench, act)
        spent = time.process_time() - spent
        profile.disable()
        found["a second run"] = await run(bench, act)
        state = await bench.place.owner.fetchval("SELECT state FROM disposal_acts")
        left = [entry.key async for entry in bench.vault.versions("originals/")]
        if state != "executed" or left:
            raise AssertionError(state, len(left))
    for what, seconds in found.items():
        print(f"{what:<20}{seconds:>8.2f} s {count / seconds:>9.0f}/s {seconds / requests:>7.1f} of the bare requests")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print(
        f"processor time of this process: {spent / count * 1000:.1f} ms a document; memory grew by {grown // 1024} MiB"
    )
    if chosen.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


if __name__ == "__main__":
    asyncio.run(main())
