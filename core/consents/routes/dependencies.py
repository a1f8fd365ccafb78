"""Who may call the routes of consents."""

from typing import Annotated

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.texts import Language
from core.web.context import reader_language

Reader = Annotated[Caller, Depends(allow(Permission.CONSENTS_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.CONSENTS_WRITE))]
Decider = Annotated[Caller, Depends(allow(Permission.DUTIES_DECIDE))]
Blocker = Annotated[Caller, Depends(allow(Permission.BLOCKINGS_DECIDE))]
Configurer = Annotated[Caller, Depends(allow(Permission.RETENTION_CONFIGURE))]


async def language_of(request: Request) -> Language:
    """Return the language the reader asked for."""
    return reader_language(request.scope)


ReaderLanguage = Annotated[Language, Depends(language_of)]
