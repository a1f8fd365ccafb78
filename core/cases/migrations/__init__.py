"""Schema of `core.cases`, by hand."""
