"""Background jobs: enqueued with the business transaction, run at least once, rescued when a worker dies."""
