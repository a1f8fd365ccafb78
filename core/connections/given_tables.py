"""Given files as tables: read in a child process, laid out for the time of a run."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.kernel.sandbox.client import Sandbox
from core.sdk.connectors import GivenFile, Sheet
from core.sdk.errors import ConnectorMisconfigured
from core.tables.errors import TableRefused
from core.tables.opening import open_tables


@dataclass(frozen=True, slots=True)
class GivenTables:
    """Implements `core.sdk.connectors.Tables`."""

    sandbox: Sandbox
    """Started with `core.tables.provider.PLUGIN`."""
    folder: Path

    async def open(self, file: GivenFile) -> Sequence[Sheet]:
        """Return the sheets of a file; raise `ConnectorMisconfigured` for a file that is no table."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self.folder))
        try:
            return await open_tables(self.sandbox, file.path, folder)
        except TableRefused as error:
            detail = f"{file.name}: {error.title}. {error.remedy}"
            raise ConnectorMisconfigured(detail, code=error.code) from error


@asynccontextmanager
async def tables_for_a_run(sandbox: Sandbox, scratch: Path) -> AsyncIterator[GivenTables]:
    """Give what opens tables, and remove what it laid out after the block."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="tables-", dir=scratch))
    try:
        yield GivenTables(sandbox, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
