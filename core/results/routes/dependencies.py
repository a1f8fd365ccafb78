"""Who may call the routes of results."""

from typing import Annotated

from fastapi import Depends, Path

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission

Reader = Annotated[Caller, Depends(allow(Permission.RESULTS_READ))]
Enterer = Annotated[Caller, Depends(allow(Permission.RESULTS_ENTER))]
WillWriter = Annotated[Caller, Depends(allow(Permission.CONSENTS_WRITE))]
Confirmer = Annotated[Caller, Depends(allow(Permission.RESULTS_CONFIRM))]
Configurer = Annotated[Caller, Depends(allow(Permission.RESULTS_CONFIGURE))]
TaxonomyReader = Annotated[Caller, Depends(allow(Permission.TAXONOMY_READ))]
TaxonomyWriter = Annotated[Caller, Depends(allow(Permission.TAXONOMY_WRITE))]
NeedsReader = Annotated[Caller, Depends(allow(Permission.SPECIAL_NEEDS_READ))]
NeedsWriter = Annotated[Caller, Depends(allow(Permission.SPECIAL_NEEDS_WRITE))]

PresetKey = Annotated[str, Path(description="`key` of a proposal of `/api/v1/result-presets`.")]
