"""Legal representatives of learners."""
