"""Asking for a snapshot: once for a connection and a period, and again where one was cut off."""

from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.connections.models import ConnectionRow
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from core.period_exports.completeness import look_at_reading
from core.period_exports.errors import ExportNotResumable, ExportOpen, PeriodNotReadCompletely
from core.period_exports.filing import require_class
from core.period_exports.models import ExportState, PeriodExport
from core.studies.models import StudyPeriod
from core.studies.periods import find_period

SNAPSHOT_JOB: Final = "period_export.make"
"""Makes a snapshot, or goes on with one."""
_ABANDONED: Final = """
UPDATE period_exports e
   SET state = CASE WHEN j.state = 'cancelled' AND e.package_id IS NULL THEN 'cancelled' ELSE 'failed' END,
       message = j.message, ended_at = $2
  FROM jobs j
 WHERE e.institution_id = $1 AND e.state = 'making' AND j.institution_id = $1 AND j.id = e.job_id
   AND j.state IN ('failed', 'cancelled', 'done')
"""


async def find_export(export_id: UUID) -> PeriodExport:
    """Return a snapshot of the current institution; raise `NotFound`."""
    found = await PeriodExport.get_or_none(id=export_id)
    if found is None:
        raise NotFound
    return found


async def find_source(connection_id: UUID) -> ConnectionRow:
    """Return a connection that has read or may read something; raise `NotFound`."""
    found = await ConnectionRow.get_or_none(id=connection_id)
    if found is None:
        raise NotFound(connection=str(connection_id))
    return found


async def latest_filed(connection_id: UUID, period_id: UUID) -> PeriodExport | None:
    """Return the present snapshot of a connection and a period."""
    filed = PeriodExport.filter(connection_id=connection_id, period_id=period_id, state=ExportState.FILED)
    return await filed.order_by("-version").first()


async def settle_abandoned(work: Work) -> None:
    """Let snapshots be over whose jobs have ended without them."""
    await work.run(_ABANDONED, [work.scope.institution_id, work.now])


async def request_export(work: Work, connection_id: UUID, period_id: UUID, *, insisted: str = "") -> PeriodExport:
    """Have a snapshot made; one that was cut off after it was kept is gone on with.

    Raises `NotFound`, `ExportOpen`, `ExportClassMissing`, `ExportClassUnfit`, or `PeriodNotReadCompletely` where
    something is missing and nobody `insisted`.
    """
    connection, period = await find_source(connection_id), await find_period(period_id)
    await settle_abandoned(work)
    await require_class(work)
    kept = await _kept_and_cut_off(connection_id, period_id)
    if kept is not None:
        return await _again(work, kept)
    await _require_readable(work, connection, period, insisted)
    export_id = new_id()
    job = _defer(work, export_id)
    try:
        await PeriodExport.create(
            id=export_id,
            connection_id=connection_id,
            period_id=period_id,
            insisted=insisted,
            job_id=job,
            requested_by=actor(work),
            requested_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) != "period_exports_one_open":
            raise
        raise ExportOpen from error
    said = {"connection": str(connection_id), "period": str(period_id), "insisted": insisted}
    work.record("period_export.requested", "period_export", export_id, said)
    return await find_export(export_id)


async def _require_readable(work: Work, connection: ConnectionRow, period: StudyPeriod, insisted: str) -> None:
    open_one = await PeriodExport.get_or_none(
        connection_id=connection.id, period_id=period.id, state=ExportState.MAKING
    )
    if open_one is not None:
        raise ExportOpen(export=str(open_one.id), address=f"/api/v1/period-exports/{open_one.id}")
    reading = await look_at_reading(work, connection, period)
    if reading.shortcomings and not insisted:
        told = [{name: str(value) for name, value in each.items()} for each in reading.shortcomings]
        raise PeriodNotReadCompletely(shortcomings=told)


async def _kept_and_cut_off(connection_id: UUID, period_id: UUID) -> PeriodExport | None:
    failed = PeriodExport.filter(connection_id=connection_id, period_id=period_id, state=ExportState.FAILED)
    return await failed.filter(package_id__isnull=False).order_by("-id").first()


async def complete_export(work: Work, export: PeriodExport) -> PeriodExport:
    """Have done what is left to do of a snapshot: of a failed one everything, of a filed one what comes after.

    Raises `ExportNotResumable` or `ExportOpen`.
    """
    await settle_abandoned(work)
    export = await find_export(export.id)
    if export.state is ExportState.FAILED:
        return await _again(work, export)
    after = not export.paper_ids or (export.earlier_id is not None and export.differences is None)
    if export.state is not ExportState.FILED or not after:
        raise ExportNotResumable(state=export.state.value)
    await PeriodExport.filter(id=export.id).update(job_id=_defer(work, export.id))
    work.record("period_export.resumed", "period_export", export.id, {})
    return await find_export(export.id)


async def _again(work: Work, export: PeriodExport) -> PeriodExport:
    job = _defer(work, export.id)
    try:
        changed = await PeriodExport.filter(id=export.id, state=ExportState.FAILED).update(
            state=ExportState.MAKING, job_id=job, ended_at=None, message=""
        )
    except IntegrityError as error:
        if violated_constraint(error) != "period_exports_one_open":
            raise
        raise ExportOpen from error
    if changed:
        work.record("period_export.resumed", "period_export", export.id, {})
    return await find_export(export.id)


def _defer(work: Work, export_id: UUID) -> UUID:
    return work.defer(
        SNAPSHOT_JOB,
        subject_type="period_export",
        subject_id=export_id,
        arguments={"export": str(export_id)},
        lock=f"period_export:{export_id}",
    )
