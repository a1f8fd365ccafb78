"""Who may call the routes of exits, and what all steps may be refused for."""

from typing import Annotated, Final

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.exits.services import ExitServices
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.web.errors import PreconditionFailed, PreconditionRequired

Reader = Annotated[Caller, Depends(allow(Permission.DISPOSAL_READ))]
Officer = Annotated[Caller, Depends(allow(Permission.DISPOSAL_PREPARE))]
Taker = Annotated[Caller, Depends(allow(Permission.DISPOSAL_PREPARE, Permission.DOCUMENTS_OPEN))]
Head = Annotated[Caller, Depends(allow(Permission.DISPOSAL_APPROVE))]
Canceller = Annotated[Caller, Depends(allow(Permission.DISPOSAL_CANCEL))]
ReturnReader = Annotated[Caller, Depends(allow(Permission.PEOPLE_READ, Permission.DISPOSAL_READ))]
Clerk = Annotated[Caller, Depends(allow(Permission.CASES_WRITE))]
CaseReader = Annotated[Caller, Depends(allow(Permission.CASES_READ))]

CHANGING: Final[tuple[type[DelotekaError], ...]] = (NotFound, StaleState, PreconditionFailed, PreconditionRequired)
"""What a change with `If-Match` may be refused for."""


async def exit_services(request: Request) -> ExitServices:
    """Return what the composition root put at `app.state.exits`."""
    services: ExitServices = request.app.state.exits
    return services


Exits = Annotated[ExitServices, Depends(exit_services)]
