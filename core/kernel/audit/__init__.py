"""The audit trail: append-only, sealed into a hash chain per institution, anchored outside PostgreSQL."""
