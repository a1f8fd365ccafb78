"""What a maker gives: the paper, which edition of it, and whether it may be issued."""

from dataclasses import dataclass
from uuid import UUID

from core.papers.paper import Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A paper as the registry says it now."""

    paper: Paper
    subject_type: str
    subject_id: UUID
    edition: str = ""
    unready: str = ""
    """Why it may be looked at only: stable reason of `PaperNotReady`."""
