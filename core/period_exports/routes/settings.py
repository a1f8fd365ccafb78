"""Addresses of where snapshots are filed, and of which are due."""

from fastapi import Response

from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.period_exports.due import due_exports
from core.period_exports.errors import ExportClassUnfit
from core.period_exports.filing import change_settings, fitting_classes, present_settings
from core.period_exports.models import PeriodExportSettings
from core.period_exports.routes.dependencies import Maker, Reader, Services
from core.period_exports.schemas import DueExportOut, DueExportsOut, FittingClassOut, SettingsIn, SettingsOut
from core.web.conditional import IfMatch, etag
from core.web.errors import PreconditionFailed, PreconditionRequired
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["period exports"])


async def _shown(work: Work, settings: PeriodExportSettings) -> SettingsOut:
    return SettingsOut.of(settings, [FittingClassOut.of(each) for each in await fitting_classes(work)])


@router.get("/period-exports/due", summary="Read which snapshots are due")
async def read_due_exports(caller: Reader, services: Services) -> DueExportsOut:
    """Periods that ended longer ago than the settings say, by connection without a filed snapshot."""
    async with services.database.work(caller.scope) as work:
        return DueExportsOut(items=[DueExportOut.of(each) for each in await due_exports(work)])


@router.get("/period-exports/settings", summary="Read the settings of period exports")
async def read_period_export_settings(response: Response, caller: Reader, services: Services) -> SettingsOut:
    """Under which class snapshots are filed, with classes that fit, and when they are due."""
    async with services.database.work(caller.scope) as work:
        settings = await present_settings(work)
        response.headers["ETag"] = etag(settings.revision)
        return await _shown(work, settings)


@router.put(
    "/period-exports/settings",
    responses=problem_responses(ExportClassUnfit, StaleState, PreconditionFailed, PreconditionRequired),
    summary="Change the settings of period exports",
)
async def change_period_export_settings(
    response: Response, wanted: SettingsIn, expected: IfMatch, caller: Maker, services: Services
) -> SettingsOut:
    """Snapshots that are filed stay where they are."""
    async with services.database.work(caller.scope) as work:
        settings = await present_settings(work)
        expected.require(settings.revision)
        settings = await change_settings(work, settings, lineage_id=wanted.lineage_id, due_days=wanted.due_days)
        response.headers["ETag"] = etag(settings.revision)
        return await _shown(work, settings)
