"""Snapshots of what a platform said of a study period: made, filed, printed, compared; and reminders of them."""
