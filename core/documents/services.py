"""What the verbs of documents work with; made once by the composition root."""

from dataclasses import dataclass

from core.documents.kinds import DocumentKind
from core.documents.spool import Spool
from core.inspection import InspectionService, IntakePolicy
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.sandbox import Sandbox
from core.kernel.settings import IntakeSettings
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentServices:
    """Database, vault, inspection, spool and limits."""

    database: Database
    vault: Vault
    inspection: InspectionService
    sandbox: Sandbox
    spool: Spool
    limits: IntakeSettings
    clock: Clock

    def byte_limit(self, kind: DocumentKind) -> int:
        """Return how many bytes one file of `kind` may have; archives have a limit of their own at inspection."""
        if kind.large:
            return self.limits.max_large_file_bytes
        return max(self.limits.max_file_bytes, self.limits.max_archive_bytes)

    def policy(self, kind: DocumentKind) -> IntakePolicy:
        """Return what intake lets through for `kind`."""
        raise NotImplementedError
