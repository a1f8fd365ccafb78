"""What the three clerks hold in their hands: one house, an institution each, their platforms, and the API alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

import httpx

from core.access.dependencies import CSRF_HEADER, SESSION_COOKIE
from core.bootstrap.parts import period_export_services
from core.connections.scheduling import start_due_runs
from core.connections.services import ConnectionServices
from core.devkit.middleware import Application
from core.devkit.transport import SimulatorTransport
from core.imports.doors import RegistryConnections
from core.imports.following import follow_up, start_if_idle
from core.imports.running import run_job
from core.imports.runs import RUN_JOB
from core.imports.services import ImportServices
from core.kernel.audit.sealing import seal_all
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner
from core.outbound import Limits
from core.period_exports.making import snapshot_job
from core.period_exports.requesting import SNAPSHOT_JOB
from tests.registry_house import PASSWORD, House, Json, Place, code

V1: Final = "/api/v1"
ANYWAY: Final = {"If-Match": "*"}
QUICK: Final = Limits(attempts=2, first_pause_seconds=0, longest_pause_seconds=0)
FAST: Final = 1000
"""Requests a second, so that nobody waits for a simulator."""
_QUEUED: Final = (
    "SELECT j.id, j.institution_id, p.args -> 'arguments' ->> 'run' AS run FROM jobs j"
    " JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id"
    " WHERE j.state = 'queued' AND j.kind = $1 ORDER BY j.id"
)
_TABLES: Final = "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'"
WRITTEN: Final = (
    *("people", "groups", "staff", "subjects", "study_periods", "enrolments", "results", "attendance", "rewards"),
    *("documents", "origins", "origin_changes", "origin_conflicts", "import_letters", "import_proposals"),
    *("connection_mappings", "search_entries"),
)
"""Tables in which a second run of the same moves nothing."""


@dataclass
class Desk:
    """The desk of one institution's clerk."""

    house: House
    place: Place
    connection: str = ""
    heard: list[str] = field(default_factory=list)
    """Every answer that came to this desk."""

    async def say(self, method: str, path: str, *, by: str = "clerk", **sent: Any) -> httpx.Response:  # noqa: ANN401
        """Ask, and return whatever is answered."""
        answer = await self.place.of(by).request(method, f"{V1}{path}", **sent)
        self.heard.append(answer.text)
        return answer

    async def ask(self, method: str, path: str, *, by: str = "clerk", **sent: Any) -> Json:  # noqa: ANN401
        """Ask for what must succeed."""
        answer = await self.say(method, path, by=by, **sent)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    async def refused(self, method: str, path: str, *, by: str = "clerk", **sent: Any) -> tuple[int, str]:  # noqa: ANN401
        """Ask for what must not succeed; return status and code."""
        return code(await self.say(method, path, by=by, **sent))

    async def items(self, path: str, *, by: str = "clerk", **params: Any) -> list[Json]:  # noqa: ANN401
        """Every item of a list, page by page."""
        found: list[Json] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.ask("GET", path, by=by, params={**params, **cursor, "limit": 100})
            found += page["items"]
            if not page.get("next_cursor"):
                return found
            cursor = {"cursor": page["next_cursor"]}

    @property
    def at(self) -> str:
        """The address of the connection."""
        return f"/connections/{self.connection}"

    async def browser(self) -> httpx.AsyncClient:
        """The clerk signs in at the screen; a session left alone for an hour has ended."""
        typed = {"login": self.place.logins["clerk"], "password": PASSWORD}
        answer = await self.place.client().post(f"{V1}/session", json=typed)
        assert answer.status_code == 201, answer.text
        session = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
        return self.place.client(cookies={SESSION_COOKIE: session}, headers={CSRF_HEADER: answer.json()["csrf_token"]})

    async def give_right(self) -> None:
        """The administrator lets the clerk manage connections."""
        clerk = f"/users/{self.place.accounts['clerk']}"
        given = {"rights": ["connections.manage"]}
        await self.ask("PATCH", clerk, by="administrator", json=given, headers=ANYWAY)

    async def draft(self, connector: str, title: str, configuration: Mapping[str, Any]) -> Json:
        """Make a draft and go on with it."""
        wanted = {"connector": connector, "title": title, "configuration": configuration, "rate": FAST}
        made = await self.ask("POST", "/connections", json=wanted)
        self.connection = made["id"]
        return made

    async def reconfigure(self, configuration: Mapping[str, Any]) -> Json:
        return await self.ask("PATCH", self.at, json={"configuration": configuration}, headers=ANYWAY)

    async def check(self) -> Json:
        return await self.ask("POST", f"{self.at}/check")

    async def choose(self, streams: Sequence[str] | None) -> None:
        await self.ask("PUT", f"{self.at}/streams", json={"streams": streams}, headers=ANYWAY)

    async def map(self, **decision: Any) -> None:  # noqa: ANN401
        await self.ask("PUT", f"{self.at}/mappings", json={"mappings": [decision]})

    async def run(self, mode: str = "sync", **wanted: Any) -> Json:  # noqa: ANN401
        """Start a run, let the worker do its work, and return what the API says of it."""
        asked = {"connection_id": self.connection, "mode": mode, **wanted}
        run = await self.ask("POST", "/import-runs", json=asked)
        await self.work()
        return await self.ask("GET", f"/import-runs/{run['id']}")

    async def work(self) -> None:
        """What the worker does with the runs that wait, whoever's they are."""
        services: ImportServices = self.house.app.state.imports
        kind = JobKind(name=RUN_JOB, handler=run_job(services), attempts=1, first_delay=0)
        runner = JobRunner(services.database, self.house.services)
        while queued := await self.house.owner.fetch(_QUEUED, RUN_JOB):
            for job in queued:
                named = {"run": job["run"]}
                await runner.run(kind, job_id=job["id"], institution_id=job["institution_id"], arguments=named)

    async def snapshot(self, period: str, **more: str) -> Json:
        """Ask for the snapshot of a study period, let the worker make it, and return what the API says of it."""
        wanted = {"connection_id": self.connection, "period_id": period, **more}
        asked = await self.ask("POST", "/period-exports", json=wanted)
        handler = snapshot_job(period_export_services(self.house.services))
        runner = JobRunner(self.house.services.database, self.house.services)
        await runner.run(
            JobKind(name=SNAPSHOT_JOB, handler=handler, attempts=1, first_delay=0),
            job_id=UUID(asked["job_id"]),
            institution_id=self.place.id,
            arguments={"export": asked["id"]},
        )
        return await self.ask("GET", f"/period-exports/{asked['id']}")

    async def pass_time(self, **by: float) -> int:
        """Let time pass and do what is done every few seconds; return how many runs were started by themselves."""
        self.house.clock.move(**by)
        imports: ImportServices = self.house.app.state.imports
        start = partial(start_if_idle, imports.connections)
        started = await start_due_runs(self.house.app.state.connections, start) + await follow_up(imports)
        await self.work()
        return started

    async def last_run(self) -> Json:
        run = (await self.items("/import-runs", connection_id=self.connection))[0]
        return await self.ask("GET", f"/import-runs/{run['id']}")

    async def differences(self, run: Json, **wanted: str) -> list[Json]:
        """What a dry run says, of some streams or outcomes only."""
        found = await self.items(f"/import-runs/{run['id']}/differences")
        return [each for each in found if all(each[name] == value for name, value in wanted.items())]

    async def state(self) -> str:
        return str((await self.ask("GET", self.at))["state"])

    async def person(self, family_name: str) -> Json:
        """The one learner of a name."""
        (found,) = await self.items("/people", name=family_name)
        return found

    async def spoken_of(self, stream: str, external_id: str) -> UUID:
        """The entity of which a record speaks; the owner of the schema says so, for want of a list in the API."""
        query = "SELECT entity_id FROM origins WHERE connection_id = $1 AND stream = $2 AND external_id = $3"
        found: UUID = await self.house.owner.fetchval(query, UUID(self.connection), stream, external_id)
        return found

    async def result(self, stream: str, external_id: str) -> Json:
        """The result of which a record of the platform speaks."""
        return await self.ask("GET", f"/results/{await self.spoken_of(stream, external_id)}")

    async def fingerprint(self) -> dict[str, list[tuple[str, str]]]:
        """Where each row lies and which transaction wrote it: nothing written, nothing moves."""
        found = {}
        for table in WRITTEN:
            rows = await self.house.owner.fetch(f"SELECT ctid::text, xmin::text FROM {table} ORDER BY ctid")  # noqa: S608 (names of ours)
            found[table] = [(row["ctid"], row["xmin"]) for row in rows]
        return found

    async def expect_nothing_written(self) -> None:
        """Run once more: everything is the same or left out, and no row of the registry is touched."""
        before = await self.fingerprint()
        run = await self.run()
        assert run["state"] == "complete", run
        assert set(run["counts"]) <= {"same", "ignored"}, run
        assert await self.fingerprint() == before

    async def expect_no_secret(self, *secrets: str, besides: str = "") -> None:
        """Look for secrets in every answer, every row of every table, every file of the service, and the log."""
        places = {"answers": self.heard, "log": [besides]}
        for table in await self.house.owner.fetch(_TABLES):
            rows = await self.house.owner.fetch(f"SELECT t::text FROM {table['name']} t")  # noqa: S608 (names of the catalogue)
            places[table["name"]] = [str(row[0]) for row in rows]
        folder = self.house.services.settings.service.data_folder
        places["files"] = [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]
        found = [
            (place, text[:300]) for place, texts in places.items() for text in texts if any(s in text for s in secrets)
        ]
        assert found == []
        looked_at = {place for place, texts in places.items() if any(self.connection in text for text in texts)}
        assert looked_at >= {"answers", "public.connections", "public.audit_entries"}

    async def expect_sound_trail(self) -> Counter[str]:
        """The audit trail of the institution verifies; return how often each action stands in it."""
        await seal_all(self.house.services.database)
        report = await self.ask("GET", "/audit/verification", by="head")
        assert report["sound"], report
        return Counter(await self.house.actions(self.place))


def stand(house: House, hosts: Mapping[str, Application]) -> SimulatorTransport:
    """Let the requests of every connection reach simulated platforms; nothing else is replaced."""
    transport = SimulatorTransport(hosts)
    connections: ConnectionServices = house.app.state.connections
    changed = connections.with_simulators(connections.catalog, lambda *_: transport, limits=QUICK)
    house.app.state.connections = changed
    house.app.state.imports = replace(house.app.state.imports, connections=RegistryConnections(changed))
    return transport
