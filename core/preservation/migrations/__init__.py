"""Schema of preservation, by hand: the destruction ledger and the triggers that write it."""
