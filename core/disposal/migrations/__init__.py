"""Schema of `core.disposal`, by hand."""
