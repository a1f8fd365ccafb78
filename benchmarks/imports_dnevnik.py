"""Promise: from the simulated Dnevnik.ru 3,000 new records a second and 10,000 unchanged ones, on two cores.

The platform is a process of its own, reached over HTTP, with 1,000 learners and no limit of requests; the second run
reads every week of the year again.

Run: python -m benchmarks.imports_dnevnik [MARKS]
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from benchmarks.importing import Door, opened, run_and_tell
from core.connections.rooms.room import Room
from core.devkit.keeping import MemoryTokens
from core.kernel.ids import new_id
from core.outbound import GuardedClient, Policy
from core.sdk.connectors import Connection
from demo.fresh_service import free_port
from plugins.dnevnik.connector import DnevnikConnector

LEARNERS = 1_000
NOW = datetime(2026, 6, 15, 9, tzinfo=UTC)


@contextmanager
def simulated(marks: int) -> Iterator[tuple[str, str]]:
    """Start the platform; give its address and a token."""
    port = free_port()
    command = [sys.executable, "-m", "plugins.dnevnik.simulator", "--port", str(port), "--marks", str(marks)]
    command += ["--learners", str(LEARNERS), "--now", NOW.date().isoformat()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own simulator
    try:
        said = {}
        for line in process.stdout or ():
            name, value = line[:14].strip(), line[14:].strip()
            said[name] = value
            if name == "client secret":
                break
        yield said["base URL"], said["token"]
    finally:
        process.terminate()
        process.wait(30)


def connecting(address: str, token: str) -> Door:
    """Return the door to connections with the platform."""
    sign_in = {"way": "token", "token": token}

    async def connect(room: Room) -> Connection:
        spec = await DnevnikConnector.spec()
        filled = spec.configuration.model_validate({"base_url": address, "sign_in": sign_in, "reread_weeks": 52})
        hosts = DnevnikConnector.hosts(filled)
        private = [address.removeprefix("http://")]
        policy = Policy.of(hosts, private=private, requests=spec.manifest.requests, http_allowed=True)
        http = await room.keep(lambda: GuardedClient(policy, clock=lambda: NOW))
        return Connection(
            configuration=filled,
            http=http,
            tokens=MemoryTokens(),
            clock=lambda: NOW,
            zone=ZoneInfo("Europe/Moscow"),
            today=NOW.date(),
        )

    return Door(DnevnikConnector, connect)


async def main() -> None:
    """First run and two more."""
    marks = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    connection = new_id()
    with simulated(marks) as (address, token):
        async with opened(connecting(address, token)) as (services, scope):
            for what in ("first run", "second run", "third run"):
                await run_and_tell(what, services, scope, connection)


if __name__ == "__main__":
    asyncio.run(main())
