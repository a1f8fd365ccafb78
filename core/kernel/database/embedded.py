"""The embedded PostgreSQL: a real server of our own on the loopback, for a machine that has none.

Layout of its folder: `cluster/` (the data), `log/`, `passwords.json` (0600, the starter's), `port`, `lock`, `made`
(roles and database exist), `start.log` (what the last start said before the log was open), and
`programs-VERSION/` where the wheel is out of the server's reach.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import asyncpg

from core.kernel.database import embedded_cluster as cluster
from core.kernel.database.embedded_account import (
    choose_data_folder,
    make_folder,
    require_reachable,
    server_account,
)
from core.kernel.database.embedded_binaries import program_folder, version
from core.kernel.database.embedded_errors import AccountUnknown, FolderInUse, StartFailed, StopFailed
from core.kernel.processes import Account, ended, pid_ended, spawn

__all__ = ["EmbeddedPostgres", "choose_data_folder"]

_READY_WITHIN: Final = 300.0
"""Seconds; recovery after a crash reads up to `max_wal_size` of log before the server is ready."""
_SETTLE_WITHIN: Final = 15.0
_LOCK_WITHIN: Final = 1.5
_POLL: Final = 0.01
_STOP_STEPS: Final = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))
"""Fast shutdown, then immediate (both lose nothing that was committed), with their patience in seconds."""
_STATUS_LINE: Final = 8


class EmbeddedPostgres:
    """Starts, watches and stops one PostgreSQL on `folder`; a service in the sense of `core.kernel.supervision`.

    `durable=False` is for tests: commits are not forced to the disk. `account` (a name or uid) is whom root lets
    the server run as; otherwise `deloteka` where it exists, or `nobody`. Start it in the main thread: the server
    is told to shut down when the thread that started it dies, however that happens.
    """

    name = "postgresql"

    def __init__(self, folder: Path, *, durable: bool = True, account: str | int | None = None) -> None:
        self._folder = folder.absolute()
        self._durable = durable
        self._wanted = account
        self._data = self._folder / "cluster"
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._passwords: cluster.Secrets | None = None
        self._port = 0

    @property
    def folder(self) -> Path:
        """The folder with everything that is this server's."""
        return self._folder

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1; 0 before a start and after a stop."""
        return self._port

    @property
    def pid(self) -> int | None:
        """Process id of the server, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self.pid is not None

    @property
    def owner_url(self) -> str:
        """`postgresql://` URL of the database `deloteka` for the role that owns the schema (a superuser)."""
        return self.owner_url_of(cluster.DATABASE)

    @property
    def app_url(self) -> str:
        """The same for the service's role, which is bound by row-level security."""
        return self.app_url_of(cluster.DATABASE)

    def owner_url_of(self, database: str) -> str:
        """Return the owner's URL of another database; raise `StartFailed` before the first start."""
        return self._url(cluster.OWNER, self._known_passwords().owner, database)

    def app_url_of(self, database: str) -> str:
        """Return the service's URL of another database; raise `StartFailed` before the first start."""
        return self._url(cluster.SERVICE, self._known_passwords().service, database)

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{cluster.HOST}:{self._port}/{database}"

    def _known_passwords(self) -> cluster.Secrets:
        if self._passwords is None:
            detail = "the embedded PostgreSQL was not started yet"
            raise StartFailed(detail, output="")
        return self._passwords

    async def start(self) -> None:
        """Start the server and return when it takes connections; the first time make cluster, roles and database.

        Recovers by itself after a crash of the server or its starter. Raises a subclass of
        `EmbeddedPostgresError` that says what to do; nothing is running then.
        """
        if self.is_running:
            return
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        account = self._account()
        require_reachable(self._folder, account)
        make_folder(self._folder, 0o711 if account else 0o700)
        await self._take_lock()
        await self._end_orphan(account)
        exists = self._data.exists()
        self._passwords = cluster.secrets_of(self._folder / "passwords.json", data_exist=exists)
        programs = program_folder(self._folder, account)
        log = self._folder / "log"
        cluster.make_private_folder(log, account)
        if exists:
            cluster.require_version(self._data, version().partition(".")[0])
        else:
            password = self._passwords.owner
            await cluster.make_cluster(
                self._data, programs=programs, account=account, password=password, durable=self._durable
            )
        cluster.configure(self._data, log=log, account=account, durable=self._durable)
        await self._run(programs, account)
        await self._make_contents()

    def _account(self) -> Account | None:
        """Existing data stay with the account that owns them."""
        chosen = server_account(self._wanted)
        if chosen is None or not self._data.exists():
            return chosen
        facts = self._data.stat()
        if facts.st_uid == 0:
            detail = f"{self._data} belongs to root, and PostgreSQL refuses to run as root: chown -R it"
            raise AccountUnknown(detail, account="root")
        return Account(facts.st_uid, facts.st_gid)

    async def _take_lock(self) -> None:
        """Hold the folder as long as this object runs a server; the kernel lets go of it if we are killed."""
        if self._lock is not None:
            return
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _LOCK_WITHIN
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
                    os.close(descriptor)
                    detail = f"{self._folder} is held by process {holder}"
                    raise FolderInUse(detail, holder=holder) from error
                await asyncio.sleep(_POLL * 10)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock = descriptor

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _end_orphan(self, account: Account | None) -> None:
        """End a server whose starter was killed: we hold the lock, so nobody else answers for it."""
        pid = self._orphan()
        if pid is None:
            self._disown_status(account)
            return
        for number, patience in _STOP_STEPS:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await pid_ended(pid)
                return
        detail = f"the server {pid} of an earlier start does not end"
        raise StopFailed(detail, pid=pid)

    def _orphan(self) -> int | None:
        """Return the process id of a living server on our data, told from a stranger by its working folder."""
        lines = self._status()
        if not lines:
            return None
        try:
            pid = int(lines[0])
            return pid if Path(f"/proc/{pid}/cwd").samefile(self._data) else None
        except (ValueError, OSError):
            return None

    def _disown_status(self, account: Account | None) -> None:
        """Keep a number in a stale postmaster.pid, meanwhile a stranger's, from stopping the start.

        PostgreSQL takes its parent's number for stale. The file itself stays: its other lines let the new server
        see whether processes of the old one still use the shared memory.
        """
        lines = self._status()
        if lines:
            text = "\n".join([str(os.getpid()), *lines[1:]])
            cluster.write_durably(self._data / "postmaster.pid", f"{text}\n", account=account)

    def _status(self) -> list[str]:
        """Return the lines of postmaster.pid: process id, folder, start, port, socket, address, key, status."""
        try:
            return (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    async def _run(self, programs: Path, account: Account | None) -> None:
        """Start the server until it is ready, on another port when the remembered one was snatched away.

        A server that is started again after a crash keeps its port: its clients know it.
        """
        pinned = bool(self._port)
        deadline = time.monotonic() + _SETTLE_WITHIN
        while True:
            if not self._port:
                self._port = cluster.remembered_port(self._folder / "port")
            output = self._spawn(programs, account)
            if await self._ready():
                return
            text = output.read_text(encoding="utf-8", errors="replace")[-2000:]
            snatched = not cluster.port_is_free(self._port)
            settling = "shared memory block" in text or "lock file" in text
            if snatched and not pinned:
                self._port = 0
            if time.monotonic() > deadline or not (snatched or settling):
                detail = f"postgres did not get ready: {text}"
                raise StartFailed(detail, output=text)
            await asyncio.sleep(_POLL * 10)

    def _spawn(self, programs: Path, account: Account | None) -> Path:
        output = self._folder / "start.log"
        with output.open("wb") as file:
            self._process = spawn(
                [str(programs / "postgres"), "-D", str(self._data), "-p", str(self._port)],
                env=cluster.ENVIRONMENT,
                account=account,
                death_signal=signal.SIGINT,
                output=file,
            )
        return output

    async def _ready(self) -> bool:
        """Wait until the server takes connections; False when it ends or takes too long."""
        deadline = time.monotonic() + _READY_WITHIN
        while self.is_running and time.monotonic() < deadline:
            lines = self._status()
            if len(lines) >= _STATUS_LINE and lines[0] == str(self.pid) and lines[_STATUS_LINE - 1].strip() == "ready":
                return True
            await asyncio.sleep(_POLL)
        return False

    async def _make_contents(self) -> None:
        """Make roles and database once; a crash in the middle is made good at the next start."""
        made = self._folder / "made"
        if made.exists():
            return
        connection = await self._connect()
        try:
            await cluster.make_roles(connection, self._known_passwords())
            with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                await cluster.make_database(connection, cluster.DATABASE, None)
        finally:
            await connection.close()
        cluster.write_durably(made, version())

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.owner_url_of("postgres"), ssl=False, timeout=30)

    async def stop(self) -> None:
        """Shut down (fast, then immediate) and let go of the folder; raise `StopFailed` if the server stays."""
        process = self._process
        if process is not None:
            for number, patience in _STOP_STEPS:
                if process.poll() is not None:
                    break
                process.send_signal(number)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await ended(process)
            if process.poll() is None:
                detail = f"the server {process.pid} does not end"
                raise StopFailed(detail, pid=process.pid)
        self._process = None
        self._port = 0
        self._release_lock()

    async def wait(self) -> int:
        """Return the server's exit code once it has ended (0 at once if it does not run)."""
        return await ended(self._process) if self._process is not None else 0

    async def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database, as a copy of `template` if given (nobody may be connected to that one)."""
        connection = await self._connect()
        try:
            await cluster.make_database(connection, name, template)
        finally:
            await connection.close()

    async def drop_database(self, name: str) -> None:
        """Drop a database if it exists, ending the connections to it."""
        connection = await self._connect()
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {cluster.identifier(name)} WITH (FORCE)")
        finally:
            await connection.close()
