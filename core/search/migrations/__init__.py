"""Schema of `core.search`, by hand."""
