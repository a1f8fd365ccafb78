"""A house whose connections watch a folder, and whoever works there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from core.connections.places.opening import MakeInbox, Places
from core.connections.scheduling import start_due_runs
from core.connections.services import ConnectionServices
from core.imports.doors import RegistryConnections
from core.imports.following import start_if_idle
from core.imports.registry import every_writer
from core.imports.running import run_job
from core.imports.runs import RUN_JOB
from core.imports.services import ImportServices
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner
from core.kernel.plugins.catalog import Catalog
from core.kernel.plugins.kinds import Kind, Offer
from core.sdk.connectors import Place, PlacedFile, Watched
from tests.connectors.scans.places import NAME, Folder, Quick
from tests.registry_house import House, Json

V1 = "/api/v1"
RULES: Json = {
    "rules": [{"pattern": "{number}_{document_kind}.txt"}],
    "words": [{"word": "справка", "document_kind": "other"}],
}


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Trouble:
    """What happens to whoever touches the place, before or after it is done: an error, or the end of the worker."""

    before: dict[str, BaseException] = field(default_factory=dict)
    after: dict[str, BaseException] = field(default_factory=dict)
    kill: Callable[[], object] | None = None

    async def come(self, when: dict[str, BaseException], name: str) -> None:
        if isinstance(when.get(name), Killed) and self.kill is not None:
            self.kill()
            await asyncio.Event().wait()
        if name in when:
            raise when[name]


@dataclass(frozen=True)
class _Troubled:
    """A place where things happen."""

    place: Place
    trouble: Trouble

    async def ready(self) -> None:
        await self.place.ready()

    async def listing(self) -> AsyncIterator[PlacedFile]:
        async for file in self.place.listing():
            yield file

    async def open(self, file: PlacedFile) -> AsyncIterator[bytes]:
        async for piece in self.place.open(file):
            yield piece
            await self.trouble.come(self.trouble.after, "open")

    async def release(self, file: PlacedFile) -> None:
        await self._do("release", lambda: self.place.release(file))

    async def set_aside(self, file: PlacedFile, reason: str) -> None:
        await self._do("set_aside", lambda: self.place.set_aside(file, reason))

    async def _do(self, name: str, act: Callable[[], Any]) -> None:
        await self.trouble.come(self.trouble.before, name)
        await act()
        await self.trouble.come(self.trouble.after, name)


@dataclass(frozen=True, slots=True)
class TroubledPlaces(Places):
    """The places of a service, with trouble in each."""

    trouble: Trouble = field(default_factory=Trouble)

    @asynccontextmanager
    async def open(self, institution_id: UUID, watched: Watched) -> AsyncIterator[Place]:
        # Named, because a class with slots is another one than that which `super()` would look for.
        async with Places.open(self, institution_id, watched) as place:
            yield _Troubled(place, self.trouble)


@dataclass
class Desk:
    """An administrator and a clerk of a house, the folder of the scanner, and the worker."""

    house: House
    connections: ConnectionServices
    imports: ImportServices
    folder: Folder
    trouble: Trouble
    at: str = ""
    id: str = ""

    async def connect(self, **settings: Any) -> Json:  # noqa: ANN401
        """Make a connection and check it."""
        configuration = {"name": NAME, **RULES, **settings}
        wanted = {"connector": "scans", "title": "Сканер", "configuration": configuration, "document_kind": "other"}
        made = await self.house.of("administrator").post(f"{V1}/connections", json=wanted)
        assert made.status_code == 201, made.text
        self.at, self.id = made.headers["location"], made.json()["id"]
        checked: Json = (await self.house.of("administrator").post(f"{self.at}/check")).json()
        return checked

    async def run(self, *, ask: bool = True) -> Json:
        """Ask for a run (or take the one that is open), do what a worker does, and show how it ended."""
        admin = self.house.of("administrator")
        if ask:
            asked = await admin.post(f"{V1}/import-runs", json={"connection_id": self.id, "mode": "sync"})
            assert asked.status_code in {201, 202}, asked.text
        query = "SELECT id, job_id FROM import_runs ORDER BY requested_at DESC, id DESC LIMIT 1"
        row = await self.house.owner.fetchrow(query)
        assert row is not None
        kind = JobKind(name=RUN_JOB, handler=run_job(self.imports), attempts=1, first_delay=0)
        runner = JobRunner(self.house.services.database, None)
        said: Json = {"run": str(row["id"])}
        work = asyncio.ensure_future(
            runner.run(kind, job_id=row["job_id"], institution_id=self.house.a.id, arguments=said)
        )
        # A place is used in the thread of its connector, the worker has another.
        self.trouble.kill = partial(asyncio.get_running_loop().call_soon_threadsafe, work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            raise Killed from None
        shown: Json = (await admin.get(f"{V1}/import-runs/{row['id']}")).json()
        return shown

    async def tick(self) -> int:
        """Start what the schedules want now."""

        async def start(work: Any, row: Any) -> None:  # noqa: ANN401
            await start_if_idle(self.imports.connections, work, row)

        return await start_due_runs(self.connections, start)

    async def documents(self) -> list[tuple[str, str]]:
        """File names and kinds of what was kept."""
        rows = await self.house.owner.fetch(
            "SELECT v.file_name, d.kind FROM documents d JOIN document_versions v ON v.document_id = d.id ORDER BY 1"
        )
        return [(row["file_name"], row["kind"]) for row in rows]

    async def tray(self, state: str = "tray") -> list[Json]:
        answer = await self.house.clerk.get(f"{V1}/import-tray", params={"state": state})
        items: list[Json] = answer.json()["items"]
        return items


def desk_at(house: House, root: Path, *, make_inbox: MakeInbox | None = None) -> Desk:
    """Let connections of the house watch folders below `root`."""
    trouble = Trouble()
    catalog = Catalog()
    catalog.add("scans", [Offer(Kind.CONNECTOR, Quick.name, Quick)])
    present: ConnectionServices = house.app.state.connections
    connections = replace(present, catalog=catalog, places=TroubledPlaces(root, make_inbox, trouble))
    house.app.state.connections = connections
    imports = ImportServices(
        database=house.services.database,
        clock=house.clock,
        connections=RegistryConnections(connections),
        writers=every_writer(),
        documents=house.services.documents,
    )
    house.app.state.imports = imports
    return Desk(house, connections, imports, Folder(root, house.a.id).made(), trouble)


async def number(house: House, number: str) -> None:
    """Give the learner of the house a number."""
    await house.owner.execute("UPDATE people SET external_number = $2 WHERE id = $1", house.a.learner, number)
