"""`deloteka audit verify` on a real database and a real object store."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from core.cli.installation import storage_addresses
from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.sealing import seal_all
from storage.s3 import S3Vault
from tests.registry_house import House


async def run(house: House, vault: S3Vault, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        **storage_addresses(vault.address),
        "DELOTEKA_DATABASE__URL": house.service_url,
        "DELOTEKA_DATABASE__OWNER_URL": house.owner_url,
        "DELOTEKA_SERVICE__DATA_FOLDER": str(folder),
    }
    command = [sys.executable, "-m", "core.cli", "audit", "verify", *options]
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


async def test_the_command_prints_a_line_an_institution_and_every_fault(
    house: House, registry_vault: S3Vault, tmp_path: Path
) -> None:
    for place, count in ((house.a, 3), (house.other, 2)):
        async with house.services.database.work(place.scope()) as work:
            for number in range(count):
                work.record("document.viewed", "document", f"d-{number}")
    await seal_all(house.services.database)
    await Anchorer(house.services.database, house.services.vault).anchor_all()

    answer = await run(house, registry_vault, tmp_path, "--institution", str(house.a.id))
    assert answer.returncode == 0, answer.stderr
    (line,) = answer.stdout.splitlines()
    assert line.startswith(f"{house.a.id}  sound  3 sealed  0 waiting  1 anchors")

    await house.owner.execute("ALTER TABLE audit_entries DISABLE TRIGGER USER")
    await house.owner.execute("UPDATE audit_entries SET purpose = 'x' WHERE institution_id = $1", house.other.id)
    answer = await run(house, registry_vault, tmp_path, "--json")
    assert answer.returncode == 1, answer.stderr
    reports = {report["institution"]: report for report in map(json.loads, answer.stdout.splitlines())}
    assert reports[str(house.a.id)]["sound"]
    assert reports[str(house.other.id)]["counts"] == {"altered_entry": 2}

    answer = await run(house, registry_vault, tmp_path, "--institution", str(house.other.id))
    assert answer.returncode == 1
    assert "2 FAULTS" in answer.stdout
    assert answer.stdout.count("  altered_entry  position") == 2
