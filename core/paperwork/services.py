"""What paperwork works with; made once by the composition root and put at `app.state.paperwork`."""

from dataclasses import dataclass, field

from core.documents.services import DocumentServices
from core.papers.press import Press


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperworkServices:
    """The documents of the registry, and the press that sets papers."""

    documents: DocumentServices
    press: Press = field(default_factory=Press)
