"""Schema of `core.people`, by hand."""
