"""How tests change nomenclatures, ask for previews and accept them, through the API."""

import json
from typing import Any
from uuid import UUID

import httpx

from core.kernel.jobs.catalog import JobCatalog, JobHandler
from core.kernel.jobs.running import JobRunner
from core.redating.accepting import APPLY_JOB
from core.redating.applying import apply_acceptance_job
from core.redating.computing import preview_cases_job
from core.redating.previewing import PREVIEW_JOB
from tests.registry.nomenclature.office import (
    ANY,
    CLASSES,
    OFFICER,
    V1,
    begin,
    in_force_by_hand,
    rows,
)
from tests.registry_house import House, Json, Place

REDATINGS = f"{V1}/redatings"
NEW_YEAR = 2026


async def next_nomenclature(
    house: House,
    former: Json,
    terms: dict[str, str],
    place: Place | None = None,
    year: int = NEW_YEAR,
    without: tuple[str, ...] = (),
) -> Json:
    """A nomenclature copied from another version, in force, with other terms by the title of the row."""
    place = place or house.a
    version = await begin(place, year, copy_from_id=former["version_id"])
    for row in await rows(place, version):
        if row["title"] in terms:
            answer = await place.of(OFFICER).patch(
                f"{CLASSES}/{row['id']}", json={"term": terms[row["title"]]}, headers=ANY
            )
            assert answer.status_code == 200, answer.text
        if row["title"] in without:
            answer = await place.of(OFFICER).delete(f"{CLASSES}/{row['id']}", headers=ANY)
            assert answer.status_code == 204, answer.text
    await in_force_by_hand(house, version, place)
    return version


async def ask(place: Place, role: str = OFFICER, **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    return await place.of(role).post(REDATINGS, json=members)


async def preview(
    house: House,
    place: Place | None = None,
    *,
    applying: bool = True,
    **members: Any,  # noqa: ANN401 - of a body
) -> Json:
    """A preview, computed; `applying` whether what was accepted before is done as well."""
    place = place or house.a
    answer = await ask(place, **members)
    assert answer.status_code == 201, answer.text
    assert set(await run_jobs(house, applying=applying)) == {"done"}
    return await read(place, answer.json())


async def read(place: Place, shown: Json) -> Json:
    answer = await place.of("auditor").get(f"{REDATINGS}/{shown['id']}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def lines(place: Place, shown: Json, **filters: Any) -> dict[str, Json]:  # noqa: ANN401 - of any type
    """Lines of a preview by case, read a page of two at a time."""
    found: dict[str, Json] = {}
    params = {"limit": 2, **filters}
    while True:
        answer = await place.of("auditor").get(f"{REDATINGS}/{shown['id']}/lines", params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found |= {line["case_id"]: line for line in page["items"]}
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


def kinds(shown: Json) -> dict[str, int]:
    """Counts that are not zero."""
    return {kind: count for kind, count in shown["counts"].items() if count}


async def accept(
    place: Place,
    shown: Json,
    step: str = "acceptance",
    role: str = OFFICER,
    **members: Any,  # noqa: ANN401 - of a body
) -> httpx.Response:
    body = {"digest": shown["digest"], "reason": "новый перечень", **members}
    return await place.of(role).post(f"{REDATINGS}/{shown['id']}/{step}", json=body)


async def accepted(house: House, shown: Json, step: str = "acceptance", role: str = OFFICER) -> Json:
    """The preview after one part of it was accepted and done."""
    answer = await accept(house.a, shown, step, role)
    assert answer.status_code == 201, answer.text
    assert set(await run_jobs(house)) == {"done"}
    return await read(house.a, shown)


async def run_jobs(
    house: House, preview_job: JobHandler | None = None, *, apply_job: JobHandler | None = None, applying: bool = True
) -> list[str]:
    """Run every queued job of re-dating; return their states."""
    catalog = JobCatalog()
    catalog.register(PREVIEW_JOB, preview_job or preview_cases_job(span=2))
    if applying:
        catalog.register(APPLY_JOB, apply_job or apply_acceptance_job(at_once=2))
    kinds_of_jobs = {kind.name: kind for kind in catalog}
    runner = JobRunner(house.services.database, house.services)
    queued = await house.owner.fetch(
        "SELECT j.id, j.kind, j.institution_id, p.args -> 'arguments' AS arguments FROM jobs j"
        " JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id WHERE j.state = 'queued' ORDER BY j.id"
    )
    ended: list[UUID] = []
    for job in queued:
        if job["kind"] in kinds_of_jobs:
            named: dict[str, str] = json.loads(job["arguments"])
            kind = kinds_of_jobs[job["kind"]]
            await runner.run(kind, job_id=job["id"], institution_id=job["institution_id"], arguments=named)
            ended.append(job["id"])
    found = await house.owner.fetch("SELECT state FROM jobs WHERE id = ANY ($1) ORDER BY id", ended)
    return [row["state"] for row in found]
