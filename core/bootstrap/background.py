"""What the worker does: jobs, and everything periodic."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

from core.access.housekeeping import forget_stale
from core.bootstrap.parts import (
    Services,
    connection_services,
    exit_services,
    import_services,
    notification_services,
    period_export_services,
)
from core.bootstrap.scratch import clear_remains
from core.cases.deciding import apply_decision_job
from core.cases.expiring import expire_due
from core.connections.given_files import empty_removed_files
from core.connections.scheduling import start_due_runs
from core.disposal.execution.copies import forget_waiting
from core.disposal.execution.driving import execution_job, resume_executions
from core.disposal.execution.ending import space_job
from core.disposal.execution.people import end_waiting_people
from core.disposal.execution.services import EXECUTION_JOB, SPACE_JOB
from core.disposal.holding import settle_held_lines
from core.disposal.proposing import propose_yearly_acts
from core.documents import lock_jobs
from core.documents.hold_marks import register_marks
from core.documents.keeper import Keeper
from core.documents.previews import PREVIEW_JOB, preview_job
from core.documents.text_index import INDEX_TEXT_JOB, index_text_job
from core.exits.packages import PACK_JOB, REMOVE_JOB
from core.exits.packing import pack_job, remove_package_job
from core.exits.settling import settle_transfers
from core.handed_over.driving import copies_job, resume_copies
from core.handed_over.starting import COPIES_JOB
from core.imports.following import follow_up, start_if_idle
from core.imports.housekeeping import end_terms
from core.imports.running import run_job
from core.imports.runs import RUN_JOB
from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.sealing import seal_all
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.worker import PATIENT_AT_ONCE, JobWorker
from core.kernel.loops import Loops
from core.kernel.outbox import Listener, OutboxDispatcher
from core.kernel.plugins import PluginHost
from core.kernel.scope import Scope, installation_scope
from core.kernel.settings_loading import database_urls
from core.nomenclature.decisions import RULE_DECIDED_JOB
from core.notifications.sending import LISTENER as NOTIFICATIONS
from core.notifications.sending import hear, send_due
from core.notifications.topics import TOPICS
from core.period_exports.due import remind
from core.period_exports.making import snapshot_job
from core.period_exports.requesting import SNAPSHOT_JOB
from core.preservation.ledger import LedgerCopier
from core.redating.accepting import APPLY_JOB
from core.redating.applying import apply_acceptance_job
from core.redating.computing import preview_cases_job
from core.redating.previewing import PREVIEW_JOB as REDATING_JOB
from core.sdk import Event
from core.search.entries import forget_unused_words
from storage.objects import LockMode

_PROMPTLY: Final = 1.0
_SOON: Final = 5.0
_SELDOM: Final = 300.0
_JOBS_AT_ONCE: Final = 4
"""Two long imports leave room for previews and acts."""
_PATIENT_IN_A_RUSH: Final = 4
"""Patient jobs in the queue while uploads come without a pause."""
_UNTIL_GONE: Final = 50
"""Attempts, over some eight hours, at a removal that nothing else repeats."""
_PATIENT: Final = 10
"""Attempts at a run of an import: it goes on where it was, so each brings it further."""
_HOURLY: Final = 3600.0
_DAILY: Final = 86_400.0


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Run jobs and everything periodic until `stop` is set; what runs then is finished first."""
    await asyncio.to_thread(clear_remains, services.documents.scratch, before=services.clock() - timedelta(days=1))
    keeper = Keeper(services.documents, steps_back=True)
    await keeper.replay()
    jobs = _job_worker(services)
    loops = _loops(services, keeper, jobs)
    async with asyncio.TaskGroup() as group:
        group.create_task(jobs.run())
        group.create_task(loops.run())
        await stop.wait()
        jobs.stop()
        loops.stop()


def _job_worker(services: Services) -> JobWorker:
    catalog = JobCatalog()
    catalog.register(PREVIEW_JOB, preview_job(services.documents))
    catalog.register(INDEX_TEXT_JOB, index_text_job())
    catalog.register(RULE_DECIDED_JOB, apply_decision_job())
    catalog.register(EXECUTION_JOB, execution_job(services.execution), attempts=_UNTIL_GONE)
    catalog.register(SPACE_JOB, space_job(services.execution))
    catalog.register(COPIES_JOB, copies_job(services.execution), attempts=_UNTIL_GONE)
    catalog.register(REDATING_JOB, preview_cases_job())
    catalog.register(APPLY_JOB, apply_acceptance_job())
    mode = LockMode[services.settings.storage.originals_lock_mode.upper()]
    register_marks(catalog, services.documents, mode=mode)
    exits = exit_services(services)
    catalog.register(PACK_JOB, pack_job(exits))
    catalog.register(REMOVE_JOB, remove_package_job(exits), attempts=_UNTIL_GONE)
    catalog.register(RUN_JOB, run_job(import_services(services)), attempts=_PATIENT)
    catalog.register(SNAPSHOT_JOB, snapshot_job(period_export_services(services)), attempts=_PATIENT)
    service_url, _ = database_urls(services.settings)
    return JobWorker(service_url, services.database, catalog, services=services, concurrency=_JOBS_AT_ONCE)


