"""Preservation: backups, their restore, and the ledger of what must not come back."""
