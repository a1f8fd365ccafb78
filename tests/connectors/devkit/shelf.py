"""A small good connector and its platform, to be spoilt in one way at a time."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qs

from pydantic import BaseModel, Field, SecretStr

from core.devkit.conformance import ConnectorConformance
from core.devkit.faults import CutBody, DeadToken, Fault, FaultAnswer, HtmlPage, LimitReached, MissingFields
from core.devkit.middleware import Application, FaultMiddleware, Receive, Scope, Send
from core.devkit.platform import SimulatedPlatform, Spot
from core.sdk.connectors import (
    Answer,
    CheckResult,
    Connection,
    Connector,
    ConnectorManifest,
    ConnectorSpec,
    EntityKind,
    FileData,
    Hosts,
    LearnerData,
    Mapped,
    Message,
    ReadRequest,
    RemoteIdentity,
    ResultData,
    State,
    Stream,
    StreamCheck,
    StreamState,
    SyncMode,
    make_record,
)
from core.sdk.errors import ConnectorAuthFailed, ConnectorMisconfigured, ConnectorTransient

PAGE = 2
FIELDS: dict[str, tuple[type[Mapped], tuple[str, ...]]] = {
    "names": (LearnerData, ("full_name", "number")),
    "files": (FileData, ("file_name", "learner", "address")),
}
MARK_FIELDS = ("learner", "value", "held_on")


class Shelf(SimulatedPlatform):
    """Two pages of learners, two of marks, two files."""

    file_hosts = ("files.shelf.example",)

    def __init__(self) -> None:
        super().__init__()
        self.key = "the-key-of-shelf-one"
        self.accounts = {self.key: "one", "the-key-of-shelf-two": "two"}
        self.without: set[str] = set()
        self.changes = 0
        self.data = self.good()
        self._app = FaultMiddleware(self.answer, self.faults, files=("/files/*",))

    def good(self) -> dict[str, list[dict[str, Any]]]:
        numbers = range(1, 5)
        return {
            "names": [{"id": f"n{n}", "full_name": f"Ученик {n}", "number": str(n)} for n in numbers],
            "marks": [
                {"id": f"m{n}", "learner": f"n{n}", "value": "4", "held_on": f"2026-02-0{n}", "changed": f"02-0{n}"}
                for n in numbers
            ],
            "files": [
                {
                    "id": f"f{n}",
                    "file_name": f"{n}.pdf",
                    "learner": "n1",
                    "address": f"https://files.shelf.example/files/{n}",
                }
                for n in (1, 2)
            ],
        }

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The platform's API; the marks may be asked for by the stamp of their last change."""
        path = scope["path"]
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        key = dict(scope["headers"]).get(b"x-key", b"").decode()
        status, said = 200, FaultAnswer(status=200, body=b"%PDF-1.7", media_type="application/pdf")
        if not path.startswith("/files/"):
            status, value = self._said(path.strip("/"), query, key)
            said = FaultAnswer.of(status, value)
        headers = [(b"content-type", said.media_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})

    def _said(self, stream: str, query: Mapping[str, str], key: str) -> tuple[int, object]:
        if key not in self.accounts:
            return 401, {}
        if stream == "me":
            return 200, {"account": self.accounts[key], "without": sorted(self.without)}
        if stream in self.without:
            return 403, {"right": stream}
        items = [each for each in self.data[stream] if each.get("changed", "9") > query.get("since", "")]
        first = int(query.get("first", "0"))
        return 200, {"items": items[first : first + PAGE], "more": first + PAGE < len(items)}

    def hosts(self) -> Mapping[str, Application]:
        return {"shelf.example": self._app, "files.shelf.example": self._app}

    def configuration(self) -> Mapping[str, Any]:
        return {"key": self.key}

    def repair(self) -> None:
        self.faults.off()
        self.without.clear()
        spoilt, self.data = self.data, self.good()
        for was, is_now in zip(spoilt["marks"], self.data["marks"], strict=True):
            if was != is_now:
                self.touch(is_now)

    def touch(self, mark: dict[str, Any]) -> dict[str, Any]:
        self.changes += 1
        mark["changed"] = f"03-{self.changes:02}"
        return mark

    def troubles(self) -> Sequence[Fault]:
        return (LimitReached(), HtmlPage(), CutBody(times=3))

    def rights(self) -> Mapping[str, frozenset[str]]:
        return {"marks": frozenset({"marks"})}

    def take_right(self, right: str) -> None:
        self.without.add(right)

    def revoke(self, after: int = 0) -> None:
        self.faults.on(DeadToken(after=after, token=self.key))

    def renewed(self) -> Mapping[str, Any]:
        self.key = "fresh-key-of-the-same"
        self.accounts[self.key] = "one"
        return self.configuration()

    def other_account(self) -> Mapping[str, Any]:
        return {"key": "the-key-of-shelf-two"}

    def poison(self) -> Spot:
        self.data["marks"][1]["held_on"] = "in spring"
        self.touch(self.data["marks"][1])
        return Spot(stream="marks", external_id="m2")

    def leave_out_key(self) -> Spot:
        self.touch(self.data["marks"][2]).pop("id")
        return Spot(stream="marks", external_id="m3", nameless=True)

    def oddities(self) -> Iterator[str]:
        self.faults.on(MissingFields(fields=("number",)))
        yield "no number"

    def remove(self) -> Spot:
        self.data["files"].pop()
        return Spot(stream="files", external_id="f2")

    def change_old_result(self) -> Spot:
        self.touch(self.data["marks"][0])["value"] = "5"
        return Spot(stream="marks", external_id="m1")

    def misplace_files(self) -> Iterator[tuple[str, Spot]]:
        self.data["files"][0]["address"] = "https://elsewhere.example/files/1"
        yield "another host", Spot(stream="files", external_id="f1")


