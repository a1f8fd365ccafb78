"""What a test of the engine holds in its hands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.imports.models import ImportRun, Mode, RunState
from core.imports.running import run_job
from core.imports.runs import RUN_JOB, WantedRun, find_run, start_run
from core.imports.services import ImportServices
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner
from core.sdk.connectors import (
    EntityKind,
    GroupData,
    LearnerData,
    Record,
    ResultData,
    Stream,
)
from tests.connectors.engine.scripted import Script, ScriptedConnections
from tests.registry_house import House


@dataclass
class Engine:
    house: House
    services: ImportServices
    connections: ScriptedConnections
    connection: UUID

    @property
    def script(self) -> Script:
        return self.connections.script

    async def ask(self, mode: Mode = Mode.SYNC, **wanted: Any) -> ImportRun:  # noqa: ANN401
        """Ask for a run, without doing it."""
        async with self.house.services.database.work(self.house.a.scope("administrator")) as work:
            return await start_run(
                work, self.connections, WantedRun(connection_id=self.connection, mode=mode, **wanted)
            )

    async def work(self, run: ImportRun) -> ImportRun:
        """Do what a worker does with the run's job, once."""
        kind = JobKind(name=RUN_JOB, handler=run_job(self.services), attempts=1, first_delay=0)
        runner = JobRunner(self.house.services.database, None)
        await runner.run(kind, job_id=run.job_id, institution_id=self.house.a.id, arguments={"run": str(run.id)})
        async with self.house.services.database.work(self.house.a.scope()):
            return await find_run(run.id)

    async def run(self, mode: Mode = Mode.SYNC, **wanted: Any) -> ImportRun:  # noqa: ANN401
        """Ask for a run and do it."""
        return await self.work(await self.ask(mode, **wanted))

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What the owner of the schema sees."""
        return [dict(row) for row in await self.house.owner.fetch(query, *values)]

    async def one(self, query: str, *values: object) -> Any:  # noqa: ANN401
        return await self.house.owner.fetchval(query, *values)

    async def letters(self, state: str = "open") -> list[tuple[str, str, str]]:
        rows = await self.rows(
            "SELECT stream, external_id, class FROM import_letters WHERE state = $1 ORDER BY stream, external_id", state
        )
        return [(row["stream"], row["external_id"], row["class"]) for row in rows]

    async def marks(self) -> dict[str, tuple[str, str, bool]]:
        """Value, family name and whether gone, by external id."""
        rows = await self.rows(
            "SELECT o.external_id, r.value, p.family_name, o.gone_at IS NOT NULL AS gone FROM origins o"
            " JOIN results r ON r.id = o.entity_id JOIN people p ON p.id = r.person_id WHERE o.stream = 'marks'"
        )
        return {row["external_id"]: (row["value"], row["family_name"], row["gone"]) for row in rows}

    async def fingerprint_of_tables(self) -> dict[str, list[Any]]:
        """Where each row of the registry lies and which transaction wrote it: nothing written, nothing moves."""
        tables = (
            "people",
            "groups",
            "results",
            "origins",
            "origin_changes",
            "import_bookmarks",
            "import_letters",
            "import_proposals",
            "origin_conflicts",
            "search_entries",
        )
        found = {}
        for table in tables:
            query = f"SELECT ctid::text, xmin::text FROM {table} ORDER BY ctid"  # noqa: S608 (names of ours)
            found[table] = await self.rows(query)
        return found


LEARNERS = Stream(name="learners", kind=EntityKind.LEARNERS, title="Обучающиеся")
GROUPS = Stream(name="groups", kind=EntityKind.GROUPS, title="Классы")
MARKS = Stream(name="marks", kind=EntityKind.RESULTS, title="Отметки", parents=("learners",))


def learner(key: str, family: str, given: str = "Иван", **more: Any) -> Record:  # noqa: ANN401
    return Record(key, LearnerData(family_name=family, given_name=given, **more), raw={"id": key})


def group(key: str, name: str, **more: Any) -> Record:  # noqa: ANN401
    return Record(key, GroupData(name=name, study_year="2025/2026", **more))


def mark(key: str, of: str, value: str = "5", **more: Any) -> Record:  # noqa: ANN401
    raw = {"id": key, "url": "https://school.test/file?id=1&token=abcdef"}
    return Record(key, ResultData(learner=of, value=value, scale="mark5", **more), raw=raw)


def ended(run: ImportRun) -> tuple[str, Mapping[str, int]]:
    """State and counts."""
    return RunState(run.state).value, run.counts
