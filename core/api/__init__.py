"""The application factory: collects the addresses of the features."""
