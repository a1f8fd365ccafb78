"""Documents: intake, quarantine, versions, reading back, withdrawal."""
