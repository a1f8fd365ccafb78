"""Learners and the groups they study in."""
