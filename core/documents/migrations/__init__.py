"""Schema of `core.documents`, by hand."""
