"""A connector at bundles or a simulated system, read stream by stream without a host that keeps anything."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.devkit.bench import Bench
from core.sdk.connectors import Connector, GivenFile, Message, Partition, Problem, ReadRequest, Record, State
from plugins.oneroster.connector import OneRosterConnector
from plugins.oneroster.mapping import Rules
from plugins.oneroster.simulator import BundleForm, School, SimulatedSystem, write_bundle
from plugins.oneroster.simulator.application import HOST

GIVEN_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


def rules(**changed: object) -> Rules:
    """Return the rules of a plain configuration."""
    usual: dict[str, Any] = {
        "schools": frozenset(),
        "snils_type": "SNILS",
        "demographics": False,
        "final_categories": frozenset(),
        "staff_roles": frozenset({"teacher", "administrator"}),
        "exclusive_ends": True,
        "zone": MOSCOW,
        "today": date(2026, 3, 2),
    }
    return Rules(**{**usual, **changed})


def given(path: Path, number: int = 0) -> GivenFile:
    """Return a file as the host hands it over; those with higher numbers were given later."""
    return GivenFile(
        id=f"file-{number}",
        name=path.name,
        path=path,
        size=path.stat().st_size,
        sha256=sha256(path.read_bytes()).hexdigest(),
        given_at=GIVEN_AT + timedelta(hours=number),
    )


class Clerk:
    """Gives bundles of a school to a connection."""

    def __init__(self, folder: Path, school: School | None = None) -> None:
        self.folder = folder
        self.school = school or School.small(learners=4, works=2)
        self.files: list[GivenFile] = []

    def give(self, form: BundleForm | None = None) -> None:
        """Give a bundle of the school as it is now."""
        path = self.folder / f"bundle-{len(self.files)}.zip"
        write_bundle(path, self.school, form)
        self.files.append(given(path, len(self.files)))

    def bench(self, *, source: Mapping[str, Any] | None = None, **settings: object) -> Bench:
        """Return a connection that has these files."""
        configuration = {"source": {"kind": "bundle", **(source or {})}, **settings}
        return Bench(OneRosterConnector, configuration, hosts={}, files=lambda: tuple(self.files))


def server(system: SimulatedSystem, *, source: Mapping[str, Any] | None = None, **settings: object) -> Bench:
    """Return a connection to a simulated system."""
    usual = {
        "kind": "rest",
        "address": f"https://{HOST}",
        "token_url": f"https://{HOST}/oauth2/token",
        "client_id": "deloteka",
        "client_secret": system.clients["deloteka"].secret,
        "page_size": 6,
    }
    return Bench(
        OneRosterConnector,
        {"source": {**usual, **(source or {})}, **settings},
        hosts={HOST: system.application},
    )


async def messages(connector: Connector, stream: str, cursor: str | None = None) -> Sequence[Message]:
    """Return everything that a stream says."""
    started = connector.connection.clock()
    request = ReadRequest(stream=stream, partition=Partition(), cursor=cursor, started_at=started)
    return [message async for message in connector.read(request)]


async def records(bench: Bench, stream: str) -> dict[str, Record]:
    """Return the records of a stream by their external ids; there must be no problem."""
    said = await messages(await bench.open(), stream)
    assert [message for message in said if isinstance(message, Problem)] == []
    return {message.external_id: message for message in said if isinstance(message, Record)}


def cursor_of(said: Sequence[Message]) -> str:
    """Return the last state."""
    return [message.cursor for message in said if isinstance(message, State)][-1]


def put(clerk: Clerk, files: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Give an archive of these files."""
    path = clerk.folder / f"put-{len(clerk.files)}.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    clerk.files.append(given(path, len(clerk.files)))
    return path
