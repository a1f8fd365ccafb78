"""What the routes of documents have in common."""

from typing import Annotated

from fastapi import Depends, Path, Request

from core.documents.services import DocumentServices
from core.kernel.texts import Language
from core.web.context import reader_language


def services_of(request: Request) -> DocumentServices:
    """Return what the composition root put at `app.state.documents`."""
    services: DocumentServices = request.app.state.documents
    return services


async def document_services(request: Request) -> DocumentServices:
    """Do what `services_of` does, as a dependency."""
    return services_of(request)


async def language_of(request: Request) -> Language:
    """Return the language the reader asked for."""
    return reader_language(request.scope)


Services = Annotated[DocumentServices, Depends(document_services)]
ReaderLanguage = Annotated[Language, Depends(language_of)]
Ordinal = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version, 1 for the first.")]
