"""Schema of `core.connections`, by hand."""
