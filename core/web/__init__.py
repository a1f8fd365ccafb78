"""What routes stand on: problem details, paging, idempotency, conditional requests."""
