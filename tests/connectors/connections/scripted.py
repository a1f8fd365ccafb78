"""An invented platform, a connector to it that does as it is told, and houses in which both stand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import BaseModel, Field, SecretStr

from core.connections.services import ConnectionServices
from core.kernel.plugins.catalog import Catalog
from core.kernel.plugins.kinds import Kind, Offer
from core.outbound import Limits
from core.sdk.connectors import (
    AllowedRequest,
    Answer,
    CheckResult,
    Connector,
    ConnectorManifest,
    ConnectorSpec,
    EntityKind,
    Hosts,
    Message,
    NeededScope,
    Progress,
    ReadRequest,
    RemoteIdentity,
    SignInForm,
    Stream,
    StreamCheck,
    StreamState,
    Tokens,
)
from core.sdk.errors import ConnectorAuthFailed
from tests.registry_house import House, Json

TOKEN = "pasted+token/4711=x"
SECRET = "client-secret-0815"
CODE = "code-of-the-browser-99"
REFRESH = "refresh-token-2026"


class Pasted(BaseModel):
    """A token that the operator pastes."""

    kind: Literal["pasted"]
    token: SecretStr = Field(title="Токен")


class Consent(BaseModel):
    """A sign-in in the browser."""

    kind: Literal["consent"]
    client_id: str
    client_secret: SecretStr


class Filled(BaseModel):
    """What the operator fills in."""

    base_url: str = Field(title="Адрес", description="Как в браузере")
    auth: Annotated[Pasted | Consent, Field(discriminator="kind", title="Вход")]
    school: str = ""
    page_size: Annotated[int, Field(ge=1, le=500, json_schema_extra={"x-neutral": True})] = 100
    proxy_password: SecretStr | None = None


@dataclass
class Platform:
    """What the platform says, and what it was asked."""

    account: str = "acc-1"
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    missing: str = ""
    echo: bool = False
    """Whether refusals repeat the token, as careless platforms do."""
    asked: list[str] = field(default_factory=list)
    exchanges: int = 0
    meanwhile: Callable[[], Coroutine[Any, Any, object]] | None = None
    """What happens while it thinks, in the loop of the test."""
    home: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 (ASGI)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.asked.append(f"{scope['method']} {scope['path']}")
        if self.meanwhile is not None and self.home is not None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.meanwhile(), self.home))
        if scope["path"] == "/token":
            message = await receive()
            status, body = self._exchanged(parse_qs(message["body"].decode()))
        else:
            status, body = self._who(headers.get("authorization", ""))
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": body.encode()})

    def _who(self, authorization: str) -> tuple[int, str]:
        token = authorization.removeprefix("Bearer ")
        if token not in self.tokens:
            return 401, f'{{"error": "bad token {token if self.echo else ""}"}}'
        return 200, f'{{"id": "{self.account}", "name": "Школа {self.account}"}}'

    def _exchanged(self, form: Mapping[str, list[str]]) -> tuple[int, str]:
        if form.get("client_secret") != [SECRET] or form.get("code") != [CODE]:
            return 400, '{"error": "no"}'
        self.exchanges += 1
        access = f"issued-access-{self.exchanges}"
        self.tokens.add(access)
        return 200, f'{{"access": "{access}", "refresh": "{REFRESH}"}}'


def _judge(answer: Answer) -> None:
    if answer.status >= 400:
        message = f"the platform says {answer.status}: {answer.body.decode(errors='replace')}"
        raise ConnectorAuthFailed(message)


class Scripted(Connector):
    """The connector."""

    name: ClassVar[str] = "scripted"
    version: ClassVar[int] = 1
    model: ClassVar[type[BaseModel]] = Filled

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        return ConnectorSpec(
            manifest=ConnectorManifest(
                id=cls.name,
                title="Выдуманная платформа",
                version="1.0",
                vendor="Никто",
                config_version=cls.version,
                entities=frozenset({EntityKind.LEARNERS, EntityKind.RESULTS}),
                scopes=(NeededScope(scope="marks", reason="чтобы видеть отметки"),),
                requests=(AllowedRequest(method="POST", path="/token"),),
                takes_files=True,
            ),
            configuration=cls.model,
        )

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        parts = urlsplit(str(getattr(configuration, "base_url")))  # noqa: B009 (of several models)
        return Hosts(api=(parts.netloc,), plain=parts.scheme == "http")

    @property
    def filled(self) -> Any:  # noqa: ANN401 (one of several models)
        return self.connection.configuration

    async def _token(self) -> str:
        tokens = await self.connection.tokens.load()
        return tokens.access.get_secret_value() if tokens else str(self.filled.auth.token.get_secret_value())

    async def check(self) -> CheckResult:
        answer = await self.connection.http.request(
            "GET",
            f"{self.filled.base_url}/who",
            judge=_judge,
            secret_headers={"Authorization": f"Bearer {await self._token()}"},
        )
        said = answer.json()
        return CheckResult(
            identity=RemoteIdentity(unique_id=said["id"], title=said["name"], roles=("admin",)),
            streams=(
                StreamCheck(stream="learners", state=StreamState.OK),
                StreamCheck(stream="marks", state=StreamState.MISSING_RIGHT, missing="marks"),
            ),
            file_hosts=("files.platform.test",),
        )

    async def discover(self) -> Sequence[Stream]:
        return (
            Stream(name="learners", kind=EntityKind.LEARNERS, title="Обучающиеся"),
            Stream(name="marks", kind=EntityKind.RESULTS, title="Отметки", parents=("learners",)),
            Stream(name="files", kind=EntityKind.FILES, title="Файлы", optional=True),
        )

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        if request.stream == "none":
            yield Progress(done=0)

    async def sign_in_form(self, *, state: str, redirect_uri: str) -> SignInForm:
        query = httpx.QueryParams({"client_id": self.filled.auth.client_id, "state": state, "to": redirect_uri})
        return SignInForm(address=f"{self.filled.base_url}/consent?{query}", state=state)

    async def complete_sign_in(self, *, code: str, redirect_uri: str) -> None:
        secret = self.filled.auth.client_secret.get_secret_value()
        form = [("code", code), ("client_secret", secret), ("redirect_uri", redirect_uri)]
        answer = await self.connection.http.request("POST", f"{self.filled.base_url}/token", judge=_judge, form=form)
        said = answer.json()
        await self.connection.tokens.save(Tokens(access=SecretStr(said["access"]), refresh=SecretStr(said["refresh"])))


def stand(house: House, platform: Platform, connector: type[Connector] = Scripted) -> ConnectionServices:
    """Put the connector and its platform into a house; returns what verbs are called with."""
    platform.home = asyncio.get_running_loop()
    catalog = Catalog()
    catalog.add("invented", [Offer(Kind.CONNECTOR, connector.name, connector)])
    services: ConnectionServices = house.app.state.connections
    quick = Limits(first_pause_seconds=0.001, longest_pause_seconds=0.002, attempts=2)
    changed = services.with_simulators(catalog, lambda _name, _policy: httpx.ASGITransport(platform), limits=quick)
    house.app.state.connections = changed
    return changed


PASTED: Json = {
    "connector": "scripted",
    "title": "Дневник",
    "configuration": {"base_url": "https://platform.test", "auth": {"kind": "pasted", "token": TOKEN}},
}
CONSENT: Json = {
    "connector": "scripted",
    "title": "Дневник",
    "configuration": {
        "base_url": "https://platform.test",
        "auth": {"kind": "consent", "client_id": "app-7", "client_secret": SECRET},
    },
}
