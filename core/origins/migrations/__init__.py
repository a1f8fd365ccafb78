"""Schema of `core.origins`, by hand."""
