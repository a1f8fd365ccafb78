"""Bundles that a clerk gave: the newest complete ones, and the changes after them, read as one."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from core.sdk import ConnectorMisconfigured
from core.sdk.connectors import (
    CheckResult,
    Connection,
    GivenFile,
    Problem,
    ProblemClass,
    ReadRequest,
    RemoteIdentity,
    StreamCheck,
    StreamState,
    SyncMode,
)
from plugins.oneroster.archive import BundleArchive
from plugins.oneroster.bundle_manifest import BundleManifest, FileMode, read_manifest
from plugins.oneroster.columns import FILES
from plugins.oneroster.configuration import BundleSource
from plugins.oneroster.mapping import Item
from plugins.oneroster.rows import CsvTable
from plugins.oneroster.source import Batch, Memories
from plugins.oneroster.values import OneRosterObject, Unfit, is_deleted, reference

AT_ONCE = 500
"""Rows between two moments in which others may run."""
STATED_EVERY = 5_000
"""Rows between two places from which an interrupted reading goes on."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One bundle, checked."""

    file: GivenFile
    archive: BundleArchive
    manifest: BundleManifest

    def mode(self, collection: str) -> FileMode:
        """Return how its file of that collection is meant."""
        return self.manifest.modes.get(collection.lower(), FileMode.ABSENT)


class Place(BaseModel, frozen=True):
    """How far a collection was read: rows of these files; `None` to the end."""

    files: str
    rows: int | None


