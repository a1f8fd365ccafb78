"""What the tests of OneRoster share."""

from pathlib import Path

import pytest

from plugins.oneroster.simulator import School, SimulatedSystem
from tests.connectors.oneroster.reading import Clerk


@pytest.fixture
def clerk(tmp_path: Path) -> Clerk:
    return Clerk(tmp_path)


@pytest.fixture
def system() -> SimulatedSystem:
    return SimulatedSystem(School.small(learners=4, works=2))
