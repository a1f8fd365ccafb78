"""The connector: spec, check, discover, read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from core.sdk.connectors import (
    Answer,
    CheckResult,
    Connection,
    Connector,
    ConnectorSpec,
    Hosts,
    Message,
    Partition,
    Progress,
    ReadRequest,
    Record,
    RemoteIdentity,
    State,
    Stream,
    StreamCheck,
    StreamState,
)
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from deloteka_library_cards.declaration import MANIFEST, RIGHTS, STREAMS, Configuration
from deloteka_library_cards.mapping import mapped

OVERLAP = timedelta(days=1)
MOST_PAGES = 10_000


def judge(answer: Answer) -> None:
    """Let good answers pass. The library says errors in the body, sometimes with status 200."""
    if answer.status >= 500:
        raise ConnectorTransient(f"the library has trouble (status {answer.status})")
    said = answer.json()
    error = said.get("error") if isinstance(said, dict) else None
    if error == "unknown_key" or answer.status == 401:
        raise ConnectorAuthFailed("the library does not know the key; make a new one on its page of keys")
    if error == "no_right":
        raise ConnectorMisconfigured(
            f"the key lacks the right {said.get('right')}; tick it on the library's page of keys"
        )
    if error == "limit" or answer.status == 429:
        raise ConnectorTransient("the library asks to come later")
    if error == "not_found":
        raise ConnectorRecordRefused("the library does not have this any more")
    if error is not None or answer.status != 200:
        raise ConnectorBug(f"the library says {str(error)[:50]!r} (status {answer.status})")


class LibraryCards(Connector):
    """Readers, classes, awards and certificates of one library."""

    name = "library_cards"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        assert isinstance(connection.configuration, Configuration)
        self._address = str(connection.configuration.address).rstrip("/")
        self._key = connection.configuration.key.get_secret_value()
        self._groups: list[tuple[str, str]] = []

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Say what the connector is and what it needs."""
        return ConnectorSpec(manifest=MANIFEST, configuration=Configuration)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Name the host of the address that the operator filled in."""
        assert isinstance(configuration, Configuration)
        url = configuration.address
        usual = {"https": 443, "http": 80}[url.scheme]
        host = f"{url.host}" if url.port == usual else f"{url.host}:{url.port}"
        return Hosts(api=[host], plain=url.scheme == "http")

    async def check(self) -> CheckResult:
        """Ask whose key it is and what it may read."""
        me = await self._ask("/api/me")
        return CheckResult(
            identity=RemoteIdentity(unique_id=f"{self._address} {me['site']}", title=me["name"]),
            streams=tuple(
                StreamCheck(stream=stream, state=StreamState.OK)
                if right in me["rights"]
                else StreamCheck(stream=stream, state=StreamState.MISSING_RIGHT, missing=right)
                for stream, right in RIGHTS.items()
            ),
            file_hosts=(me["files_at"],),
        )

    async def discover(self) -> Sequence[Stream]:
        """Return the streams, which are the same for every library."""
        return STREAMS

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Read the readers of each class by themselves, everything else in one part."""
        if stream == "members":
            return [Partition(key=group, title=name) for group, name in self._groups]
        return [Partition()]

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the objects of one partition, page by page."""
        path, since = f"/api/{request.stream}", None
        if request.stream == "members":
            path = f"/api/groups/{request.partition.key}/members"
        if request.stream == "awards" and request.cursor:
            since = datetime.fromisoformat(request.cursor) - OVERLAP
        latest = request.cursor
        async for page, done, total in self._pages(path, since):
            for item in page:
                message = mapped(request.stream, item)
                if isinstance(message, Record) and message.source_updated_at:
                    changed = min(message.source_updated_at, request.started_at).isoformat()
                    latest = max(latest or changed, changed)
                if request.stream == "groups" and isinstance(message, Record):
                    self._groups.append((message.external_id, item["name"]))
                yield message
            yield Progress(done, total)
        # The awards are in no order, so nothing can be said before the last page.
        if latest is not None:
            yield State(latest)

    async def _pages(
        self, path: str, since: datetime | None
    ) -> AsyncIterator[tuple[Sequence[Mapping[str, Any]], int, int]]:
        """Yield each page with how much is done and how much there is; a page that is cut or repeated is no page."""
        done, before = 0, None
        for number in range(1, MOST_PAGES + 1):
            said = await self._ask(path, page=str(number), since=since.isoformat() if since else "")
            page = said["items"]
            if page and page == before:
                raise ConnectorTransient(f"{path} gives the same page again and again")
            done, before = done + len(page), page
            yield page, done, said["total"]
            if number >= said["pages"]:
                break
        if done != said["total"]:
            raise ConnectorTransient(f"{path} promised {said['total']} objects and gave {done}")

    async def _ask(self, path: str, **params: str) -> Any:
        answer = await self.connection.http.request(
            "GET",
            f"{self._address}{path}",
            judge=judge,
            params=[(name, value) for name, value in params.items() if value],
            secret_headers={"X-Card-Key": self._key},
        )
        return answer.json()
