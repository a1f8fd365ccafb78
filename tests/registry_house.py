"""What tests of the registry hold in their hands: the whole application in this process, and people who use it.

Fixtures of `tests/registry/conftest.py` make it: `house` on a real object store, `house_in_memory` on the vault that
can be told to fail, `build_house` for anything else. Every house has a
database for itself, which is empty when it moves in.
"""

import asyncio
import secrets
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI
from starlette.datastructures import State

from core.access.credentials import csrf_token, new_api_token, new_session_token, token_digest
from core.access.dependencies import CSRF_HEADER, SESSION_COOKIE
from core.access.passwords import Passwords
from core.access.permissions import Permission, Role
from core.api.application import create_app
from core.bootstrap.parts import APPS, Services, compose
from core.bootstrap.web import attach
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.plugins import PluginHost, build_host
from core.kernel.sandbox import Job, Outcome, Sandbox, SandboxSettings, computing
from core.kernel.scope import ActorKind, Scope
from core.kernel.settings import PluginSettings, Settings
from core.kernel.settings_loading import load_settings
from core.nomenclature.reading.provider import PLUGIN as NOMENCLATURE_READER
from core.tables.provider import PLUGIN as TABLE_READER
from storage.memory import MemoryVault
from storage.vault import Vault
from tests.kernel_database import HandClock, QuickDatabase

BASE: Final = "http://deloteka.test"
OPERATOR: Final = "operator"
"""Stands for a role: an administrator of the first institution who is also operator of the installation."""
PASSWORD: Final = "верблюд считает синие звёзды"
"""Of every person in a house."""

Json = dict[str, Any]
T = TypeVar("T")

_idle_apps: list[FastAPI] = []

_EVERY_SCOPE: Final = sorted(permission.value for permission in Permission)


