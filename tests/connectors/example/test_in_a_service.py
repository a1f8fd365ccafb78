"""The example in a service: installed, found, connected, read, broken, repaired, removed; all through the API."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.connections.services import ConnectionServices
from core.devkit.platform import SimulatedPlatform
from core.devkit.transport import SimulatorTransport
from core.imports.doors import RegistryConnections
from core.imports.running import run_job
from core.imports.runs import RUN_JOB
from core.imports.services import ImportServices
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner
from core.kernel.plugins import build_host
from core.kernel.plugins.catalog import Catalog
from core.outbound import Limits
from tests.registry_house import House, Json

V1 = "/api/v1"
EXAMPLE = Path(__file__).parents[3] / "examples" / "deloteka-library-cards"
QUICK = Limits(attempts=2, first_pause_seconds=0, longest_pause_seconds=0)
ANYWAY = {"If-Match": "*"}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pip installs the distribution from its own folder; afterwards nothing of it is left in this process."""
    quiet = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "install", *quiet, "--target", str(tmp_path / "site"), str(EXAMPLE)]
    subprocess.run(pip, check=True, timeout=120)  # noqa: S603 - our own interpreter
    monkeypatch.syspath_prepend(tmp_path / "site")
    invalidate_caches()
    yield
    for name in [name for name in sys.modules if name.startswith("deloteka_library_cards")]:
        del sys.modules[name]


@dataclass
class Clerk:
    """Who connects the library."""

    house: House

    async def ask(self, method: str, path: str, *, by: str = "administrator", **sent: Any) -> Json:  # noqa: ANN401
        answer = await self.house.of(by).request(method, f"{V1}{path}", **sent)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    async def run(self, connection: str) -> Json:
        """Start a run, do its job, and return what the API says of it."""
        run = await self.ask("POST", "/import-runs", json={"connection_id": connection})
        services: ImportServices = self.house.app.state.imports
        kind = JobKind(name=RUN_JOB, handler=run_job(services), attempts=1, first_delay=0)
        runner, job = JobRunner(services.database, None), UUID(run["job_id"])
        await runner.run(kind, job_id=job, institution_id=self.house.a.id, arguments={"run": run["id"]})
        return await self.ask("GET", f"/import-runs/{run['id']}")


def stand(house: House, library: SimulatedPlatform) -> None:
    """Enable the plugin as `config.toml` would, and let its requests reach the simulated library."""
    host = build_host(["library_cards"], {})
    assert [(each.status, each.origin) for each in host.enabled] == [("active", "deloteka-library-cards")]
    services: ConnectionServices = house.app.state.connections
    transport = SimulatorTransport(library.hosts())
    house.app.state.connections = services.with_simulators(host.catalog, lambda *_: transport, limits=QUICK)
    imports: ImportServices = house.app.state.imports
    house.app.state.imports = replace(imports, connections=RegistryConnections(house.app.state.connections))


def stand_without(house: House) -> None:
    """The plugin is not there any more."""
    services: ConnectionServices = house.app.state.connections
    house.app.state.connections = services.with_simulators(Catalog(), services.make_transport)


@pytest.mark.usefixtures("installed")
async def test_the_example_fills_the_registry_of_a_service(house_in_memory: House) -> None:
    library: SimulatedPlatform = import_module("deloteka_library_cards.simulated").SimulatedLibrary()
    stand(house_in_memory, library)
    clerk = Clerk(house_in_memory)
    wanted = {"connector": "library_cards", "title": "Библиотека", "rate": 1000}
    made = await clerk.ask("POST", "/connections", json={**wanted, "configuration": library.configuration()})
    at = f"/connections/{made['id']}"
    assert made["configuration"] == {"address": "https://library.example/"} | made["configuration"]
    assert (made["secrets"], "key" in made["configuration"]) == ({"key": "set"}, False)
    checked = await clerk.ask("POST", f"{at}/check")
    assert (checked["outcome"], checked["identity"]["title"]) == ("ok", "Библиотека школы")
    await clerk.ask("PUT", f"{at}/file-hosts", json={"hosts": checked["file_hosts"]}, headers=ANYWAY)
    streams = [each["name"] for each in checked["streams"]]
    await clerk.ask("PUT", f"{at}/streams", json={"streams": streams}, headers=ANYWAY)

    first = await clerk.run(made["id"])
    assert (first["state"], first["counts"]["new"]) == ("complete", 20), first
    people = await clerk.ask("GET", "/people", by="clerk", params={"name": "Рябинина"})
    assert [each["family_name"] for each in people["items"]] == ["Рябинина"]
    second = await clerk.run(made["id"])
    assert (second["state"], set(second["counts"])) == ("complete", {"same"}), second

    library.remove()
    gone = await clerk.run(made["id"])
    assert (gone["state"], gone["counts"]["gone"]) == ("complete", 1), gone

    library.revoke(after=3)
    dead = await clerk.run(made["id"])
    assert (dead["state"], dead["reason"]) == ("failed", "auth"), dead
    assert (await clerk.ask("GET", at))["state"] == "needs_sign_in"
    await clerk.ask("PATCH", at, json={"configuration": library.renewed()}, headers=ANYWAY)
    assert (await clerk.ask("POST", f"{at}/check"))["state"] == "ready"
    library.poison()
    bad = await clerk.run(made["id"])
    assert (bad["state"], bad["counts"]["dead"]) == ("partial", 1), bad
    library.repair()
    assert (await clerk.run(made["id"]))["state"] == "complete"
    letters = await clerk.ask("GET", "/dead-letters", params={"state": "open"})
    assert letters["items"] == []

    stand_without(house_in_memory)
    assert (await clerk.ask("GET", at))["state"] == "unavailable"
    await clerk.ask("DELETE", at, headers=ANYWAY)
    assert (await clerk.ask("GET", at))["state"] == "removed"
    assert (await clerk.ask("GET", "/people", by="clerk", params={"name": "Рябинина"}))["items"] == people["items"]
