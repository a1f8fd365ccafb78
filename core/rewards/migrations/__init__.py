"""Schema of `core.rewards`, by hand."""
