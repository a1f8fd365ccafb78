"""How tests execute acts: two executors start, the job is run here as a worker would."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg

from core.disposal.execution.driving import execution_job
from core.disposal.execution.ending import space_job
from core.disposal.execution.services import EXECUTION_JOB, SPACE_JOB, ExecutionServices
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.running import JobRunner
from tests.registry.cases.desk import ANY, close, file, open_case
from tests.registry.disposal.bureau import ACTS, LINES, brought_to, classes, draft, no_inventories, policy
from tests.registry.documents.papers import keep
from tests.registry_house import House, Json, Place, appoint

EXECUTOR = "executor"


async def second_executor(house: House) -> Place:
    """The same institution in the hands of another executor."""
    another = Place(house.a.id, house.a.name, client=house.a.client)
    known = await house.owner.fetchval("SELECT password_hash FROM accounts WHERE id = $1", house.a.accounts[EXECUTOR])
    await appoint(house.owner, house.clock, another, [EXECUTOR], known)
    return another


async def filed_case(house: House, record_class: Json, documents: int, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    """A case that is due, with documents in it."""
    case = await open_case(house.a, record_class, opened_on="2020-01-09", **members)
    made = [await keep(house.a) for _ in range(documents)]
    ids = [UUID(each["id"]) for each in made]
    await house.owner.execute("UPDATE documents SET issued_on = '2020-02-02' WHERE id = ANY ($1)", ids)
    for each in made:
        assert (await file(house.a, each, case)).status_code == 200
    return {**await close(house.a, case, "2020-12-25"), "documents": made}


async def personal_file_case(house: House, record_class: Json | None = None) -> Json:
    """A closed case that is the learner's personal file, with a document that came before and one after the closing."""
    record_class = record_class or (await classes(house, "1 год"))[0]
    body = {"class_id": record_class["id"], "opened_on": "2020-01-09", "title": "Личное дело"}
    case: Json = (await house.clerk.post("/api/v1/cases", json=body)).json()
    path = f"/api/v1/personal-files/{house.a.personal_file}/case"
    assert (await house.clerk.post(path, json={"case_id": case["id"]})).status_code == 200
    await keep(house.a)
    closing = {"closed_on": "2020-12-25", "close_volumes": True}
    answer = await house.clerk.post(f"/api/v1/cases/{case['id']}/closing", json=closing, headers=ANY)
    assert answer.status_code == 200, answer.text
    await keep(house.a)
    found: Json = answer.json()
    return found


async def waiting_act(house: House, *documents: int, **members: Any) -> tuple[Json, list[Json]]:  # noqa: ANN401 - members of a body
    """An approved act whose waiting time is over, and its cases, each with so many documents."""
    [record_class] = await classes(house, "1 год")
    cases = [
        await filed_case(house, record_class, count, title=f"Дело {number}", **members)
        for number, count in enumerate(documents)
    ]
    return await brought_to_waiting(house, *cases), cases


async def brought_to_waiting(house: House, *cases: Json) -> Json:
    """An approved act of these cases whose waiting time is over."""
    await policy(house.a)
    await no_inventories(house.a)
    act = await brought_to(house.a, await draft(house.a, *cases), "waiting")
    house.clock.move(days=8)
    await renew(house)
    return act


async def renew(house: House) -> None:
    """Let everybody stay signed in, whatever the clock says."""
    await house.owner.execute("UPDATE api_tokens SET expires_at = $1::timestamptz + interval '1 year'", house.clock())


async def announce(place: Place, act: Json) -> Any:  # noqa: ANN401 - an answer
    return await place.of(EXECUTOR).post(f"{ACTS}/{act['id']}/execution", headers=ANY)


async def confirm(place: Place, act: Json) -> Any:  # noqa: ANN401 - an answer
    return await place.of(EXECUTOR).post(f"{ACTS}/{act['id']}/execution/confirmation", headers=ANY)


async def started(house: House, act: Json) -> Place:
    """Start an act by two; returns the second executor."""
    another = await second_executor(house)
    first, second = await announce(house.a, act), await confirm(another, act)
    assert (first.status_code, second.status_code) == (200, 200), (first.text, second.text)
    return another


async def run_execution(
    house: House, services: ExecutionServices | None = None, owner: asyncpg.Connection | None = None
) -> list[str]:
    """Run every queued job of executions once; return how the jobs stand. `owner` sees another database."""
    catalog = JobCatalog()
    services, owner = services or quick(house), owner or house.owner
    catalog.register(EXECUTION_JOB, execution_job(services), attempts=50)
    catalog.register(SPACE_JOB, space_job(services))
    kinds = {kind.name: kind for kind in catalog}
    runner = JobRunner(services.database, house.services)
    queued = await owner.fetch(
        "SELECT j.id, j.kind, j.institution_id, p.args -> 'arguments' AS arguments FROM jobs j"
        " JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id"
        " WHERE j.state IN ('queued', 'running') AND j.kind = ANY ($1) ORDER BY j.id",
        list(kinds),
    )
    for job in queued:
        named: dict[str, str] = json.loads(job["arguments"])
        await runner.run(kinds[job["kind"]], job_id=job["id"], institution_id=job["institution_id"], arguments=named)
    rows = await owner.fetch("SELECT state FROM jobs WHERE id = ANY ($1) ORDER BY id", [j["id"] for j in queued])
    return [row["state"] for row in rows]


def quick(house: House, **members: Any) -> ExecutionServices:  # noqa: ANN401 - members of ExecutionServices
    """The services of a house with small batches."""
    return replace(house.services.execution, **{"lines_at_once": 2, "documents_at_once": 3, **members})


async def progress(house: House, act: Json) -> Json:
    answer = await house.of("auditor").get(f"{ACTS}/{act['id']}/execution")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def objects(house: House, line: Json) -> list[Json]:
    answer = await house.of("auditor").get(f"{LINES}/{line['id']}/objects")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found
