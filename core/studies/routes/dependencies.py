"""Who may call the routes of studies."""

from typing import Annotated

from fastapi import Depends

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission

Reader = Annotated[Caller, Depends(allow(Permission.STUDIES_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.STUDIES_WRITE))]
RosterReader = Annotated[Caller, Depends(allow(Permission.STUDIES_READ, Permission.PEOPLE_READ))]
