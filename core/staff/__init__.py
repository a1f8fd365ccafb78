"""Members of the staff."""
