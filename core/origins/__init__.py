"""Where a value comes from: external ids, what the source said last, and what people changed by hand."""
