"""Background jobs as people see them: how far they are, and how to stop them."""
