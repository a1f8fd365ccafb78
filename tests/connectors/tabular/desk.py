"""Given files, opened without a child process, and what a connector of tables says of them."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from core.outbound import GuardedClient, Policy
from core.sdk.connectors import Connection, GivenFile, Message, Problem, ReadRequest, Record, Sheet, State, Tokens
from core.tables.opening import SheetFile
from core.tables.reading import write_sheets
from plugins.tabular.configuration import TabularConfiguration
from plugins.tabular.connector import TabularConnector

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


class NoTokens:
    async def load(self) -> Tokens | None:
        return None

    async def renew(self, spent: Tokens | None, exchange: Callable[[], Awaitable[Tokens]]) -> Tokens:
        raise AssertionError

    async def save(self, tokens: Tokens) -> None:
        raise AssertionError


@dataclass
class TablesHere:
    """The reader of tables, in this process."""

    folder: Path

    async def open(self, file: GivenFile) -> Sequence[Sheet]:
        folder = self.folder / f"sheets-{file.id}"
        folder.mkdir(exist_ok=True)
        found = []
        for path, columns, rows in write_sheets(file.path, folder):
            name = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
            found.append(SheetFile(name=name, columns=columns, rows=rows, path=path))
        return found


def given(folder: Path, name: str, content: bytes) -> GivenFile:
    path = folder / f"given-{name.replace('/', '-')}"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return GivenFile(id=f"file-{digest[:6]}", name=name, path=path, size=len(content), sha256=digest, given_at=NOW)


def connector(folder: Path, *files: GivenFile, **configuration: object) -> TabularConnector:
    nowhere = httpx.MockTransport(lambda _request: httpx.Response(500))
    return TabularConnector(
        Connection(
            configuration=TabularConfiguration.model_validate({"profile": "Списки", **configuration}),
            http=GuardedClient(Policy(api=frozenset()), clock=lambda: NOW, transport=nowhere),
            tokens=NoTokens(),
            clock=lambda: NOW,
            zone=ZoneInfo("Europe/Moscow"),
            today=date(2026, 9, 1),
            files=files,
            tables=TablesHere(folder),
        )
    )


async def said(reader: TabularConnector, stream: str, cursor: str | None = None) -> list[Message]:
    """Everything a stream says of every file, states left out."""
    found: list[Message] = []
    for partition in await reader.partitions(stream):
        request = ReadRequest(stream=stream, partition=partition, cursor=cursor, started_at=NOW)
        found += [message async for message in reader.read(request) if not isinstance(message, State)]
    return found


async def records(reader: TabularConnector, stream: str) -> list[dict[str, Any]]:
    """The mapped data of a stream, without what is empty; nothing may be a problem."""
    messages = await said(reader, stream)
    assert all(isinstance(message, Record) for message in messages), messages
    return [_plain(message) for message in messages if isinstance(message, Record)]


async def problems(reader: TabularConnector, stream: str) -> list[str]:
    return [message.message for message in await said(reader, stream) if isinstance(message, Problem)]


def _plain(record: Record) -> dict[str, Any]:
    return {
        name: value for name, value in record.data.model_dump(mode="json").items() if value not in ("", None, False, {})
    }


def csv_bytes(*rows: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(rows).encode(encoding)
