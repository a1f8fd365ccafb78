"""Schema of `core.results`, by hand."""
