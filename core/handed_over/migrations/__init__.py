"""Schema of `core.handed_over`, by hand."""
