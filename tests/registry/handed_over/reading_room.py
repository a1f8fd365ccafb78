"""How tests decide about copies that stayed after a transfer, and destroy them: by people, through the API."""

import json
from typing import Any

import httpx

from core.handed_over.driving import copies_job
from core.handed_over.starting import COPIES_JOB
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.running import JobRunner
from tests.registry.cases.desk import ANY
from tests.registry.disposal.executing import EXECUTOR, quick, second_executor
from tests.registry.exits import gate
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import House, Json, Place

DECISIONS = f"{gate.V1}/copy-decisions"
GROUND = {"basis": "положение об архиве, п. 7.4"}
EVIDENCE = {"evidence": "справка архива о проверке пакета от 02.03.2026 № 11"}


async def accepted(house: House, *cases: Json, number: str = "1-п") -> Json:
    """A transfer that the archive has accepted."""
    transfer = await gate.approved(house.a, *cases, number=number)
    await gate.run_jobs(house)
    sha256 = (await gate.package(house.a, transfer))["sha256"]
    answer = await gate.accept(house.a, transfer, sha256)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


async def propose(place: Place, transfer: Json, outcome: str = "destroy", **members: Any) -> httpx.Response:  # noqa: ANN401
    path = f"{gate.TRANSFERS}/{transfer['id']}/copy-decisions"
    shown = EVIDENCE if outcome == "destroy" else {}
    return await place.of(OFFICER).post(path, json={"outcome": outcome, **GROUND, **shown, **members})


async def step(place: Place, decision: Json, name: str, role: str, body: Json | None = None) -> httpx.Response:
    path = f"{DECISIONS}/{decision['id']}/{name}"
    return await place.of(role).post(path, json=body or {}, headers=ANY)


async def approve(place: Place, decision: Json, number: str = "1-к", role: str = "head") -> httpx.Response:
    return await step(place, decision, "approval", role, {"number": number})


async def announce(place: Place, decision: Json) -> httpx.Response:
    return await step(place, decision, "execution", EXECUTOR)


async def confirm(place: Place, decision: Json) -> httpx.Response:
    return await step(place, decision, "execution/confirmation", EXECUTOR)


async def proposed(house: House, transfer: Json, number: str = "1-к") -> Json:
    """A decision to destroy that the head has approved."""
    answer = await propose(house.a, transfer)
    assert answer.status_code == 201, answer.text
    decided = await approve(house.a, answer.json(), number)
    assert decided.status_code == 200, decided.text
    made: Json = decided.json()
    return made


async def started(house: House, decision: Json) -> Place:
    """Start a decision by two; returns the second executor."""
    another = await second_executor(house)
    first, second = await announce(house.a, decision), await confirm(another, decision)
    assert (first.status_code, second.status_code) == (200, 200), (first.text, second.text)
    return another


async def read(place: Place, decision: Json) -> Json:
    answer = await place.of("auditor").get(f"{DECISIONS}/{decision['id']}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def lines(place: Place, decision: Json) -> list[Json]:
    answer = await place.of("auditor").get(f"{DECISIONS}/{decision['id']}/lines")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


async def run_copies(house: House) -> list[str]:
    """Run every queued job of copies once as a worker would; return how the jobs stand."""
    catalog = JobCatalog()
    catalog.register(COPIES_JOB, copies_job(quick(house)), attempts=50)
    [kind] = list(catalog)
    runner = JobRunner(house.services.database, house.services)
    queued = await house.owner.fetch(
        "SELECT j.id, j.institution_id, p.args -> 'arguments' AS arguments FROM jobs j"
        " JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id"
        " WHERE j.state IN ('queued', 'running') AND j.kind = $1 ORDER BY j.id",
        COPIES_JOB,
    )
    for job in queued:
        named: dict[str, str] = json.loads(job["arguments"])
        await runner.run(kind, job_id=job["id"], institution_id=job["institution_id"], arguments=named)
    rows = await house.owner.fetch("SELECT state FROM jobs WHERE id = ANY ($1) ORDER BY id", [j["id"] for j in queued])
    return [row["state"] for row in rows]
