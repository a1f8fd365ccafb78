"""Places that the host watches for scans: folders on the host and prefixes in object storage."""
