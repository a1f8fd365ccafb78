"""Schema of `core.studies`, by hand."""
