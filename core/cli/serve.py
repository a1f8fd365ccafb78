"""`deloteka serve`: the whole service on one machine, its servers included, under one supervisor."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from core.cli.installation import CONFIG_OPTION, Installation, database_addresses, storage_addresses

if TYPE_CHECKING:
    from core.access.first_start import FirstAccess
    from core.kernel.supervision import ChildSpec, Supervisor
    from storage.embedded import EmbeddedStore
    from storage.s3 import S3Address

_BACKLOG: Final = 1024
_READY_WITHIN: Final = 60.0
_FOLDER_MODE: Final = 0o711
"""PostgreSQL's own account passes through; nobody else sees what lies there."""


@click.command("serve")
@CONFIG_OPTION
def serve(path: Path | None) -> None:
    """Start everything and keep it running; Ctrl-C stops everything in order.

    PostgreSQL and the object store (unless the settings name others), the API and one worker.
    """
    from core.kernel.errors import DelotekaError
    from storage.errors import StorageError

    installation = Installation.of(path)
    try:
        asyncio.run(_serve(installation))
    except DelotekaError as error:
        message = f"{error.title}: {error.detail}\n{error.remedy}" if error.detail else f"{error.title}. {error.remedy}"
        raise click.ClickException(message) from None
    except StorageError as error:
        raise click.ClickException(str(error)) from None


class _Store:
    """The embedded object store as a service of the supervisor."""

    name = "objects"

    def __init__(self, store: "EmbeddedStore") -> None:
        self._store = store
        self.address: S3Address | None = None

    @property
    def pid(self) -> int | None:
        return self._store.pid

    async def start(self) -> None:
        await self._store.stop()
        self.address = await self._store.start()

    async def stop(self) -> None:
        await self._store.stop()

    async def wait(self) -> int:
        from core.kernel.processes import pid_ended

        pid = self._store.pid
        if pid is not None:
            await pid_ended(pid)
        return 1


async def _serve(installation: Installation) -> None:
    from core.kernel.database.embedded_account import make_folder
    from core.kernel.supervision import Supervisor

    make_folder(installation.folder, _FOLDER_MODE)
    wanted = installation.settings.service.data_folder
    if installation.folder != wanted:
        click.echo(f"PostgreSQL's account may not enter {wanted.parent}; the data are kept in {installation.folder}")
    with _listening(installation) as listener, closing(listener):
        try:
            async with Supervisor() as supervisor:
                # The servers come up in processes of their own; meanwhile this one reads what it needs next.
                loading = asyncio.create_task(asyncio.to_thread(import_module, "core.bootstrap.parts"))
                addresses = await _start_servers(installation, supervisor)
                await loading
                environment = installation.environment(addresses)
                installation.remember(addresses)
                first = await _prepare(installation)
                await supervisor.start(*_children(installation, environment, listener))
                _welcome(listener, first)
                await supervisor.wait()
                click.echo("Stopping …")
        finally:
            installation.forget()
    click.echo("Stopped.")


@contextmanager
def _listening(installation: Installation) -> Iterator[socket.socket]:
    """Open the socket on which every API process answers, so that a restart of one refuses nobody."""
    service = installation.settings.service
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((service.host, service.port))
        except OSError as error:
            message = (
                f"Cannot listen on {service.host}:{service.port}: {error.strerror}."
                " Another program uses the port; set service.port (DELOTEKA_SERVICE__PORT) to a free one."
            )
            raise click.ClickException(message) from None
        listener.listen(_BACKLOG)
        yield listener


async def _start_servers(installation: Installation, supervisor: "Supervisor") -> dict[str, str]:
    from core.kernel.database.embedded import EmbeddedPostgres
    from storage.embedded import EmbeddedStore

    database = EmbeddedPostgres(installation.folder / "postgresql") if installation.embedded_database else None
    store = None
    if installation.embedded_storage:
        bucket = installation.settings.storage.bucket
        store = _Store(EmbeddedStore(installation.folder / "objects", bucket=bucket))
    await supervisor.start(*(part for part in (database, store) if part is not None))
    addresses = database_addresses(database) if database else {}
    if store is not None and store.address is not None:
        addresses |= storage_addresses(store.address)
    return addresses


async def _prepare(installation: Installation) -> "FirstAccess | None":
    """Bring the schema up to date and, on an empty database, let the first administrator in."""
    from core.access.first_start import ensure_first_administrator
    from core.bootstrap.parts import APPS, open_database
    from core.kernel.database.migrate import migrate
    from core.kernel.settings_loading import database_urls

    settings = installation.reachable()
    service_url, owner_url = database_urls(settings)
    await migrate(owner_url, service_url, apps=APPS)
    async with open_database(settings) as database:
        return await ensure_first_administrator(database, settings.first_start, settings.access)


def _children(
    installation: Installation, environment: dict[str, str], listener: socket.socket
) -> "Iterator[ChildSpec]":
    from core.kernel.supervision import ChildSpec

    program = [sys.executable, "-m", "core.cli"]

    async def answers() -> bool:
        return await _answers(listener)

    for number in range(1, installation.settings.service.processes + 1):
        yield ChildSpec(
            name=f"api-{number}",
            argv=[*program, "api", "--descriptor", str(listener.fileno())],
            env=environment,
            descriptors=(listener.fileno(),),
            ready=answers,
            ready_within=_READY_WITHIN,
        )
    yield ChildSpec(name="worker", argv=[*program, "worker"], env=environment, stop_within=40.0)


async def _answers(listener: socket.socket) -> bool:
    """Ask the API whether it lives; a plain question, because the whole client is slow to import."""
    host, port = _door(listener)
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(5):
            return b" 200 " in await reader.readline()
    finally:
        writer.close()


def _door(listener: socket.socket) -> tuple[str, int]:
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - compared, not bound


def _welcome(listener: socket.socket, first: "FirstAccess | None") -> None:
    host, port = _door(listener)
    base = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    click.echo("")
    click.echo("Deloteka is running.")
    click.echo(f"  API            {base}/api/v1")
    click.echo(f"  Documentation  {base}/docs")
    click.echo(f"  Health         {base}/health")
    if first is not None:
        click.echo("")
        click.echo("First start: sign in as")
        click.echo(f"  login     {first.login}")
        click.echo(f"  password  {first.password.value}")
        click.echo("This password is shown once and must be changed at the first sign-in, at the latest")
        until = f"{first.password.expires_at:%Y-%m-%d %H:%M}"
        click.echo(f"{until} UTC; after that `deloteka user reset-password {first.login}` makes a new one.")
    click.echo("")
    click.echo("Ctrl-C stops it.")
