"""The connector: spec, check, discover, read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

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
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from deloteka_library_cards.declaration import MANIFEST, RIGHTS, STREAMS, Configuration
from deloteka_library_cards.mapping import mapped

OK, TOO_MANY_REQUESTS, SERVER_ERROR = 200, 429, 500
MOST_PAGES = 10_000


def judge(answer: Answer) -> None:
    """Let good answers pass. The library says errors in the body, sometimes with status 200."""
    if answer.status >= SERVER_ERROR:
        detail = f"the library has trouble (status {answer.status})"
        raise ConnectorTransient(detail)
    said = answer.json()  # a page instead of data is transient by itself
    error = said.get("error") if isinstance(said, dict) else None
    if error is not None or answer.status != OK:
        raise refusal(error, said, answer.status)


def refusal(error: object, said: Mapping[str, Any], status: int) -> ConnectorError:
    """Return what an error of the library means for the run."""
    match error:
        case "unknown_key":
            return ConnectorAuthFailed("the library does not know the key; make a new one on its page of keys")
        case "no_right":
            return ConnectorMisconfigured(f"the key lacks the right {said.get('right')}; tick it on the page of keys")
        case "not_found":
            return ConnectorRecordRefused("the library does not have this any more")
        case "limit":
            return ConnectorTransient("the library asks to come later")
        case _ if status == TOO_MANY_REQUESTS:
            return ConnectorTransient("the library asks to come later")
        case _:
            return ConnectorBug(f"the library says {str(error)[:50]!r} (status {status})")


class LibraryCards(Connector):
    """Readers, classes, awards and certificates of one library."""

    name = "library_cards"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        configuration = cast("Configuration", connection.configuration)
        self._address = str(configuration.address).rstrip("/")
        self._key = configuration.key.get_secret_value()
        self._groups: list[tuple[str, str]] = []

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Say what the connector is and what it needs."""
        return ConnectorSpec(manifest=MANIFEST, configuration=Configuration)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Name the host of the address that the operator filled in."""
        url = cast("Configuration", configuration).address
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
        path = f"/api/{request.stream}"
        if request.stream == "members":
            path = f"/api/groups/{request.partition.key}/members"
        latest = datetime.fromisoformat(request.cursor) if request.cursor else None
        async for page, done, total in self._pages(path, request.cursor or ""):
            for item in page:
                message = mapped(request.stream, item)
                if isinstance(message, Record):
                    latest = _later(latest, message.source_updated_at)
                    if request.stream == "groups":
                        self._groups.append((message.external_id, item["name"]))
                yield message
            yield Progress(done, total)
        # The awards are in no order, so nothing can be said before the last page.
        if latest is not None:
            yield State(latest.isoformat())

    async def _pages(self, path: str, since: str) -> AsyncIterator[tuple[Sequence[Mapping[str, Any]], int, int]]:
        """Yield each page with how much is done and how much there is; a page that is cut or repeated is no page."""
        done, total = 0, None
        before: Sequence[Mapping[str, Any]] = ()
        for number in range(1, MOST_PAGES + 1):
            said = await self._ask(path, page=str(number), since=since)
            page, total = said["items"], said["total"]
            if page and page == before:
                detail = f"{path} gives the same page again and again"
                raise ConnectorTransient(detail)
            done, before = done + len(page), page
            yield page, done, total
            if number >= said["pages"]:
                break
        if done != total:
            detail = f"{path} promised {total} objects and gave {done}"
            raise ConnectorTransient(detail)

    async def _ask(self, path: str, **params: str) -> Any:
        answer = await self.connection.http.request(
            "GET",
            f"{self._address}{path}",
            judge=judge,
            params=[(name, value) for name, value in params.items() if value],
            secret_headers={"X-Card-Key": self._key},
        )
        return answer.json()


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