def _loops(services: Services, keeper: Keeper, jobs: JobWorker) -> Loops:
    audit = services.settings.audit
    mode = LockMode[services.settings.storage.lock_mode.upper()]
    anchorer = Anchorer(services.database, services.vault, mode=mode)
    ledger = LedgerCopier(services.database, services.vault, mode=mode)
    notifications = notification_services(services)
    listeners: dict[str, Listener] = {**_listeners(services.plugins), NOTIFICATIONS: partial(hear, notifications)}
    outbox = OutboxDispatcher(services.database, listeners, services.clock, topics={NOTIFICATIONS: TOPICS})
    loops = Loops()
    loops.add("seal the audit trail", audit.seal_seconds, partial(seal_all, services.database))
    loops.add("anchor the audit trail", audit.anchor_minutes * 60, anchorer.anchor_all)
    loops.add("copy the destruction ledger", _SOON, ledger.copy_all)
    loops.add("tell plugins of events", _PROMPTLY, outbox.deliver_due)
    loops.add("send messages", _SOON, partial(send_due, notifications))
    loops.add("settle the spool", _SOON, keeper.settle)
    loops.add("finish removals", _SOON, keeper.finish_removals)
    loops.add("lock by verdicts", _SOON, partial(lock_jobs.follow_verdicts, services.database, services.vault))
    loops.add("look at doubtful locks", _HOURLY, partial(lock_jobs.queue_doubtful_locks, services.database))
    loops.add("rescue jobs of dead workers", _SOON, jobs.rescue)
    loops.add("settle the queue of jobs", _SELDOM, jobs.settle)
    loops.add("queue patient jobs", _PROMPTLY, partial(_queue_patient, services, jobs))
    loops.add("let cases expire", _HOURLY, partial(expire_due, services.database, services.clock))
    loops.add("go on with executions", _SOON, partial(resume_executions, services.database))
    loops.add("go on with copies", _SOON, partial(resume_copies, services.database))
    loops.add("forget what holds have kept", _SELDOM, partial(forget_waiting, services.database, services.clock))
    loops.add("end learners whom nothing keeps", _SELDOM, partial(end_waiting_people, services.database))
    loops.add("take held cases off acts", _SELDOM, partial(settle_held_lines, services.database))
    loops.add("take held cases off transfers", _SELDOM, partial(settle_transfers, services.database))
    loops.add("propose the yearly acts", _DAILY, partial(propose_yearly_acts, services.database))
    loops.add("forget ended sessions", _DAILY, partial(forget_stale, services.database, services.settings.access))
    loops.add("forget idempotency keys", _DAILY, partial(_forget_keys, services))
    loops.add("forget words of the search", _DAILY, partial(_forget_words, services))
    loops.add("empty given files", _SELDOM, partial(empty_removed_files, connection_services(services)))
    loops.add("end terms of imports", _DAILY, partial(end_terms, services.database, services.clock))
    imports = import_services(services)
    start = partial(start_if_idle, imports.connections)
    loops.add("start runs of connections", _SOON, partial(start_due_runs, connection_services(services), start))
    loops.add("follow runs of imports up", _SOON, partial(follow_up, imports))
    loops.add("remind of snapshots", _HOURLY, partial(remind, services.database))
    loops.add("throw unfinished uploads away", _DAILY, partial(_abort_uploads, services))
    return loops


async def _queue_patient(services: Services, jobs: JobWorker) -> None:
    """Who uploads waits for an answer, and nobody for a picture."""
    quiet = await services.documents.spool.lull()
    await jobs.queue_patient(most=PATIENT_AT_ONCE if quiet else _PATIENT_IN_A_RUSH)


async def _forget_keys(services: Services) -> None:
    """A week after a request nobody repeats it any more."""
    before = services.clock() - timedelta(days=7)
    await services.database.ask("SELECT forget_idempotency_keys($1)", [before])


async def _forget_words(services: Services) -> None:
    """Let the search forget the words that no entry holds any more, one institution after the other."""
    async with services.database.work(installation_scope(source="search")) as work:
        rows = await work.rows("SELECT id FROM institutions")
    for row in rows:
        async with services.database.work(Scope(institution_id=row["id"], source="search")) as work:
            await forget_unused_words(work)


async def _abort_uploads(services: Services) -> None:
    """Free what multipart uploads left in the store when they were cut off."""
    before = services.clock() - timedelta(days=1)
    for prefix in ("originals/", "quarantine/", "packages/", "given/"):
        await services.vault.abort_uploads(prefix, started_before=before)


def _listeners(plugins: PluginHost) -> dict[str, Listener]:
    def listener(name: str) -> Listener:
        async def tell(event: Event) -> str | None:
            outcomes = await plugins.deliver(event, only={name})
            failed = [outcome for outcome in outcomes if not outcome.ok]
            return (failed[0].reason or "failed") if failed else None

        return tell

    return {name: listener(name) for name in plugins.listeners}
