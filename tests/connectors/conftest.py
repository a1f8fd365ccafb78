"""Houses for tests of connectors: the same as for those of the registry."""

from tests.registry.conftest import build_house, house, house_in_memory

__all__ = ["build_house", "house", "house_in_memory"]
