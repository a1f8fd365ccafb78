"""Schema of `core.period_exports`, by hand."""
