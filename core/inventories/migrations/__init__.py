"""Schema of `core.inventories`, by hand."""
