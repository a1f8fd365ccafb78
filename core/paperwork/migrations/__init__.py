"""Schema of `core.paperwork`, by hand."""
