"""Schema of `core.personal_files`, by hand."""
