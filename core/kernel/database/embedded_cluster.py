"""The files of an embedded PostgreSQL: passwords, initdb, configuration, port, roles."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from core.kernel.database.embedded_errors import SecretsLost, StartFailed, VersionMismatch
from core.kernel.keeper import living
from core.kernel.processes import Account, ended, signal_group, spawn

OWNER: Final = "deloteka_owner"
SERVICE: Final = "deloteka_service"
DATABASE: Final = "deloteka"
HOST: Final = "127.0.0.1"
_KILLED_WITHIN: Final = 2.0
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""All a server process gets of the environment: PG* variables of the caller must not change it."""

# The builtin provider folds Cyrillic case without help of the operating system, the same on every machine;
# lc_ctype is for what still asks the C library (word splitting of pg_trgm).
_INITDB: Final = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--lc-ctype=C.UTF-8",
    "--data-checksums",
    "--auth=scram-sha-256",
    f"--username={OWNER}",
)

# Errors, statements and parameters carry personal data: the log keeps only the server's own life (level LOG lies
# above ERROR), tersely, because DETAIL lines quote rows. The service logs its own errors, redacted.
_CONFIGURATION: Final = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = 128MB
work_mem = 8MB
maintenance_work_mem = 64MB
effective_cache_size = 1GB
max_wal_size = 1GB
commit_delay = 400  # microseconds, in which commits are flushed together where five or more are under way
io_method = 'sync'
max_parallel_workers_per_gather = 1
max_logical_replication_workers = 0
jit = off
shared_preload_libraries = ''
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = on
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_min_messages = 'log'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_statement = 'none'
log_min_duration_statement = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_autovacuum_min_duration = -1
"""
_FORGETFUL: Final = """\
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 10min
"""
_ACCESS: Final = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The generated passwords of the two roles."""

    owner: str
    service: str


def write_durably(path: Path, text: str, *, mode: int = 0o600, account: Account | None = None) -> None:
    """Put `text` into `path`, for `account`, as a whole or not at all, and onto the disk.

    The file changes hands before it gets its name: in a folder that is the server's, a name could be swapped
    for a link, and root would give away what it points to.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), mode)
        if account is not None:
            os.fchown(file.fileno(), account.uid, account.gid)
        os.fsync(file.fileno())
    Path(name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_private_folder(folder: Path, account: Account | None) -> None:
    """Make `folder`, if it is missing, for `account` alone."""
    if not folder.exists():
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, account.uid, account.gid)


def secrets_of(file: Path, *, data_exist: bool) -> Secrets:
    """Return the passwords kept in `file`, generating them before there are data; raise `SecretsLost` after."""
    if file.exists():
        try:
            return Secrets(**json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            detail = f"{file} is damaged"
            raise SecretsLost(detail, file=str(file)) from error
    if data_exist:
        detail = f"{file} is missing, but there are data beside it"
        raise SecretsLost(detail, file=str(file))
    fresh = Secrets(secrets.token_urlsafe(24), secrets.token_urlsafe(24))
    write_durably(file, json.dumps({"owner": fresh.owner, "service": fresh.service}))
    return fresh


def require_version(data: Path, needed: str) -> None:
    """Raise `VersionMismatch` unless the cluster in `data` is of PostgreSQL's major version `needed`."""
    found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if found != needed:
        detail = f"data of {found}, programs of {needed}"
        raise VersionMismatch(detail, found=found, needed=needed)


async def make_cluster(data: Path, *, programs: Path, account: Account | None, password: str, durable: bool) -> None:
    """Run initdb beside `data` and move the whole result into place; raise `StartFailed` with what it wrote."""
    for leftover in data.parent.glob("cluster-new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(dir=data.parent, prefix="cluster-new-"))
    try:
        if account is not None:
            os.chown(scratch, account.uid, account.gid)
        await _initdb(scratch, programs=programs, account=account, password=password, durable=durable)
        (scratch / "data").rename(data)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _initdb(scratch: Path, *, programs: Path, account: Account | None, password: str, durable: bool) -> None:
    word = scratch / "word"
    write_durably(word, password, account=account)
    argv = [str(programs / "initdb"), f"--pgdata={scratch / 'data'}", f"--pwfile={word}", *_INITDB]
    with tempfile.TemporaryFile() as output:
        process = spawn(
            argv if durable else [*argv, "--no-sync"],
            env=ENVIRONMENT,
            account=account,
            death_signal=signal.SIGKILL,
            output=output,
        )
        try:
            code = await ended(process)
        finally:
            await _end_now(process)
        if code:
            output.seek(0)
            text = output.read().decode(errors="replace")[-2000:]
            detail = f"initdb ended with code {code}: {text}"
            raise StartFailed(detail, output=text)


async def _end_now(process: subprocess.Popen[bytes]) -> None:
    """Kill an initdb that still runs and the servers it has started, which would go on writing for a moment."""
    if process.poll() is not None:
        return
    signal_group(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + _KILLED_WITHIN
    while living({process.pid}) and time.monotonic() < deadline:  # noqa: ASYNC110 (a group gives no notice)
        await asyncio.sleep(0.01)


def configure(data: Path, *, log: Path, account: Account | None, durable: bool) -> None:
    """Write postgresql.conf and pg_hba.conf anew: the settings are this module's, at every start."""
    text = f"{_CONFIGURATION}log_directory = '{_quoted(log)}'\n{'' if durable else _FORGETFUL}"
    for name, content in (("postgresql.conf", text), ("pg_hba.conf", _ACCESS)):
        file = data / name
        if file.read_text(encoding="utf-8") != content:
            write_durably(file, content, account=account)


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "''")


def port_is_free(port: int) -> bool:
    """Say whether a server could listen on `port` of the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def remembered_port(file: Path) -> int:
    """Return the port kept in `file` if it is free, else keep and return another random one."""
    try:
        port = int(file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        port = 0
    if 0 < port < 2**16 and port_is_free(port):
        return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        fresh = int(probe.getsockname()[1])
    write_durably(file, f"{fresh}\n")
    return fresh


async def make_roles(connection: asyncpg.Connection, passwords: Secrets) -> None:
    """Make the service's role as far as it is missing: it logs in, and row-level security binds it."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", SERVICE):
        await connection.execute(f"CREATE ROLE {SERVICE}")
    rights = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION NOINHERIT"
    await connection.execute(f"ALTER ROLE {SERVICE} {rights} PASSWORD '{passwords.service}'")


async def make_database(connection: asyncpg.Connection, name: str, template: str | None) -> None:
    """Make a database that only the two roles may connect to; raise asyncpg's error if the name is taken."""
    source = f" TEMPLATE {identifier(template)}" if template else ""
    await connection.execute(f"CREATE DATABASE {identifier(name)} OWNER {OWNER}{source}")
    await connection.execute(f"REVOKE ALL ON DATABASE {identifier(name)} FROM PUBLIC")
    await connection.execute(f"GRANT CONNECT ON DATABASE {identifier(name)} TO {SERVICE}")


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'
