"""The commands of the page are run as they stand, by people of an institution, against a server on loopback."""

import asyncio
import json
import os
import socket
from pathlib import Path

import uvicorn

from tests.registry.cases.desk import read_case
from tests.registry.disposal.bureau import classes, closed_case
from tests.registry.nomenclature.office import OFFICER
from tests.registry.redating.desk import next_nomenclature, run_jobs
from tests.registry_house import House

PAGE = Path(__file__).parents[3] / "docs/how-to/change-terms.md"


async def shell(command: str, folder: Path, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "/bin/bash",
        "-euo",
        "pipefail",
        "-c",
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, faults = await process.communicate()
    assert process.returncode == 0, (command, said.decode(), faults.decode())
    return said.decode()


async def test_the_commands_of_the_page_lead_from_the_preview_to_the_later_date(
    house_in_memory: House, tmp_path: Path
) -> None:
    house = house_in_memory
    rows = await classes(house, "5 лет", "5 лет")
    longer, shorter = [await closed_case(house.a, row) for row in rows]
    version = await next_nomenclature(house, rows[0], {"Дела 0": "10 лет", "Дела 1": "3 года"})
    lines = [line[2:] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("$ ")]
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(house.app, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve([listener]))
    here = {
        "DELOTEKA": f"http://127.0.0.1:{listener.getsockname()[1]}",
        "TOKEN": house.a.tokens[OFFICER],
        "VERSION": version["id"],
    }
    try:
        said = []
        for line in lines:
            said.append(await shell(line, tmp_path, **here))
            await run_jobs(house)
    finally:
        server.should_exit = True
        await serving
        listener.close()
    [earlier] = json.loads(said[2])["items"]
    assert earlier["case_id"] == shorter["id"]
    assert (await read_case(house.a, longer))["earliest_act_date"] == "2031-01-01"
    assert (await read_case(house.a, shorter))["earliest_act_date"] == "2026-01-01"
