"""What the simulated platform answers, by what is asked about."""
