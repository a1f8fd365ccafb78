"""A worker in a process of its own, so that a test can kill it: `worker_process.py URL INSTITUTION RUN JOB`."""

import asyncio
import sys
from datetime import UTC, datetime
from uuid import UUID

from core.bootstrap.parts import APPS
from core.imports.running import run_job
from core.imports.runs import RUN_JOB
from core.imports.services import ImportServices
from core.kernel.database.connection import Database
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner
from core.people.importing import LearnerWriter
from core.results.writers import result_writers
from core.sdk.connectors import EntityKind, Message, ReadRequest
from tests.connectors.engine.bench import LEARNERS, MARKS, learner, mark
from tests.connectors.engine.scripted import Script, ScriptedConnections

MARKS_OF_A_PART = 40
PARTS = 5


def script() -> Script:
    """What the source holds, in either process."""
    made = Script()
    made.stream(LEARNERS, *(learner(str(n), f"Учебный{n}") for n in range(10)))

    def part(number: int) -> list[Message]:
        return [mark(f"m{number}-{n}", str(n % 10)) for n in range(MARKS_OF_A_PART)]

    made.stream(MARKS, **{f"p{number}": part(number) for number in range(PARTS)})
    return made


async def main(url: str, institution: str, run: str, job: str) -> None:
    """Work on the run until somebody kills this process."""
    database = Database(url, apps=APPS, clock=lambda: datetime.now(UTC))
    await database.open()
    slow = script()
    whole = slow.parts["marks"]["p3"]

    def stuck(request: ReadRequest) -> list[Message]:
        del request
        print("in the middle", flush=True)  # noqa: T201 (the test waits for it)
        sys.stdin.readline()
        return list(whole) if not callable(whole) else []

    slow.parts["marks"]["p3"] = stuck
    writers = {EntityKind.LEARNERS: LearnerWriter(), **result_writers()}
    services = ImportServices(
        database=database,
        clock=lambda: datetime.now(UTC),
        connections=ScriptedConnections(slow),
        writers=writers,
        at_once=10,
    )
    kind = JobKind(name=RUN_JOB, handler=run_job(services), attempts=1, first_delay=0)
    runner = JobRunner(database, None)
    await runner.run(kind, job_id=UUID(job), institution_id=UUID(institution), arguments={"run": run})


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