class Bundles:
    """The bundles of a connection as one source.

    Of each collection the newest complete file counts, and the files of changes given after it. Nothing is complete
    where there are only changes: then nobody is gone who is not marked as deleted. Raises `ConnectorMisconfigured`.
    """

    def __init__(self, connection: Connection, source: BundleSource, memories: Memories) -> None:
        self._memories = memories
        self._files = sorted(connection.files, key=lambda file: (file.given_at, file.id), reverse=True)
        self._encoding = source.encoding
        self._opened: list[Bundle] = []
        self._layers: dict[str, list[Bundle]] = {}
        self._tables: dict[tuple[str, str], CsvTable] = {}
        self._remembered: dict[str, dict[str, Any]] = {}
        self._roles: dict[str, list[OneRosterObject]] | None = None

    def _newest_first(self) -> Iterator[Bundle]:
        """Each bundle is opened when somebody gets to it: what a later complete one replaced may be damaged."""
        if not self._files:
            detail = "no bundle has been given; give the connection the ZIP archive that the other system exports"
            raise ConnectorMisconfigured(detail)
        for number, file in enumerate(self._files):
            if number == len(self._opened):
                archive = BundleArchive(file.path, file.name)
                bundle = Bundle(file, archive, read_manifest(archive))
                self._require_one_system(bundle)
                self._opened.append(bundle)
            yield self._opened[number]

    def _require_one_system(self, bundle: Bundle) -> None:
        newest = self._opened[0] if self._opened else bundle
        if newest.manifest.system != bundle.manifest.system:
            detail = f"comes from another system than {newest.file.name}; give each system a connection of its own"
            bundle.archive.refuse(detail)

    def layers(self, collection: str) -> list[Bundle]:
        """Return the bundles that tell of a collection, the newest first, down to the one that is complete."""
        if collection not in self._layers:
            found = []
            for bundle in self._newest_first():
                mode = bundle.mode(collection)
                if mode is not FileMode.ABSENT:
                    found.append(bundle)
                if mode is FileMode.BULK:
                    break
            self._layers[collection] = found
        return self._layers[collection]

    def sync(self, collection: str, *, whole: bool) -> SyncMode:
        """Return whether there is a complete file."""
        del whole
        layers = self.layers(collection)
        complete = bool(layers) and layers[-1].mode(collection) is FileMode.BULK
        return SyncMode.FULL if complete else SyncMode.INCREMENTAL

    async def batches(self, collection: str, request: ReadRequest) -> AsyncIterator[Batch]:
        """Return every object of the collection as it is now; goes on where the same files were read before."""
        files = self._fingerprint(collection)
        begun = _place(request.cursor)
        skipped = begun.rows or 0 if begun is not None and begun.files == files else 0
        stated = skipped
        async for batch in self.everything(collection):
            if batch.done <= skipped:
                continue
            cursor = None
            if batch.done - stated >= STATED_EVERY:
                stated = batch.done
                cursor = Place(files=files, rows=stated).model_dump_json()
            yield Batch(items=batch.items, problems=batch.problems, cursor=cursor, done=batch.done)
        yield Batch(items=(), cursor=Place(files=files, rows=None).model_dump_json())

    def _fingerprint(self, collection: str) -> str:
        names = [collection, "roles"] if collection == "users" else [collection]
        told = ",".join(bundle.file.id for name in names for bundle in self.layers(name))
        return hashlib.sha256(told.encode()).hexdigest()

    async def everything(self, collection: str) -> AsyncIterator[Batch]:
        """Return every object of the collection as it is now, without cursors."""
        if collection == "users" and self._roles is None:
            self._roles = await self._roles_by_user()
        done = 0
        for items, problems in _some_of(self._current(collection, await self._opened_tables(collection))):
            done += len(items) + len(problems)
            yield Batch(items=[self._joined(collection, item) for item in items], problems=problems, done=done)
            await asyncio.sleep(0)

    async def _opened_tables(self, collection: str) -> list[CsvTable]:
        """Each file's encoding is proven on all of it, which takes a while and is done once, beside the loop."""
        tables = []
        for bundle in self.layers(collection):
            key = (bundle.file.id, collection)
            if key not in self._tables:
                self._tables[key] = await asyncio.to_thread(CsvTable, bundle.archive, collection, self._encoding)
            tables.append(self._tables[key])
        return tables

    def _joined(self, collection: str, item: Item) -> Item:
        roles = self._roles.get(item.entry["sourcedId"]) if collection == "users" and self._roles else None
        return Item({**item.entry, "roles": roles}, {**item.raw, "roles": roles}) if roles else item

    @staticmethod
    def _current(collection: str, tables: Sequence[CsvTable]) -> Iterator[Item | Problem]:
        """Newest files first, so that of each object the last word counts, and is said once."""
        seen: set[str] = set()
        # A million identifiers of results are not held for the sake of a file that has one twice.
        remembers = len(tables) > 1 or collection != "results"
        for table in tables:
            in_this: set[str] = set()
            for row in table.rows():
                key = row.entry["sourcedId"] if isinstance(row, Item) else row.external_id
                if key is None or not remembers:
                    yield row
                elif key in in_this:
                    yield _doubled(collection, key)
                else:
                    in_this.add(key)
                    if key not in seen:
                        yield row
            seen |= in_this

    async def _roles_by_user(self) -> dict[str, list[OneRosterObject]]:
        found: dict[str, list[OneRosterObject]] = {}
        async for batch in self.everything("roles"):
            for item in batch.items:
                user = reference(item.entry, "user")
                if user and not is_deleted(item.entry):
                    kept = ("roleType", "role", "org", "endDate")
                    found.setdefault(user, []).append({name: item.entry[name] for name in kept if name in item.entry})
        return found

    async def gather(self, collection: str, ids: set[str]) -> AsyncIterator[int]:
        """Remember every object of the collection; its file is read once."""
        if collection in self._remembered or not ids:
            return
        table: dict[str, Any] = {}
        async for batch in self.everything(collection):
            for item in batch.items:
                with suppress(Unfit):  # those who need it will say that it is not there
                    table[item.entry["sourcedId"]] = self._memories[collection](item.entry)
            yield len(table)
        self._remembered[collection] = table

    def known(self, collection: str) -> Mapping[str, Any]:
        """Return what is remembered."""
        return self._remembered.get(collection, {})

    async def check(self, needs: Mapping[str, tuple[str, ...]]) -> CheckResult:
        """Open what is there; say which columns nobody knows, and which encoding was found."""
        newest = next(self._newest_first())
        streams = tuple(
            StreamCheck(stream=stream, state=StreamState.OK if self.layers(names[0]) else StreamState.EMPTY)
            for stream, names in needs.items()
        )
        if all(stream.state is StreamState.EMPTY for stream in streams):
            newest.archive.refuse("has none of the files that are read")
        manifest = newest.manifest
        identity = RemoteIdentity(
            unique_id=f"bundle:{manifest.system or 'unnamed'}",
            title=manifest.title or newest.file.name,
            organisation=await self._organisation(),
        )
        return CheckResult(identity=identity, streams=streams, notes=tuple([note async for note in self._notes(needs)]))

    async def _organisation(self) -> str:
        names = []
        async for batch in self.everything("orgs"):
            names += [item.entry.get("name", "") for item in batch.items if item.entry.get("type") == "school"]
        return ", ".join(names[:3]) + (", …" if len(names) > len(names[:3]) else "")

    async def _notes(self, needs: Mapping[str, Sequence[str]]) -> AsyncIterator[str]:
        for collection in dict.fromkeys(name for names in needs.values() for name in (*names, *_BESIDE)):
            tables = await self._opened_tables(collection)
            for bundle, table in zip(self.layers(collection), tables, strict=True):
                where = f"{bundle.file.name}, {collection}.csv"
                if table.unknown_columns:
                    yield f"{where}: columns that the specification does not know: {', '.join(table.unknown_columns)}"
                if not table.encoding.startswith("utf-8"):
                    yield f"{where}: read as {table.encoding}"
        for bundle in self._opened:
            left = [f"{name}.csv" for name in FILES if f"{name.lower()}.csv" in bundle.archive.files]
            unsaid = [name for name in left if bundle.mode(name.removesuffix(".csv")) is FileMode.ABSENT]
            if unsaid:
                yield f"{bundle.file.name}: in the archive, but not in its manifest, and not read: {', '.join(unsaid)}"


_BESIDE = ("orgs", "roles")


def _some_of(rows: Iterator[Item | Problem]) -> Iterator[tuple[list[Item], list[Problem]]]:
    while some := list(islice(rows, AT_ONCE)):
        yield [row for row in some if isinstance(row, Item)], [row for row in some if isinstance(row, Problem)]


def _place(cursor: str | None) -> Place | None:
    try:
        return Place.model_validate_json(cursor) if cursor else None
    except ValidationError:
        return None


def _doubled(collection: str, key: str) -> Problem:
    message = f"{collection}.csv has this sourcedId more than once; the first row counts"
    return Problem(ProblemClass.RECORD, message, external_id=key)
