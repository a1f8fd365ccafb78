"""Connections of an institution to platforms: what the operator filled in, secrets, sign-in, mappings, schedule."""
