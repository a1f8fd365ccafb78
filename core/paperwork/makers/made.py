"""What a maker gives: the paper, which edition of it, and whether it may be issued."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.papers.paper import Paper

TABLE: Final = "event_log_table"
"""Kind of the export from the event log as a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A paper as the registry says it now."""

    paper: Paper
    subject_type: str
    subject_id: UUID
    edition: str = ""
    unready: str = ""
    """Why it may be looked at only: stable reason of `PaperNotReady`."""
    table: bool = False
    """Whether it is issued as a table (CSV) instead of PDF; the export from the event log only."""

    @property
    def kind(self) -> str:
        """Return the kind under which it is issued and filed."""
        return TABLE if self.table else self.paper.kind
