"""The connector: what has stopped growing is taken, and removed from the place once it is kept."""

import asyncio
import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import PurePosixPath
from typing import ClassVar, Final

from pydantic import BaseModel

from core.sdk import Connector, ConnectorManifest, ConnectorMisconfigured, ConnectorSpec
from core.sdk.connectors import (
    CheckResult,
    Connection,
    EntityKind,
    FileData,
    Hosts,
    Message,
    OpenAnswer,
    Place,
    PlacedFile,
    Problem,
    ProblemClass,
    Progress,
    ReadRequest,
    Record,
    RemoteIdentity,
    Settled,
    Stream,
    StreamCheck,
    StreamState,
    SyncMode,
    Watched,
    WatchedKind,
)
from plugins.scans.configuration import CONFIG_VERSION, ScansConfiguration
from plugins.scans.rules import Said, read_path

SCANS: Final = Stream(
    name="scans",
    kind=EntityKind.FILES,
    title="Сканы",
    # What was taken is no longer there: that a file is missing says nothing.
    sync=SyncMode.INCREMENTAL,
)
MANIFEST = ConnectorManifest(
    id="scans",
    title="Папка для сканов",
    version="1.0.0",
    vendor="Deloteka",
    config_version=CONFIG_VERSION,
    entities=frozenset({EntityKind.FILES}),
    takes_folders=True,
)
_LONGEST: Final = 400
"""Characters of a path; with its version it is the name of the record."""
_EMPTY_FOR: Final = timedelta(hours=1)
"""How long an empty file may be one that a scanner has only begun."""
_ANY_CASE: Final = re.IGNORECASE | re.DOTALL
_PARTIAL: Final = re.compile(r".*(\.(part|partial|filepart|crdownload|download|tmp|temp|swp)|~)|~\$.*", _ANY_CASE)
_NO_SCANS: Final = frozenset({"thumbs.db", "desktop.ini"})


class ScansConnector(Connector):
    """Scans in a folder or a prefix."""

    name: ClassVar[str] = "scans"
    wait: ClassVar[Callable[[float], Awaitable[None]]] = staticmethod(asyncio.sleep)
    """Passes so many seconds between two looks."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        configuration = connection.configuration
        if not isinstance(configuration, ScansConfiguration):
            detail = "the configuration is not one of scans"
            raise ConnectorMisconfigured(detail)
        self._settings = configuration
        self._rules = [rule.rule() for rule in configuration.rules]
        self._kinds = {each.word.lower(): each.document_kind for each in configuration.words}

    @property
    def _place(self) -> Place:
        place = self.connection.place
        if place is None:
            detail = "the service gave the connection no place to watch"
            raise ConnectorMisconfigured(detail)
        return place

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Return manifest and configuration model."""
        return ConnectorSpec(manifest=MANIFEST, configuration=ScansConfiguration)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return none: nothing is asked of a network by the connector itself."""
        del configuration
        return Hosts(api=())

    @classmethod
    def watches(cls, configuration: BaseModel) -> Watched | None:
        """Return the place that this configuration names."""
        if not isinstance(configuration, ScansConfiguration):
            return None
        return Watched(kind=WatchedKind(configuration.kind), name=configuration.name)

    async def check(self) -> CheckResult:
        """Prove that the place can be read and emptied, and say how many scans lie there."""
        await self._place.ready()
        waiting = len(await self._look())
        settings = self._settings
        return CheckResult(
            identity=RemoteIdentity(unique_id=f"{settings.kind}:{settings.name}", title=settings.name),
            streams=(StreamCheck(stream=SCANS.name, state=StreamState.OK),),
            notes=(f"files that may be taken now: {waiting}",),
        )

    async def discover(self) -> Sequence[Stream]:
        """Return the one stream."""
        return (SCANS,)

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Look twice, and yield what was the same both times."""
        del request
        first = await self._look()
        if not first:
            return
        yield Progress(done=0, total=len(first))
        await type(self).wait(self._settings.still_seconds)
        second = await self._look()
        for path, file in sorted(second.items()):
            if first.get(path) == file:
                yield self._record(file)
        yield Progress(done=len(second), total=len(second))

    async def _look(self) -> dict[str, PlacedFile]:
        """Return the files that may be taken, as they are now, at most as many as one run takes."""
        found: dict[str, PlacedFile] = {}
        async for file in self._place.listing():
            if len(found) >= self._settings.at_once:
                break
            if not _is_left_alone(file.path) and self._is_old_enough(file):
                found[file.path] = file
        return found

    def _is_old_enough(self, file: PlacedFile) -> bool:
        """Say whether a file is not being written; a time that lies ahead is that of a wrong clock and says nothing."""
        least = timedelta(seconds=self._settings.age_seconds)
        age = self.connection.clock() - file.modified_at
        if not file.size:
            return age >= max(least, _EMPTY_FOR)
        return age >= least or age < timedelta(0)

    def _record(self, file: PlacedFile) -> Message:
        name = PurePosixPath(file.path).name
        if len(file.path) > _LONGEST or not _is_text(file.path) or file.path != file.path.strip():
            shown = "".join(each if _is_text(each) else "?" for each in file.path)[:_LONGEST]
            digest = hashlib.sha256(f"{file.path}@{file.version}".encode("utf-8", "surrogateescape")).hexdigest()
            detail = f"the name cannot be kept, rename the file (shorter, plain characters): «{shown}»"
            return Problem(ProblemClass.RECORD, detail, external_id=digest)
        said = read_path(file.path, self._rules, self._kinds) or Said()
        data = FileData(
            file_name=name,
            learner_number=said.number,
            document_kind=said.document_kind,
            title=said.title,
            issued_on=said.issued_on,
            fields=dict(said.fields or {}),
            address=file.path,
            file_id=file.version,
            size=file.size,
            modified_at=file.modified_at,
        )
        # With the version: another scan under a name that was used before is another document.
        return Record(f"{file.path}@{file.version}", data, source_updated_at=file.modified_at, raw={"path": file.path})

    @asynccontextmanager
    async def download(self, file: FileData) -> AsyncIterator[OpenAnswer]:
        """Open the very bytes that were listed."""
        chunks = self._place.open(_placed(file))
        yield OpenAnswer(status=200, headers={}, chunks=chunks)

    async def settle(self, file: FileData, outcome: Settled, reason: str = "") -> None:
        """Take the scan away from the place: it is kept, or lies among the refused ones with the reason beside it."""
        if outcome is Settled.KEPT:
            await self._place.release(_placed(file))
        else:
            await self._place.set_aside(_placed(file), reason)


def _placed(file: FileData) -> PlacedFile:
    if file.size is None or file.modified_at is None:
        detail = "the record is not one of a scan"
        raise ConnectorMisconfigured(detail)
    return PlacedFile(path=file.address, size=file.size, modified_at=file.modified_at, version=file.file_id)


def _is_text(path: str) -> bool:
    """Say whether a path has neither control characters nor bytes that are no UTF-8."""
    return all(unicodedata.category(each) not in {"Cc", "Cs"} for each in path)


def _is_left_alone(path: str) -> bool:
    """Say whether a name says that the file is not done, or no scan at all."""
    parts = path.split("/")
    return (
        any(part.startswith(".") for part in parts)
        or parts[-1].lower() in _NO_SCANS
        or _PARTIAL.fullmatch(parts[-1]) is not None
    )
