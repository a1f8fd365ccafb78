"""Makers: each reads what one official form says out of the registry."""
