"""Reading the audit trail: entries, export, verification. Nothing here can change it."""
