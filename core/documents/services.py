"""What the verbs of documents work with; made once by the composition root."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.documents.kinds import DocumentKind
from core.documents.spool import Spool
from core.inspection.media_types import EXTENSIONS
from core.inspection.pipeline import DEFAULT_POLICY, InspectionService
from core.inspection.policy import MIB, SUPPORTED, ArchiveLimits, IntakePolicy
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.errors import Unavailable
from core.kernel.sandbox.client import Sandbox
from core.kernel.settings import IntakeSettings
from storage.vault import Vault

_PATIENCE: Final = 30.0
"""Seconds an upload waits for its turn."""
_ISSUED_PAGES: Final = 20_000
"""Pages of what the service itself set; 20,000 lines of an act take some 1,700."""
_ISSUED_ARCHIVE: Final = ArchiveLimits(total=4096 * MIB, ratio=1_100)
"""What the service itself packed: the raw answers of a million marks are some 600 MiB; no deflated file is denser."""


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
    _turns: asyncio.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_turns", asyncio.Semaphore(self.limits.concurrent_uploads))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Let as many uploads in at the same time as the settings say; raise `Unavailable` after a long wait."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise Unavailable from None
        try:
            yield
        finally:
            self._turns.release()

    def byte_limit(self, kind: DocumentKind) -> int:
        """Return how many bytes one file of `kind` may have; archives have a limit of their own at inspection."""
        if kind.large:
            return self.limits.max_large_file_bytes
        return max(self.limits.max_file_bytes, self.limits.max_archive_bytes)

    def policy(self, kind: DocumentKind) -> IntakePolicy:
        """Return what intake lets through for `kind`."""
        largest = self.limits.max_large_file_bytes if kind.large else self.limits.max_file_bytes
        archives = self.limits.max_archive_bytes
        return IntakePolicy(
            media_types=SUPPORTED | frozenset(EXTENSIONS) if kind.any_media_type else SUPPORTED,
            max_bytes=largest,
            max_archive_bytes=max(largest, archives) if kind.issued else archives,
            max_pages=_ISSUED_PAGES if kind.issued else DEFAULT_POLICY.max_pages,
            archive=_ISSUED_ARCHIVE if kind.issued else DEFAULT_POLICY.archive,
        )
