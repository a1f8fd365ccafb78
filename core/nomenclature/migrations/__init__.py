"""Schema of `core.nomenclature`, by hand."""
