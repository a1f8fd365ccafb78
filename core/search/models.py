"""The search index is written and asked by hand-written SQL only; it has no Tortoise model."""
