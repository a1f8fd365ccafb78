"""Who may call the routes of imports."""

from typing import Annotated

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.imports.services import ImportServices
from core.origins.routes import needed_for
from core.sdk.connectors import EntityKind

Manager = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE))]
ManagerOfPeople = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE, Permission.PEOPLE_READ))]
Keeper = Annotated[Caller, Depends(allow(Permission.PEOPLE_READ, Permission.PEOPLE_WRITE))]
"""Says who is meant, and which value holds."""
Filer = Annotated[Caller, Depends(allow(Permission.DOCUMENTS_READ, Permission.DOCUMENTS_UPLOAD))]


async def import_services(request: Request) -> ImportServices:
    """Return what the composition root put at `app.state.imports`."""
    services: ImportServices = request.app.state.imports
    return services


Services = Annotated[ImportServices, Depends(import_services)]


def sees_private(caller: Caller) -> bool:
    """Whether somebody may see contacts, СНИЛС and legal representatives."""
    return Permission.PEOPLE_PRIVATE in caller.permissions


def sees_kind(caller: Caller, kind: str) -> bool:
    """Whether somebody may see what records of this kind say of people."""
    return ({Permission.PEOPLE_READ} | needed_for(EntityKind(kind))) <= caller.permissions
