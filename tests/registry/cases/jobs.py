"""Running the jobs that were deferred, one after the other, as a worker would."""

import json
from uuid import UUID

from core.cases.deciding import apply_decision_job
from core.documents.hold_marks import register_marks
from core.documents.lock_jobs import follow_verdicts
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.running import JobRunner
from core.nomenclature.decisions import RULE_DECIDED_JOB
from storage.objects import LockMode
from tests.registry_house import House


async def have_storage_follow(house: House, mode: LockMode = LockMode.GOVERNANCE) -> list[str]:
    """Have storage told of what was dated, filed and held meanwhile; return the states of the jobs."""
    await follow_verdicts(house.services.database, house.services.vault)
    return await run_jobs(house, mode)


async def run_jobs(house: House, mode: LockMode = LockMode.GOVERNANCE) -> list[str]:
    """Run every queued job of holds, decisions and locks; return their states."""
    catalog = JobCatalog()
    catalog.register(RULE_DECIDED_JOB, apply_decision_job())
    register_marks(catalog, house.services.documents, mode=mode)
    kinds = {kind.name: kind for kind in catalog}
    runner = JobRunner(house.services.database, house.services)
    queued = await house.owner.fetch(
        "SELECT j.id, j.kind, j.institution_id, p.args -> 'arguments' AS arguments FROM jobs j"
        " JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id WHERE j.state = 'queued' ORDER BY j.id"
    )
    ended: list[UUID] = []
    for job in queued:
        if job["kind"] in kinds:
            named: dict[str, str] = json.loads(job["arguments"])
            await runner.run(
                kinds[job["kind"]],
                job_id=job["id"],
                institution_id=job["institution_id"],
                arguments=named,
            )
            ended.append(job["id"])
    rows = await house.owner.fetch("SELECT state FROM jobs WHERE id = ANY ($1) ORDER BY id", ended)
    return [row["state"] for row in rows]
