"""Schema of the institutions, by hand."""
