"""Schema of `core.redating`, by hand."""
