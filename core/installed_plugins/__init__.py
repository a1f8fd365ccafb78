"""The list of plugins as the API shows it."""
