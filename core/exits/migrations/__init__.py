"""Schema of `core.exits`, by hand."""
