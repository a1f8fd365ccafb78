"""How tests of backups take one, restore it, and open the service on what was restored."""

import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx

from core.bootstrap.parts import APPS, compose
from core.bootstrap.web import attach
from core.cli.installation import storage_addresses
from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.sealing import seal_all
from core.kernel.database.connection import Database
from core.preservation.folder import BackupFolder
from core.preservation.ledger import LedgerEntry
from core.preservation.restoring import Place, Restored, Restorer
from core.preservation.taking import Taken, take_backup
from storage.s3 import S3Vault
from storage.vault import Vault
from tests.kernel_database import HandClock, QuickDatabase
from tests.registry_house import BASE, House, Site, house_settings, lend_app


async def take(house: House, folder: Path) -> Taken:
    """Back the house up, at the time its clock shows; each backup is a minute later than the one before."""
    house.clock.move(minutes=1)
    return await take_backup(
        BackupFolder(folder),
        owner_url=house.owner_url,
        vault=house.services.vault,
        taken_at=house.clock(),
        deloteka="0.test",
    )


async def anchored(house: House) -> None:
    """Seal and anchor the trails of a house."""
    await seal_all(house.services.database)
    await Anchorer(house.services.database, house.services.vault).anchor_all()


def command(place: House | Place, vault: S3Vault, *words: str, data: Path) -> subprocess.Popen[str]:
    """Start `deloteka` for a house, or for a place to restore into."""
    environment = {
        **os.environ,
        **storage_addresses(vault.address),
        "DELOTEKA_DATABASE__URL": place.service_url,
        "DELOTEKA_DATABASE__OWNER_URL": place.owner_url,
        "DELOTEKA_SERVICE__DATA_FOLDER": str(data),
    }
    return subprocess.Popen(  # noqa: S603 - a program of ours
        [sys.executable, "-m", "core.cli", *words],
        env=environment,
        cwd=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class Second:
    """What was restored: a service of its own."""

    restored: Restored
    vault: Vault
    owner: asyncpg.Connection
    database: Database
    clients: Callable[[str], httpx.AsyncClient]
    """By token."""


@dataclass(frozen=True)
class Places:
    """Makes empty places, and services on them."""

    stack: AsyncExitStack
    site: Site
    clock: HandClock
    make_vault: Callable[[], Awaitable[S3Vault]]
    make_database: Callable[[], Awaitable[tuple[str, str]]]

    async def empty(self) -> Place:
        owner_url, service_url = await self.make_database()
        return Place(
            owner_url=owner_url,
            service_url=service_url,
            vault=await self.make_vault(),
            apps=APPS,
            clock=self.clock,
        )

    @asynccontextmanager
    async def plain_owner(self) -> AsyncIterator[Place]:
        """An empty place whose database belongs to a login with no more rights than the documentation says."""
        place, name = await self.empty(), f"owner_{secrets.token_hex(4)}"
        database = urlsplit(place.owner_url).path.lstrip("/")
        server = await asyncpg.connect(place.owner_url)
        await server.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x' CREATEROLE")
        await server.execute(f"GRANT deloteka_app TO {name} WITH ADMIN OPTION")
        await server.execute(f"ALTER DATABASE {database} OWNER TO {name}")
        port = urlsplit(place.owner_url).port
        try:
            yield replace(place, owner_url=f"postgresql://{name}:x@127.0.0.1:{port}/{database}")
        finally:
            await server.execute(f"ALTER DATABASE {database} OWNER TO CURRENT_USER")
            await server.execute(f"DROP OWNED BY {name} CASCADE")
            await server.execute(f"DROP ROLE {name}")
            await server.close()

    async def restore(
        self, folder: Path, name: str | None = None, *, ledgers: Sequence[Sequence[LedgerEntry]] = ()
    ) -> Second:
        """Restore a backup, by default the newest, into a new place and open the service there."""
        place = await self.empty()
        backups = BackupFolder(folder)
        restored = await Restorer(backups, place).restore(name or backups.newest(), ledgers=ledgers)
        database = QuickDatabase(place.service_url, apps=APPS, clock=self.clock, pool=4)
        await database.open()
        self.stack.push_async_callback(database.close)
        owner = await asyncpg.connect(place.owner_url)
        self.stack.push_async_callback(owner.close)
        services = compose(
            house_settings(folder.parent / "second"),
            clock=self.clock,
            database=database,
            vault=place.vault,
            plugins=self.site.plugins,
            sandbox=self.site.sandbox,
        )
        self.stack.callback(services.access.close)
        app = lend_app(self.stack)
        attach(app, services)

        def client(token: str) -> httpx.AsyncClient:
            made = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url=BASE, headers={"Authorization": f"Bearer {token}"}
            )
            self.stack.push_async_callback(made.aclose)
            return made

        return Second(restored, place.vault, owner, database, client)
