"""Who may call the routes of period exports."""

from typing import Annotated

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.period_exports.services import PeriodExportServices

Reader = Annotated[Caller, Depends(allow(Permission.PERIOD_EXPORTS_READ))]
Maker = Annotated[
    Caller, Depends(allow(Permission.PERIOD_EXPORTS_MAKE, Permission.RESULTS_READ, Permission.RESULTS_STAFF))
]
"""Makes snapshots and reads what they say: results, those for the staff among them."""


async def period_export_services(request: Request) -> PeriodExportServices:
    """Return what the composition root put at `app.state.period_exports`."""
    services: PeriodExportServices = request.app.state.period_exports
    return services


Services = Annotated[PeriodExportServices, Depends(period_export_services)]
