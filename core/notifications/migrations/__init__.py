"""Schema of `core.notifications`, by hand."""
