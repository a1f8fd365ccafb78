"""Who may call the routes of the nomenclature, and what all of them may refuse."""

from typing import Annotated, Final

from fastapi import Depends

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.nomenclature.errors import NotADraft
from core.web.errors import PreconditionFailed, PreconditionRequired

Reader = Annotated[Caller, Depends(allow(Permission.NOMENCLATURE_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.NOMENCLATURE_WRITE))]

CHANGING: Final[tuple[type[DelotekaError], ...]] = (
    NotFound,
    NotADraft,
    StaleState,
    PreconditionFailed,
    PreconditionRequired,
)
"""What a change with `If-Match` may be refused for."""
