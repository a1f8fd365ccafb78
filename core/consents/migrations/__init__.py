"""Schema of `core.consents`, by hand."""
