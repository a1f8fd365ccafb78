"""What reading the audit trail works with; made once by the composition root and put at `app.state.audit_trail`."""

from dataclasses import dataclass

from core.kernel.database.connection import Database
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTrailServices:
    """The database with the trail, and the object storage with its anchors."""

    database: Database
    vault: Vault
