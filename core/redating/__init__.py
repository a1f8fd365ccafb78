"""Re-dating: what changed rules do to closed cases; seen first, then accepted by a person."""
