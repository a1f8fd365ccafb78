"""The jobs of the decade, run one after the other as a worker would."""

import json
from uuid import UUID

from core.cases.deciding import apply_decision_job
from core.cases.expiring import expire_due
from core.disposal.execution.driving import execution_job
from core.disposal.execution.ending import space_job
from core.disposal.execution.services import EXECUTION_JOB, SPACE_JOB
from core.documents.hold_marks import register_marks
from core.documents.lock_jobs import follow_verdicts
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.running import JobRunner
from core.nomenclature.decisions import RULE_DECIDED_JOB
from core.redating.accepting import APPLY_JOB
from core.redating.applying import apply_acceptance_job
from core.redating.computing import preview_cases_job
from core.redating.previewing import PREVIEW_JOB
from tests.registry_house import House

_QUEUED = """
SELECT j.id, j.kind, j.institution_id, p.args -> 'arguments' AS arguments FROM jobs j
  JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id
 WHERE j.state = 'queued' AND j.kind = ANY ($1) ORDER BY j.id
"""


def catalog(house: House) -> JobCatalog:
    found = JobCatalog()
    found.register(RULE_DECIDED_JOB, apply_decision_job())
    register_marks(found, house.services.documents)
    found.register(PREVIEW_JOB, preview_cases_job())
    found.register(APPLY_JOB, apply_acceptance_job())
    found.register(EXECUTION_JOB, execution_job(house.services.execution))
    found.register(SPACE_JOB, space_job(house.services.execution))
    return found


async def keep_house(house: House) -> None:
    """What the loops of a worker do by themselves: cases expire, storage is told of verdicts and holds."""
    await expire_due(house.services.database, house.clock)
    await follow_verdicts(house.services.database, house.services.vault)
    await run_jobs(house)


async def run_jobs(house: House) -> None:
    """Run every queued job that decides the fate of cases; each has to succeed."""
    kinds = {kind.name: kind for kind in catalog(house)}
    runner = JobRunner(house.services.database, house.services)
    done: list[UUID] = []
    for job in await house.owner.fetch(_QUEUED, list(kinds)):
        named: dict[str, str] = json.loads(job["arguments"])
        kind = kinds[job["kind"]]
        await runner.run(kind, job_id=job["id"], institution_id=job["institution_id"], arguments=named)
        done.append(job["id"])
    rows = await house.owner.fetch("SELECT kind, state FROM jobs WHERE id = ANY ($1)", done)
    assert {row["state"] for row in rows} <= {"done"}, rows
