"""Built-in plugins: one folder or module each; they know `core.sdk` and never each other."""
