"""A run is asked for through the API: its day, and the refusal of a day that means nothing."""

from dataclasses import replace

from core.imports.doors import RegistryConnections
from core.imports.services import ImportServices
from tests.registry.api.asking_connections import connected
from tests.registry.api.world import V1, World
from tests.registry_house import House, code


async def test_a_backfill_says_from_which_day_on_and_no_other_run_does(house_in_memory: House) -> None:
    connection, admin = await connected(World(house_in_memory)), house_in_memory.of("administrator")
    app = house_in_memory.app
    imports: ImportServices = app.state.imports
    app.state.imports = replace(imports, connections=RegistryConnections(app.state.connections))
    assert (await admin.post(f"{V1}/connections/{connection}/check")).json()["outcome"] == "ok"
    wanted = {"connection_id": connection, "since_date": "2025-09-01"}

    refused = await admin.post(f"{V1}/import-runs", json={**wanted, "mode": "sync"})
    assert code(refused) == (422, "import_run_scope_invalid")
    assert refused.json()["field"] == "since_date"

    strange = await admin.post(f"{V1}/import-runs", json={"connection_id": connection, "streams": ["marks", "lerners"]})
    assert code(strange) == (422, "import_run_scope_invalid")
    assert (strange.json()["unknown"], strange.json()["available"]) == (["lerners"], ["files", "learners", "marks"])

    made = await admin.post(f"{V1}/import-runs", json={**wanted, "mode": "backfill"})
    assert made.status_code == 201, made.text
    shown = await admin.get(f"{V1}/import-runs/{made.json()['id']}")
    assert (shown.json()["mode"], shown.json()["since_date"]) == ("backfill", "2025-09-01")
