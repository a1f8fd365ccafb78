"""What tests of access hold in their hands: an application on a real database, and people in front of browsers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import Depends, FastAPI
from starlette.datastructures import State

from core.access.dependencies import CSRF_HEADER, allow
from core.access.first_start import FirstAccess
from core.access.gate import Caller
from core.access.passwords import Passwords
from core.access.permissions import Permission
from core.access.routes import ROUTERS
from core.access.services import AccessServices
from core.kernel.database.connection import Database
from core.kernel.settings import AccessSettings, ServiceSettings
from core.web.middleware import install_middleware
from core.web.problems import install_problems
from tests.kernel_database import HandClock

OWN_PASSWORD = "верблюд считает синие звёзды"
APPS = ("core.kernel", "core.institutions", "core.access")
Json = dict[str, Any]


_idle_apps: list[FastAPI] = []


@contextmanager
def application(services: AccessServices) -> Iterator[FastAPI]:
    """Lend an application that nobody uses: its routes take longer to build than most tests."""
    app = _idle_apps.pop() if _idle_apps else _build()
    app.state.access = services
    yield app
    app.state = State()
    _idle_apps.append(app)


def _build() -> FastAPI:
    """The routes of access, and two addresses that tell what reached them."""
    app = FastAPI()
    install_problems(app)
    install_middleware(app)
    for router in ROUTERS:
        app.include_router(router)

    @app.get("/contents")
    async def contents(caller: Annotated[Caller, Depends(allow(Permission.DOCUMENTS_OPEN))]) -> Json:
        scope = caller.scope
        return {"source": scope.source, "purpose": scope.purpose, "institution": str(scope.institution_id)}

    @app.post("/uploads")
    async def uploads(caller: Annotated[Caller, Depends(allow(Permission.DOCUMENTS_UPLOAD))]) -> Json:
        return {"account": str(caller.account_id), "credential": caller.credential}

    return app


def quick_services(database: Database, clock: HandClock, service: ServiceSettings | None = None) -> AccessServices:
    """Services whose password hashes cost next to nothing."""
    made = AccessServices.of(database, clock=clock, access=AccessSettings(), service=service or ServiceSettings())
    made.close()
    return replace(made, passwords=Passwords(min_length=12, memory_kib=8, passes=1))


class Browser:
    """Keeps a cookie, sends the CSRF token with changes."""

    def __init__(self, app: FastAPI, address: str = "203.0.113.7") -> None:
        transport = httpx.ASGITransport(app, client=(address, 50_000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://deloteka.test")
        self.csrf = ""

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - those of httpx
        headers = {CSRF_HEADER: self.csrf} if self.csrf else {}
        headers |= options.pop("headers", {})
        answer = await self.http.request(method, path, headers=headers, **options)
        if answer.is_success and "csrf_token" in answer.text:
            self.csrf = answer.json()["csrf_token"]
        return answer

    async def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - those of httpx
        return await self.ask("GET", path, **options)

    async def post(self, path: str, body: Json | None = None, headers: Json | None = None) -> httpx.Response:
        return await self.ask("POST", path, json=body, headers=headers or {})

    async def sign_in(self, login: str, password: str, institution: str | None = None) -> httpx.Response:
        return await self.post("/api/v1/session", {"login": login, "password": password, "institution_id": institution})

    async def arrive(self, login: str, one_time: str, password: str = OWN_PASSWORD) -> "Browser":
        """Sign in for the first time and choose a password."""
        answer = await self.sign_in(login, one_time)
        assert answer.status_code == 201, answer.text
        answer = await self.post("/api/v1/session/password", {"present": one_time, "wanted": password})
        assert answer.status_code == 200, answer.text
        return self


@dataclass
class House:
    """A started installation."""

    app: FastAPI
    services: AccessServices
    owner: asyncpg.Connection
    service_url: str
    first: FirstAccess
    clock: HandClock
    browsers: list[Browser] = field(default_factory=list)

    def browser(self, address: str = "203.0.113.7") -> Browser:
        made = Browser(self.app, address)
        self.browsers.append(made)
        return made

    async def administrator(self) -> Browser:
        return await self.browser().arrive(self.first.login, self.first.password.value)

    async def user(self, manager: Browser, login: str, *roles: str, kind: str = "person") -> Json:
        form = {"login": login, "display_name": f"Пользователь {login}", "kind": kind, "roles": list(roles)}
        answer = await manager.post("/api/v1/users", form)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def member(self, manager: Browser, login: str, *roles: str) -> Browser:
        made = await self.user(manager, login, *roles)
        return await self.browser().arrive(login, made["one_time_password"])

    async def second_institution(self, operator: Browser, login: str = "second") -> tuple[UUID, Browser]:
        form = {
            "name": "Лицей № 2",
            "short_name": "Лицей 2",
            "time_zone": "Asia/Yekaterinburg",
            "administrator": {"login": login, "display_name": "Администратор лицея"},
        }
        answer = await operator.post("/api/v1/institutions", form)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return UUID(made["institution"]["id"]), await self.browser().arrive(login, made["one_time_password"])

    async def actions(self, institution: UUID | None = None) -> list[str]:
        """What the audit trail says, in order; of every chain, or of one."""
        rows = await self.owner.fetch(
            "SELECT action FROM audit_entries WHERE $1::uuid IS NULL OR institution_id = $1 ORDER BY id", institution
        )
        return [row["action"] for row in rows]


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and stable code of a refusal."""
    return answer.status_code, answer.json()["code"]
