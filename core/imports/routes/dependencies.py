"""Who may call the routes of imports."""

from typing import Annotated

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.imports.services import ImportServices
from core.kernel.texts import Language
from core.web.context import reader_language

Manager = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE))]
ManagerOfPeople = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE, Permission.PEOPLE_READ))]
Keeper = Annotated[Caller, Depends(allow(Permission.PEOPLE_READ, Permission.PEOPLE_WRITE))]
"""Says who is meant, and which value holds."""
Filer = Annotated[Caller, Depends(allow(Permission.DOCUMENTS_READ, Permission.DOCUMENTS_UPLOAD))]


async def import_services(request: Request) -> ImportServices:
    """Return what the composition root put at `app.state.imports`."""
    services: ImportServices = request.app.state.imports
    return services


async def language_of(request: Request) -> Language:
    """Return the language that the reader asked for."""
    return reader_language(request.scope)


ReaderLanguage = Annotated[Language, Depends(language_of)]
Services = Annotated[ImportServices, Depends(import_services)]
