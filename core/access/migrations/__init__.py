"""Schema of access, by hand."""
