"""Schema of `core.staff`, by hand."""
