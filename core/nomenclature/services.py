"""What the import of nomenclatures works with; made once by the composition root."""

from dataclasses import dataclass
from pathlib import Path

from core.kernel.database.connection import Database
from core.kernel.sandbox.client import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class NomenclatureServices:
    """Database, the sandbox that reads files of strangers, and where they lie meanwhile."""

    database: Database
    sandbox: Sandbox
    """Started with `core.nomenclature.reading.provider.PLUGIN`."""
    scratch: Path
