"""Schema of `core.representatives`, by hand."""
