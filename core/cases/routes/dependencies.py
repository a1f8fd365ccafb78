"""Who may call the routes of cases, and what all changes may be refused for."""

from typing import Annotated, Final

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.errors import CaseStepRefused, ImpossibleCaseDate
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.kernel.texts import Language
from core.web.context import reader_language
from core.web.errors import PreconditionFailed, PreconditionRequired

Reader = Annotated[Caller, Depends(allow(Permission.CASES_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.CASES_WRITE))]
Accepter = Annotated[Caller, Depends(allow(Permission.CASES_ACCEPT))]
Decider = Annotated[Caller, Depends(allow(Permission.CASES_DECIDE))]
Appraiser = Annotated[Caller, Depends(allow(Permission.CASES_APPRAISE))]

CHANGING: Final[tuple[type[DelotekaError], ...]] = (NotFound, StaleState, PreconditionFailed, PreconditionRequired)
"""What a change with `If-Match` may be refused for."""
STEP: Final[tuple[type[DelotekaError], ...]] = (*CHANGING, CaseStepRefused, ImpossibleCaseDate)
"""The same for a step in the life of a case."""


async def language_of(request: Request) -> Language:
    """Return the language the reader asked for."""
    return reader_language(request.scope)


ReaderLanguage = Annotated[Language, Depends(language_of)]
