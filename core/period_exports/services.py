"""What the verbs of period exports work with; made once by the composition root."""

from dataclasses import dataclass
from pathlib import Path

from core.documents.services import DocumentServices
from core.kernel.database.connection import Database
from core.paperwork.services import PaperworkServices


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodExportServices:
    """The documents of the registry and the press; packages are written in the documents' scratch folder."""

    paperwork: PaperworkServices

    @property
    def documents(self) -> DocumentServices:
        """Return what keeps documents."""
        return self.paperwork.documents

    @property
    def database(self) -> Database:
        """Return the database."""
        return self.documents.database

    @property
    def scratch(self) -> Path:
        """Return the folder for packages while they are written or read."""
        return self.documents.scratch