class Form(BaseModel):
    key: SecretStr = Field(title="Key")


class Good(Connector):
    """Keeps the contract; each verb is short, so that one can be spoilt."""

    name = "shelf"
    form: ClassVar[type[BaseModel]] = Form
    version: ClassVar[int] = 1
    marks_are: ClassVar[SyncMode] = SyncMode.INCREMENTAL
    files_are: ClassVar[SyncMode] = SyncMode.FULL

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.key: str = connection.configuration.model_dump()["key"].get_secret_value()

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        entities = frozenset({EntityKind.LEARNERS, EntityKind.RESULTS, EntityKind.FILES})
        manifest = ConnectorManifest(
            id="shelf", title="Shelf", version="1", vendor="Nobody", config_version=cls.version, entities=entities
        )
        return ConnectorSpec(manifest=manifest, configuration=cls.form)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        return Hosts(api=["shelf.example"])

    def judge(self, answer: Answer) -> None:
        if answer.status >= 429:
            raise ConnectorTransient("trouble")
        said = answer.json()
        if answer.status == 401:
            raise ConnectorAuthFailed("dead")
        if answer.status == 403:
            raise ConnectorMisconfigured(said["right"])
        if answer.status != 200:
            raise ConnectorTransient("strange")

    async def ask(self, path: str, **params: str) -> Any:  # noqa: ANN401 - what the platform says
        answer = await self.connection.http.request(
            "GET",
            f"https://shelf.example/{path}",
            judge=self.judge,
            params=list(params.items()),
            secret_headers={"x-key": self.key},
        )
        return answer.json()

    async def check(self) -> CheckResult:
        me = await self.ask("me")
        return CheckResult(
            identity=RemoteIdentity(unique_id=me["account"], title="Shelf"),
            streams=tuple(self.line(stream, me["without"]) for stream in ("names", "marks", "files")),
        )

    def line(self, stream: str, without: Sequence[str]) -> StreamCheck:
        if stream in without:
            return StreamCheck(stream=stream, state=StreamState.MISSING_RIGHT, missing=stream)
        return StreamCheck(stream=stream, state=StreamState.OK)

    async def discover(self) -> Sequence[Stream]:
        return (
            Stream(name="names", kind=EntityKind.LEARNERS, title="Names"),
            Stream(name="marks", kind=EntityKind.RESULTS, title="Marks", sync=self.marks_are, parents=("names",)),
            Stream(name="files", kind=EntityKind.FILES, title="Files", sync=self.files_are, parents=("names",)),
        )

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        latest = since = request.cursor or ""
        async for item in self.items(request.stream, since):
            latest = max(latest, item.get("changed", ""))
            yield self.mapped(request.stream, item)
        yield State(latest)

    async def items(self, stream: str, since: str) -> AsyncIterator[dict[str, Any]]:
        first, more = 0, True
        while more:
            said = await self.ask(stream, first=str(first), since=since)
            for item in said["items"]:
                yield item
            first, more = first + PAGE, said["more"]

    def mapped(self, stream: str, item: dict[str, Any]) -> Message:
        kind, names = FIELDS.get(stream, (ResultData, MARK_FIELDS))
        fields = {name: item[name] for name in names if item.get(name) is not None}
        return make_record(item.get("id"), kind, fields, raw=item)


class GoodSuite(ConnectorConformance):
    """What is run for the good one and for each spoilt one."""

    connector = Good
    platform = Shelf
    most_silence = 1
    kills = 2