class SharedSandbox(Sandbox):
    """One sandbox server a test process: it lives in a loop of its own, whichever loop a test runs in."""

    def __init__(self, settings: SandboxSettings) -> None:
        super().__init__(settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)

    def begin(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(super().start(), self._loop).result(60)

    def end(self) -> None:
        asyncio.run_coroutine_threadsafe(super().close(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def start(self) -> None:
        await self._there(super().start())

    async def run(self, job: Job) -> Outcome:
        return await self._there(super().run(job))

    async def close(self) -> None:
        """Nothing: other tests go on with it."""

    async def _there(self, asked: Coroutine[Any, Any, T]) -> T:
        try:
            running = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            running = False
        if running:
            return await asked
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self._loop))


def default_plugins() -> tuple[PluginHost, SandboxSettings]:
    """The plugins that are on by default, and what their sandbox is started with."""
    host = build_host(PluginSettings().enabled, {})
    return host, SandboxSettings(plugins=(*computing(host.enabled), NOMENCLATURE_READER, TABLE_READER))


def house_settings(folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of a house in `folder`: nothing waits, nothing is kept back on the disk."""
    return load_settings(
        None,
        {
            "DELOTEKA_SERVICE__DATA_FOLDER": str(folder / "data"),
            "DELOTEKA_INTAKE__FREE_SPACE_RESERVE_BYTES": "0",
            "DELOTEKA_INTAKE__SETTLING_SECONDS": "0",
            **(environment or {}),
        },
    )


@dataclass
class Place:
    """One institution with an account, a token and a session for each role."""

    id: UUID
    name: str
    accounts: dict[str, UUID] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    learner: UUID = field(default_factory=uuid4)
    """Person («обучающийся»)."""
    personal_file: UUID = field(default_factory=uuid4)
    """Of `learner`."""
    group: UUID = field(default_factory=uuid4)
    client: Callable[..., httpx.AsyncClient] = field(repr=False, default=httpx.AsyncClient)
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict, repr=False)

    def of(self, role: str) -> httpx.AsyncClient:
        """A program of somebody with `role`, signed in by token."""
        if role not in self._clients:
            self._clients[role] = self.client(headers={"Authorization": f"Bearer {self.tokens[role]}"})
        return self._clients[role]

    def browser(self, role: str) -> httpx.AsyncClient:
        """A browser of somebody with `role`, signed in by session; it sends the CSRF token with everything."""
        session = self.sessions[role]
        return self.client(cookies={SESSION_COOKIE: session}, headers={CSRF_HEADER: csrf_token(session)})

    @property
    def clerk(self) -> httpx.AsyncClient:
        return self.of(Role.CLERK)

    def scope(self, role: str = Role.CLERK) -> Scope:
        """What verbs are called with in the name of somebody with `role`."""
        kind = ActorKind.SERVICE if role == Role.SERVICE_ACCOUNT else ActorKind.PERSON
        return Scope(institution_id=self.id, actor_kind=kind, actor_id=self.accounts[role], source="test")

    def holder(self) -> dict[str, str]:
        """Query parameters that name the learner's personal file."""
        return {"personal_file_id": str(self.personal_file)}


@dataclass
class House:
    """A running application with two institutions."""

    app: FastAPI
    services: Services
    owner: asyncpg.Connection
    """Connection of the schema's owner, whom no policy binds."""
    owner_url: str
    service_url: str
    clock: HandClock
    a: Place
    other: Place

    @property
    def clerk(self) -> httpx.AsyncClient:
        return self.a.clerk

    def of(self, role: str) -> httpx.AsyncClient:
        """A program of somebody with `role` (or `OPERATOR`) in the first institution."""
        return self.a.of(role)

    def browser(self, role: str) -> httpx.AsyncClient:
        return self.a.browser(role)

    @property
    def stranger(self) -> httpx.AsyncClient:
        """A program without any credential."""
        return self.a.client()

    @property
    def memory(self) -> MemoryVault:
        """The vault in memory with its switches; for `house_in_memory` only."""
        return cast("MemoryVault", self.services.vault)

    async def learner(self, place: Place | None = None, family_name: str = "Образцова") -> UUID:
        """Make one more learner; returns the personal file."""
        place = place or self.a
        person, personal_file = uuid4(), uuid4()
        await _insert_learner(self.owner, place.id, person, personal_file, family_name)
        return personal_file

    async def actions(self, place: Place | None = None) -> list[str]:
        """What the audit trail of an institution says, in order."""
        rows = await self.owner.fetch(
            "SELECT action FROM audit_entries WHERE institution_id = $1 ORDER BY id", (place or self.a).id
        )
        return [row["action"] for row in rows]

    async def objects(self, prefix: str = "") -> list[str]:
        """Keys of every version of every object of the first institution."""
        found: list[str] = []
        for kind in ("originals", "quarantine", "renditions"):
            found += [entry.key async for entry in self.services.vault.versions(f"{kind}/{self.a.id}/{prefix}")]
        return found

    def spooled(self) -> list[str]:
        """Names of the files in the spool."""
        return sorted(path.name for path in self.services.documents.spool.folder.iterdir() if path.is_file())


@dataclass(frozen=True)
class Site:
    """What the houses of one test process share."""

    plugins: PluginHost
    sandbox: Sandbox
    postgres: EmbeddedPostgres
    lend_database: Callable[[], AbstractContextManager[str]]
    """Lends an empty, migrated database, by its name."""


async def open_house(
    stack: AsyncExitStack,
    site: Site,
    *,
    folder: Path,
    clock: HandClock,
    vault: Vault,
    environment: Mapping[str, str] | None = None,
) -> House:
    """Put a house on `vault` and a database of its own; `stack` closes it, but not the vault."""
    name = stack.enter_context(site.lend_database())
    service_url, owner_url = site.postgres.app_url_of(name), site.postgres.owner_url_of(name)
    database = QuickDatabase(service_url, apps=APPS, clock=clock, pool=8)
    await database.open()
    stack.push_async_callback(database.close)
    owner = await asyncpg.connect(owner_url)
    stack.push_async_callback(owner.close)
    services = compose(
        house_settings(folder, environment),
        clock=clock,
        database=database,
        vault=vault,
        plugins=site.plugins,
        sandbox=site.sandbox,
    )
    services = _with_quick_passwords(services)
    stack.callback(services.access.close)
    app = lend_app(stack)
    attach(app, services)
    client = _client_maker(stack, app)
    places = [Place(uuid4(), name, client=client) for name in ("Колледж № 1", "Лицей № 2")]
    hashed = await services.access.passwords.hash(PASSWORD)
    await _furnish(owner, clock, places, hashed)
    return House(app, services, owner, owner_url, service_url, clock, *places)


def lend_app(stack: AsyncExitStack) -> FastAPI:
    """Return an application that nobody uses: its routes take a second to build, and only its state is a house's."""
    app = _idle_apps.pop() if _idle_apps else create_app()

    def give_back() -> None:
        app.state = State()
        _idle_apps.append(app)

    stack.callback(give_back)
    return app


def _with_quick_passwords(services: Services) -> Services:
    services.access.close()
    quick = Passwords(min_length=12, memory_kib=8, passes=1)
    return replace(services, access=replace(services.access, passwords=quick))


def _client_maker(stack: AsyncExitStack, app: FastAPI) -> Callable[..., httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.7", 50_000))

    def make(cookies: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=transport, base_url=BASE, cookies=dict(cookies or {}), headers=dict(headers or {})
        )
        stack.push_async_callback(client.aclose)
        return client

    return make


async def _furnish(owner: asyncpg.Connection, clock: HandClock, places: list[Place], hashed: str) -> None:
    """Write institutions, people and credentials straight into the tables, as if they had always been there."""
    async with owner.transaction():
        for place in places:
            await owner.execute(
                "INSERT INTO institutions (id, name, short_name, time_zone, created_at)"
                " VALUES ($1, $2, $2, 'Europe/Moscow', $3)",
                place.id,
                place.name,
                clock(),
            )
            roles = [role.value for role in Role] + ([OPERATOR] if place is places[0] else [])
            await appoint(owner, clock, place, roles, hashed)
            await _insert_learner(owner, place.id, place.learner, place.personal_file, "Примерова")
            await owner.execute(
                "INSERT INTO groups (id, institution_id, name, sort_key, created_at) VALUES ($1, $2, $3, $4, now())",
                place.group,
                place.id,
                "ИС-21",
                "ис-21",
            )


async def appoint(owner: asyncpg.Connection, clock: HandClock, place: Place, roles: list[str], hashed: str) -> None:
    accounts, members, tokens, sessions = [], [], [], []
    for role in roles:
        account = place.accounts[role] = uuid4()
        login = place.logins[role] = f"{role}-{secrets.token_hex(4)}"
        token, session = new_api_token(), new_session_token()
        held = Role.ADMINISTRATOR.value if role == OPERATOR else role
        program = role == Role.SERVICE_ACCOUNT
        kind, known = ("service", None) if program else ("person", hashed)
        accounts.append((account, login, f"Сотрудник {role}", kind, known, role == OPERATOR, clock()))
        members.append((uuid4(), place.id, account, [held], clock()))
        tokens.append(
            (uuid4(), place.id, account, token_digest(token), _EVERY_SCOPE, clock(), clock() + timedelta(days=365))
        )
        place.tokens[role] = token
        if not program:
            sessions.append((uuid4(), place.id, account, token_digest(session), clock(), clock() + timedelta(hours=12)))
            place.sessions[role] = session
    await owner.executemany(
        "INSERT INTO accounts (id, login, display_name, kind, password_hash, is_operator, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        accounts,
    )
    await owner.executemany(
        "INSERT INTO memberships (id, institution_id, account_id, roles, created_at) VALUES ($1, $2, $3, $4, $5)",
        members,
    )
    await owner.executemany(
        "INSERT INTO api_tokens (id, institution_id, account_id, name, token_digest, scopes, created_by, created_at,"
        " expires_at) VALUES ($1, $2, $3, 'test', $4, $5, $3, $6, $7)",
        tokens,
    )
    await owner.executemany(
        "INSERT INTO sessions (id, institution_id, account_id, token_digest, source, created_at, last_seen_at,"
        " expires_at) VALUES ($1, $2, $3, $4, '203.0.113.7', $5, $5, $6)",
        sessions,
    )


async def _insert_learner(
    owner: asyncpg.Connection, institution: UUID, person: UUID, personal_file: UUID, family_name: str
) -> None:
    await owner.execute(
        "INSERT INTO people (id, institution_id, family_name, given_name, patronymic, sort_key, created_at)"
        " VALUES ($1, $2, $3, 'Вера', 'Павловна', lower($3), now())",
        person,
        institution,
        family_name,
    )
    await owner.execute(
        "INSERT INTO personal_files (id, institution_id, person_id, number, opened_on, created_at)"
        " VALUES ($1, $2, $3, $4, '2026-01-12', now())",
        personal_file,
        institution,
        person,
        str(personal_file),
    )


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and stable code of a refusal."""
    return answer.status_code, answer.json()["code"]
