"""Schema of the kernel, by hand: isolation, audit trail, outbox, jobs, idempotency."""
