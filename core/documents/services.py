"""What the verbs of documents work with; made once by the composition root."""

from dataclasses import dataclass
from pathlib import Path

from core.documents.kinds import DocumentKind
from core.documents.spool import Spool
from core.inspection.media_types import EXTENSIONS
from core.inspection.pipeline import InspectionService
from core.inspection.policy import SUPPORTED, IntakePolicy
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.sandbox.client import Sandbox
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
    scratch: Path
    """Where temporary files of jobs lie."""
    limits: IntakeSettings
    clock: Clock

    def byte_limit(self, kind: DocumentKind) -> int:
        """Return how many bytes one file of `kind` may have; archives have a limit of their own at inspection."""
        if kind.large:
            return self.limits.max_large_file_bytes
        return max(self.limits.max_file_bytes, self.limits.max_archive_bytes)

    def policy(self, kind: DocumentKind) -> IntakePolicy:
        """Return what intake lets through for `kind`."""
        return IntakePolicy(
            media_types=SUPPORTED | frozenset(EXTENSIONS) if kind.any_media_type else SUPPORTED,
            max_bytes=self.limits.max_large_file_bytes if kind.large else self.limits.max_file_bytes,
            max_archive_bytes=self.limits.max_archive_bytes,
        )
