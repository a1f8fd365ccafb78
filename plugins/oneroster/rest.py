"""A server that speaks OneRoster REST: lists by pages and by changes, single objects where a list would be a waste."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import AwareDatetime, BaseModel, ValidationError

from core.sdk import ConnectorMisconfigured, ConnectorRecordRefused
from core.sdk.connectors import (
    Answer,
    CheckResult,
    Connection,
    Parameters,
    ReadRequest,
    RemoteIdentity,
    StreamCheck,
    StreamState,
    SyncMode,
)
from plugins.oneroster.answers import Reading
from plugins.oneroster.configuration import RestSource
from plugins.oneroster.mapping import Item
from plugins.oneroster.paging import Entries, ListChanged, Pages
from plugins.oneroster.sign_in import GRADEBOOK, SignIn, scope_of
from plugins.oneroster.source import Batch, Memories
from plugins.oneroster.values import Unfit

SINGLE = {
    "academicSessions": "academicSession",
    "categories": "category",
    "classes": "class",
    "demographics": "demographics",
    "lineItems": "lineItem",
}
"""Keys of single objects."""
MOST_SINGLE = 10
"""Objects of a collection that are asked for one by one; if more are needed the list is read."""
STATED_EVERY = 10
"""Pages between two places from which an interrupted reading goes on."""
MOST_REMEMBERED = 20_000
"""Users that are kept for the next stream that reads the same list."""
WHOLE = "whole"
SECRETS = frozenset({"password"})


class Place(BaseModel, frozen=True):
    """How far a list was read."""

    read_to: AwareDatetime | None = None
    """Everything that was changed before is known; the next reading begins a little earlier."""
    whole_at: AwareDatetime | None = None
    """When the last reading of everything began."""
    begun: AwareDatetime | None = None
    """When a reading began that was not finished; what was changed later counts as unread."""
    whole: bool = False
    """Whether that is one of everything."""
    dated: bool = False
    """Whether it has met an object that says when it was changed: those of some servers never do."""
    offset: int = 0
    last: str = ""


class NoSuchList(ConnectorMisconfigured):
    """The server does not know a list: its address or its version is another."""


class Server:
    """The server of a connection as a source."""

    def __init__(self, connection: Connection, source: RestSource, memories: Memories, *, demographics: bool) -> None:
        self._connection = connection
        self._source = source
        self._sign_in = SignIn(connection, source, demographics=demographics)
        self._memories = memories
        self._known: dict[str, dict[str, Any]] = {}
        self._absent: dict[str, set[str]] = {}
        self._reads_all = True
        self._complete: set[str] = set()
        self._single: dict[str, int] = {}
        self._remembered: dict[str, list[Batch]] = {}

    def sync(self, collection: str, *, whole: bool) -> SyncMode:
        """Return whether changes are asked for."""
        del collection
        return SyncMode.INCREMENTAL if self._source.incremental and not whole else SyncMode.FULL

    async def batches(self, collection: str, request: ReadRequest) -> AsyncIterator[Batch]:
        """Return what changed since the cursor, or everything; goes on where an unfinished reading ended."""
        if not self._source.incremental:
            async for batch in self.everything(collection):
                yield batch
            yield Batch(items=(), cursor=WHOLE)
            return
        place = self._begun(_place(request.cursor), request.started_at)
        self._reads_all = place.whole
        try:
            async for batch in self._changed(collection, place):
                yield batch
        except ListChanged:
            if not place.offset:
                raise
            again = place.model_copy(update={"offset": 0, "last": ""})
            async for batch in self._changed(collection, again):
                yield batch

    def _begun(self, place: Place, started_at: datetime) -> Place:
        """The reading that was not finished, or a new one.

        Now and then it is one of everything: a mark borrows title and date from its line item, and nothing says of the
        mark that those were corrected.
        """
        if place.begun is not None:
            return place
        due = place.whole_at is None or place.whole_at + timedelta(days=self._source.whole_every_days) <= started_at
        return place.model_copy(update={"begun": started_at, "whole": due or place.read_to is None, "dated": False})

    async def _changed(self, collection: str, place: Place) -> AsyncIterator[Batch]:
        dated = place.dated
        filters = () if place.whole else self._filter(place.read_to)
        pages = 0
        async for batch, offset, last in self._read(collection, filters, place.offset, place.last):
            pages += 1
            dated = dated or any(item.entry.get("dateLastModified") for item in batch.items)
            here = place.model_copy(update={"dated": dated, "offset": offset, "last": last})
            stated = last and pages % STATED_EVERY == 0
            yield replace(batch, cursor=here.model_dump_json()) if stated else batch
        yield Batch(items=(), cursor=_finished(place, dated=dated).model_dump_json())

    def _filter(self, read_to: datetime | None) -> Parameters:
        """Without the status, so that deleted objects are told too."""
        if read_to is None:
            return ()
        since = (read_to - timedelta(days=self._source.overlap_days)).astimezone(UTC)
        return (("filter", f"dateLastModified>'{since.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}'"),)

    async def everything(self, collection: str) -> AsyncIterator[Batch]:
        """Return the whole list."""
        async for batch, _, _ in self._read(collection, ()):
            yield batch

    async def _read(
        self, collection: str, filters: Parameters, offset: int = 0, last: str = ""
    ) -> AsyncIterator[tuple[Batch, int, str]]:
        """Two streams and more read users: what fits is kept for the next one."""
        key = repr((collection, filters))
        kept = self._remembered.get(key)
        if kept is not None and not offset:
            for batch in kept:
                yield batch, batch.done, ""
            return
        kept = [] if collection == "users" and not offset else None
        async for page in self._pages(collection, filters).read(offset, last):
            items = [_item(entry) for entry in page.entries]
            self._learn(collection, page.entries)
            batch = Batch(items=items, done=page.offset, total=page.total)
            if kept is not None:
                kept.append(batch)
                kept = kept if page.offset <= MOST_REMEMBERED else None
            yield batch, page.offset, page.last
        if kept is not None:
            self._remembered = {key: kept}
        if not filters and not offset:
            self._complete.add(collection)

    def _pages(self, collection: str, filters: Parameters) -> Pages:
        limit = self._source.page_size
        sort = (("sort", "sourcedId"), ("orderBy", "asc")) if self._source.sorted_lists else ()

        async def ask(offset: int) -> tuple[Answer, Mapping[str, Any]]:
            params = (("limit", str(limit)), ("offset", str(offset)), *sort, *filters)
            return await self._list(collection, params)

        return Pages(ask, key=collection, limit=limit, what=collection)

    async def _list(self, collection: str, params: Parameters) -> tuple[Answer, Mapping[str, Any]]:
        try:
            return await self._get(self._base(collection), collection, params)
        except ConnectorRecordRefused as error:
            detail = f"{error.detail}; there is no such list: check the address and the version"
            raise NoSuchList(detail) from error

    def _base(self, collection: str) -> str:
        return self._source.gradebook if collection in GRADEBOOK else self._source.rostering

    async def _get(self, base: str, path: str, params: Parameters = ()) -> tuple[Answer, Mapping[str, Any]]:
        async def ask(bearer: Mapping[str, str]) -> tuple[Answer, Mapping[str, Any]]:
            collection = path.partition("/")[0]
            reading = Reading(collection, scope=scope_of(collection))
            answer = await self._connection.http.request(
                "GET",
                f"{base}/{path}",
                judge=reading,
                params=params,
                headers={"accept": "application/json"},
                secret_headers=bearer,
            )
            return answer, reading.data

        return await self._sign_in.authorised(ask)

    async def gather(self, collection: str, ids: set[str]) -> AsyncIterator[int]:
        """Ask for single objects if a few are missing, for the whole list if many are."""
        missing = sorted(
            ids - self._known.setdefault(collection, {}).keys() - self._absent.setdefault(collection, set())
        )
        if not missing or collection in self._complete:
            return
        asked = self._single.get(collection, 0) + len(missing)
        if self._reads_all or asked > MOST_SINGLE:
            async for batch in self.everything(collection):
                yield batch.done
            return
        self._single[collection] = asked
        for key in missing:
            found = await self._one(collection, key)
            self._learn(collection, found)
            if not found:
                self._absent[collection].add(key)
            yield 1

    def known(self, collection: str) -> Mapping[str, Any]:
        """Return what is remembered."""
        return self._known.get(collection, {})

    def _learn(self, collection: str, entries: Entries) -> None:
        make = self._memories.get(collection)
        if make is not None:
            known = self._known.setdefault(collection, {})
            for entry in entries:
                with suppress(Unfit):  # those who need it will say that it is not there
                    known[str(entry.get("sourcedId"))] = make(entry)

    async def _one(self, collection: str, key: str) -> Entries:
        path = f"{collection}/{quote(key, safe='')}"
        try:
            _, data = await self._get(self._base(collection), path)
        except ConnectorRecordRefused:
            return ()
        found = data.get(SINGLE[collection])
        return (found,) if isinstance(found, Mapping) else ()

    async def check(self, needs: Mapping[str, tuple[str, ...]]) -> CheckResult:
        """Sign in afresh and ask for one object of each list."""
        await self._sign_in.afresh()
        seen: dict[str, StreamState] = {}
        refusals: dict[str, ConnectorMisconfigured] = {}
        for collection in dict.fromkeys(name for names in needs.values() for name in names):
            try:
                _, data = await self._list(collection, (("limit", "1"), ("offset", "0")))
                seen[collection] = StreamState.OK if data.get(collection) else StreamState.EMPTY
            except ConnectorMisconfigured as error:
                refusals[collection] = error
        self._require_addresses(seen, refusals)
        streams = tuple(_judged(stream, names, seen, refusals) for stream, names in needs.items())
        refused = self._sign_in.refused_scopes
        notes = (f"scopes that were not granted: {', '.join(refused)}",) if refused else ()
        return CheckResult(identity=await self._identity(), streams=streams, notes=notes)

    def _require_addresses(
        self, seen: Mapping[str, StreamState], refusals: Mapping[str, ConnectorMisconfigured]
    ) -> None:
        """Raise what is wrong with all lists, or with all below one address."""
        for base in {self._base(collection) for collection in refusals}:
            if not any(self._base(collection) == base for collection in seen):
                error = next(each for collection, each in refusals.items() if self._base(collection) == base)
                if isinstance(error, NoSuchList) or not seen:
                    raise error

    async def _identity(self) -> RemoteIdentity:
        parts = urlsplit(self._source.rostering)
        names: Sequence[str] = ()
        with suppress(ConnectorMisconfigured):  # who may read classes may not read the list of schools
            _, data = await self._list("schools", (("limit", "3"), ("offset", "0")))
            listed = data.get("schools", data.get("orgs"))
            names = [str(org.get("name", "")) for org in listed if isinstance(org, Mapping)] if listed else ()
        return RemoteIdentity(
            unique_id=f"{parts.netloc.lower()}{parts.path} {self._source.client_id}",
            title=f"{self._source.client_id} at {parts.netloc.lower()}",
            organisation=", ".join(name for name in names if name),
        )


def _judged(
    stream: str,
    names: tuple[str, ...],
    seen: Mapping[str, StreamState],
    refusals: Mapping[str, ConnectorMisconfigured],
) -> StreamCheck:
    refused = [
        f"the list {name}" if isinstance(refusals[name], NoSuchList) else scope_of(name)
        for name in names
        if name in refusals
    ]
    if refused:
        return StreamCheck(stream=stream, state=StreamState.MISSING_RIGHT, missing=", ".join(dict.fromkeys(refused)))
    return StreamCheck(stream=stream, state=seen[names[0]])


def _place(cursor: str | None) -> Place:
    try:
        return Place.model_validate_json(cursor) if cursor else Place()
    except ValidationError:
        return Place()


def _finished(place: Place, *, dated: bool) -> Place:
    """The next reading asks for changes since this one began, if the source says of changes when they were made."""
    since = [each for each in (place.read_to, place.begun) if each is not None]
    return Place(
        read_to=max(since) if since and (dated or not place.whole) else None,
        whole_at=place.begun if place.whole else place.whole_at,
    )


def _item(entry: Mapping[str, Any]) -> Item:
    clean = _without_secrets(entry)
    return Item(clean, clean)


def _without_secrets(value: Any) -> Any:  # noqa: ANN401 - what another system says
    if isinstance(value, Mapping):
        return {key: _without_secrets(each) for key, each in value.items() if key.casefold() not in SECRETS}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value
