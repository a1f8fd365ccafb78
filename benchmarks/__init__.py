"""One measurement for each promise of speed, as a ratio to the bare operation in the same run on the same machine."""
