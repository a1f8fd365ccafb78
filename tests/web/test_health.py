import asyncio
from dataclasses import dataclass

import pytest

from core.kernel.errors import StorageUnavailable
from core.kernel.health import PartDegraded
from core.web.health import HealthState, Probe
from tests.web.shelves import Serve, build_app


@dataclass
class Record:
    """A plugin as the catalogue lists it."""

    name: str
    status: str = "active"
    reason: str | None = None
    version: str | None = "1.0"
    origin: str = "built-in"


async def well() -> None:
    await asyncio.sleep(0)


async def unwell() -> None:
    raise StorageUnavailable


async def clueless() -> None:
    message = "postgresql://deloteka:hush@db/x"
    raise ValueError(message)


async def silent() -> None:
    await asyncio.Event().wait()


async def report(serve: Serve, storage: Probe, *plugins: Record) -> tuple[int, dict[str, object]]:
    app = build_app()
    app.state.health = HealthState(
        probes={"database": well, "storage": storage, "spool": well}, plugins=lambda: plugins, deadline=0.05
    )
    answer = await serve(app).get("/health")
    assert "hush" not in answer.text
    return answer.status_code, answer.json()


async def test_a_healthy_service_says_so(serve: Serve) -> None:
    status, said = await report(serve, well, Record("pdf"), Record("clamav", "disabled"))
    assert status == 200
    assert said == {
        "status": "ok",
        "version": "1.2.3",
        "database": {"status": "ok", "reason": None},
        "storage": {"status": "ok", "reason": None},
        "parts": {"spool": {"status": "ok", "reason": None}},
        "plugins": [
            {"name": "pdf", "status": "active"},
            {"name": "clamav", "status": "disabled"},
        ],
    }


@pytest.mark.parametrize(
    ("probe", "reason"), [(unwell, "storage_unavailable"), (clueless, "ValueError"), (silent, "no_answer_in_time")]
)
async def test_a_failing_part_is_named_without_secrets(serve: Serve, probe: Probe, reason: str) -> None:
    status, said = await report(serve, probe)
    assert (status, said["status"]) == (503, "failing")
    assert said["storage"] == {"status": "failing", "reason": reason}
    assert said["database"] == {"status": "ok", "reason": None}


async def test_a_failed_plugin_degrades_but_does_not_stop_the_service(serve: Serve) -> None:
    status, said = await report(serve, well, Record("pdf", "failed", "cannot import /srv/x"))
    assert (status, said["status"]) == (200, "degraded")
    assert said["plugins"] == [{"name": "pdf", "status": "failed"}]


async def test_a_part_that_works_with_less_is_named_and_the_service_answers(serve: Serve) -> None:
    async def weak() -> None:
        raise PartDegraded("network_not_cut")

    app = build_app()
    app.state.health = HealthState(probes={"database": well, "storage": well, "sandbox": weak})
    answer = await serve(app).get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"] == {"sandbox": {"status": "degraded", "reason": "network_not_cut"}}


async def test_an_application_that_was_not_wired_is_not_healthy(serve: Serve) -> None:
    answer = await serve(build_app()).get("/health")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


async def test_a_living_process_answers(serve: Serve) -> None:
    answer = await serve(build_app()).get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
