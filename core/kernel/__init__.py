"""What every feature stands on: settings, errors, clock, database, audit trail, jobs, plugin host."""
