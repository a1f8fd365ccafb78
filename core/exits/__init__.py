"""Exits of records other than destruction: to an archive, back to their owner, into another case."""
