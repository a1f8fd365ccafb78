"""The institutions whose records are kept: name, time zone, settings."""
