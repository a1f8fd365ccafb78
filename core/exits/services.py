"""What the verbs of exits work with; made once by the composition root."""

from dataclasses import dataclass
from pathlib import Path

from core.kernel.database.connection import Database
from core.papers.press import Press
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitServices:
    """Database, vault, press, and a folder for packages while they are written."""

    database: Database
    vault: Vault
    press: Press
    scratch: Path
    reserve: int
    """Bytes that stay free on the disk of `scratch`."""
