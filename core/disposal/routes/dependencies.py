"""Who may call the routes of disposal acts, and what all steps may be refused for."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.disposal.errors import DisposalStepRefused
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.kernel.plugins import PluginHost
from core.kernel.texts import Language
from core.web.context import reader_language
from core.web.errors import PreconditionFailed, PreconditionRequired

Reader = Annotated[Caller, Depends(allow(Permission.DISPOSAL_READ))]
Officer = Annotated[Caller, Depends(allow(Permission.DISPOSAL_PREPARE))]
Member = Annotated[Caller, Depends(allow(Permission.DISPOSAL_REVIEW))]
Excluder = Annotated[Caller, Depends(allow(Permission.DISPOSAL_EXCLUDE))]
Head = Annotated[Caller, Depends(allow(Permission.DISPOSAL_APPROVE))]
Aborter = Annotated[Caller, Depends(allow(Permission.DISPOSAL_ABORT))]
Canceller = Annotated[Caller, Depends(allow(Permission.DISPOSAL_CANCEL))]

Executor = Annotated[Caller, Depends(allow(Permission.DISPOSAL_EXECUTE))]

CHANGING: Final[tuple[type[DelotekaError], ...]] = (NotFound, StaleState, PreconditionFailed, PreconditionRequired)
"""What a change with `If-Match` may be refused for."""
STEP: Final[tuple[type[DelotekaError], ...]] = (*CHANGING, DisposalStepRefused)
"""The same for a step of an act."""


async def language_of(request: Request) -> Language:
    """Return the language the reader asked for."""
    return reader_language(request.scope)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Who may object to cases, and the language in which that is told."""

    plugins: PluginHost
    language: Language


async def surroundings(request: Request) -> Surroundings:
    """Return the plugins that the composition root put at `app.state.plugins`, and the reader's language."""
    return Surroundings(request.app.state.plugins, reader_language(request.scope))


ReaderLanguage = Annotated[Language, Depends(language_of)]
Asked = Annotated[Surroundings, Depends(surroundings)]
