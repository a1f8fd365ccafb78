"""Schema of `core.imports`, by hand."""
