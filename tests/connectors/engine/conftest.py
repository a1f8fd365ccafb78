"""An engine: a house, a scripted source, and a worker that runs what is asked for."""

from uuid import uuid4

import pytest

from core.imports.services import ImportServices
from core.people.importing import GroupWriter, LearnerWriter
from core.results.writers import result_writers
from core.sdk.connectors import EntityKind
from tests.connectors.engine.bench import Engine
from tests.connectors.engine.scripted import Script, ScriptedConnections
from tests.registry_house import House


@pytest.fixture
def engine(house_in_memory: House) -> Engine:
    house = house_in_memory
    connections = ScriptedConnections(Script())
    services = ImportServices(
        database=house.services.database,
        clock=house.clock,
        connections=connections,
        writers={
            EntityKind.LEARNERS: LearnerWriter(),
            EntityKind.GROUPS: GroupWriter(),
            **result_writers(),
        },
        documents=house.services.documents,
        at_once=10,
    )
    return Engine(house=house, services=services, connections=connections, connection=uuid4())
