"""Imports: runs of connections, bookmarks, what a record becomes in the registry, and what could not be read."""
