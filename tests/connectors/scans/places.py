"""A watched place in memory, and a folder as an operator makes it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

from core.connections.places.folder import FolderPlace
from core.devkit.bench import START, Bench
from core.sdk.connectors import Place, PlacedFile
from core.sdk.errors import ConnectorRecordRefused
from plugins.scans.connector import ScansConnector

LONG_AGO = START - timedelta(hours=5)
NAME = "Сканер 1"


@dataclass
class MemoryPlace:
    """Files in a dictionary; each has a version that the test gives it."""

    files: dict[str, tuple[bytes, PlacedFile]] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    """Reasons by paths."""

    def put(self, path: str, data: bytes, *, version: str = "1", at: datetime = LONG_AGO) -> None:
        self.files[path] = (data, PlacedFile(path=path, size=len(data), modified_at=at, version=version))

    async def ready(self) -> None:
        await asyncio.sleep(0)

    async def listing(self) -> AsyncIterator[PlacedFile]:
        for _, placed in list(self.files.values()):
            yield placed

    async def open(self, file: PlacedFile) -> AsyncIterator[bytes]:
        data, placed = self.files.get(file.path, (b"", None))
        if placed != file:
            detail = "it has changed"
            raise ConnectorRecordRefused(detail)
        yield data

    async def release(self, file: PlacedFile) -> None:
        if self.files.get(file.path, (b"", None))[1] == file:
            del self.files[file.path]

    async def set_aside(self, file: PlacedFile, reason: str) -> None:
        self.rejected[file.path] = reason
        await self.release(file)


class Quick(ScansConnector):
    """The connector, with a test between its two looks."""

    between: ClassVar[Callable[[], None] | None] = None
    waited: ClassVar[list[float]] = []

    @staticmethod
    async def _pass(seconds: float) -> None:
        Quick.waited.append(seconds)
        if Quick.between is not None:
            Quick.between()

    wait: ClassVar[Callable[[float], Awaitable[None]]] = _pass


@dataclass(frozen=True)
class Folder:
    """`root`, as in the settings, with the folder of one connection of one institution."""

    root: Path
    institution: UUID = field(default_factory=uuid4)

    @property
    def path(self) -> Path:
        return self.root / str(self.institution) / NAME

    @property
    def place(self) -> FolderPlace:
        return FolderPlace(self.root, (str(self.institution), NAME))

    def made(self) -> "Folder":
        self.path.mkdir(parents=True)
        return self

    def scan(self, name: str, data: bytes = b"bytes") -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def lying(self) -> list[str]:
        """What lies below the folder, refused files and reasons too."""
        found = (each for each in self.path.rglob("*") if each.is_symlink() or not each.is_dir())
        return sorted(str(each.relative_to(self.path)) for each in found)


def bench(place: Place | None, **settings: Any) -> Bench:  # noqa: ANN401
    """A connection that watches `place`; an hour has passed since anything was put there."""
    made = Bench(Quick, {"name": NAME, **settings}, hosts={}, place=place)
    made.now = max(START, datetime.now(UTC)) + timedelta(hours=2)
    return made
