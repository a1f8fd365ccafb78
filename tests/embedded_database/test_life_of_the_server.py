"""Starts, stops, crashes: two servers never share a folder, and nothing committed is lost."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.embedded_account import server_account
from core.kernel.database.embedded_errors import (
    FolderInUse,
    SecretsLost,
    StartFailed,
    StopFailed,
    VersionMismatch,
)
from core.kernel.processes import spawn
from core.kernel.supervision import Backoff, Supervisor

# Starts a server, says which process it is, and stays until it is killed.
_STARTER = """
import asyncio, sys
from pathlib import Path
from core.kernel.database.embedded import EmbeddedPostgres
async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
    await server.start()
    print(server.pid, server.owner_url, flush=True)
    await server.wait()
asyncio.run(main())
"""


async def _write(url: str, number: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        await connection.execute("INSERT INTO kept VALUES ($1)", number)
    finally:
        await connection.close()


async def _read(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row["number"] for row in await connection.fetch("SELECT number FROM kept ORDER BY number")]
    finally:
        await connection.close()


def _command(pid: int | None) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def _start_elsewhere(folder: Path) -> tuple[subprocess.Popen[bytes], int, str]:
    """Start a server in a process of its own; return that process, the server's number and its address."""
    starter = spawn([sys.executable, "-c", _STARTER, str(folder)], output=subprocess.PIPE)
    assert starter.stdout is not None
    pid, url = starter.stdout.readline().decode().split()
    return starter, int(pid), url


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


async def _until_gone(pid: int) -> None:
    deadline = time.monotonic() + 15
    while not _gone(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("name", ["pg", 'the school\'s "папка" \\ 1'])
async def test_a_second_start_finds_the_same_data_port_and_passwords(open_folder: Path, name: str) -> None:
    first = EmbeddedPostgres(open_folder / name, durable=False)
    await first.start()
    await first.start()
    url = first.owner_url
    await _write(url, 1)
    await first.stop()
    await first.stop()
    assert not first.is_running
    second = EmbeddedPostgres(open_folder / name, durable=False)
    await second.start()
    assert second.owner_url == url
    assert list((open_folder / name / "log").glob("postgresql-*.log"))
    assert await _read(url) == [1]
    await second.stop()


async def test_real_data_are_forced_to_the_disk(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg")
    await server.start()
    connection = await asyncpg.connect(server.app_url)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await connection.fetchval("SELECT current_setting($1)", setting) == "on"
    await connection.close()
    await server.stop()


async def test_secrets_and_data_are_closed_to_others(postgres: EmbeddedPostgres) -> None:
    assert (postgres.folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert (postgres.folder / "cluster").stat().st_mode & 0o777 == 0o700
    assert (postgres.folder / "log").stat().st_mode & 0o777 == 0o700
    passwords = json.loads((postgres.folder / "passwords.json").read_text())
    assert passwords["owner"] != passwords["service"]
    assert all(len(password) >= 32 for password in passwords.values())
    command = _command(postgres.pid)
    assert not [password for password in passwords.values() if password in command]


async def test_a_taken_port_is_replaced(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    await server.start()
    port = server.port
    await server.stop()
    with socket.create_server(("127.0.0.1", port)):
        await server.start()
        assert server.port != port
        await _write(server.owner_url, 1)
        await server.stop()


async def test_a_killed_server_recovers_on_its_port(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg")
    await server.start()
    url, pid = server.owner_url, server.pid
    await _write(url, 7)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert await server.wait() == -signal.SIGKILL
    assert not server.is_running
    await server.start()
    assert server.owner_url == url
    assert await _read(url) == [7]
    await server.stop()


async def test_a_supervised_server_is_started_again_at_its_address(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg")
    written: list[str] = []
    async with Supervisor(write=written.append, backoff=Backoff(first=0.01)) as supervisor:
        await supervisor.start(server)
        url, pid = server.owner_url, supervisor.status()["postgresql"].pid
        await _write(url, 8)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 15
        while supervisor.status()["postgresql"].restarts == 0:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        assert await _read(url) == [8]
    assert not server.is_running
    assert written == ["postgresql ended unexpectedly (-9) and is started again"]


async def test_the_server_ends_with_a_killed_starter_and_the_next_start_finds_everything(open_folder: Path) -> None:
    starter, pid, url = _start_elsewhere(open_folder / "pg")
    await _write(url, 3)
    starter.kill()
    starter.communicate()
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    await server.start()
    assert await _read(server.owner_url) == [3]
    assert _gone(pid)
    await server.stop()


async def test_a_server_that_outlived_its_starter_is_ended_before_another_starts(open_folder: Path) -> None:
    first = EmbeddedPostgres(open_folder / "pg", durable=False)
    await first.start()
    await _write(first.owner_url, 4)
    orphan = first._process
    assert orphan is not None
    first._release_lock()
    second = EmbeddedPostgres(open_folder / "pg", durable=False)
    await second.start()
    assert orphan.wait() == 0
    assert second.pid != orphan.pid
    assert await _read(second.owner_url) == [4]
    await second.stop()


async def test_two_services_never_share_a_folder(postgres: EmbeddedPostgres) -> None:
    pid = postgres.pid
    intruder = EmbeddedPostgres(postgres.folder, durable=False)
    with pytest.raises(FolderInUse) as refusal:
        await intruder.start()
    assert refusal.value.facts["holder"] == str(os.getpid())
    assert postgres.pid == pid


async def test_a_stale_file_that_names_a_stranger_harms_nobody(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    await server.start()
    await server.stop()
    stranger = spawn(["/bin/sleep", "60"], account=server_account())
    (open_folder / "pg" / "cluster" / "postmaster.pid").write_text(f"{stranger.pid}\n")
    await server.start()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    await server.stop()


async def test_lost_passwords_are_named_and_the_data_stay(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    with pytest.raises(StartFailed):
        server.owner_url.strip()
    await server.start()
    await server.stop()
    file = open_folder / "pg" / "passwords.json"
    kept = file.read_text()
    for broken in ("not json", "{}"):
        file.write_text(broken)
        with pytest.raises(SecretsLost):
            await server.start()
    file.unlink()
    with pytest.raises(SecretsLost) as refusal:
        await server.start()
    assert refusal.value.facts["file"] == str(file)
    file.write_text(kept)
    await server.start()
    await server.stop()


async def test_data_of_another_major_version_are_not_touched(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    await server.start()
    await server.stop()
    (open_folder / "pg" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(VersionMismatch) as refusal:
        await server.start()
    assert refusal.value.facts == {"found": "17", "needed": "18"}


async def test_a_server_that_cannot_start_says_why(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    await server.start()
    await server.stop()
    shutil.rmtree(open_folder / "pg" / "cluster" / "global")
    with pytest.raises(StartFailed) as refusal:
        await server.start()
    assert "global" in str(refusal.value.facts["output"])
    assert not server.is_running


async def test_an_initdb_cut_short_leaves_nothing_that_looks_like_data(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    starting = asyncio.create_task(server.start())
    deadline = time.monotonic() + 10
    while not list((open_folder / "pg").glob("cluster-new-*/data/PG_VERSION")):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not (open_folder / "pg" / "cluster").exists()
    (open_folder / "pg" / "cluster-new-left").mkdir()
    await server.start()
    assert not list((open_folder / "pg").glob("cluster-new-*"))
    await server.stop()


async def test_roles_missed_by_a_crash_are_made_at_the_next_start(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    await server.start()
    await server.drop_database("deloteka")
    await server.stop()
    (open_folder / "pg" / "made").unlink()
    await server.start()
    connection = await asyncpg.connect(server.app_url)
    assert await connection.fetchval("SELECT current_user") == "deloteka_service"
    await connection.close()
    await server.stop()


async def test_a_server_that_does_not_stop_is_reported(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = EmbeddedPostgres(open_folder / "pg", durable=False)
    await server.start()
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr("core.kernel.database.embedded._STOP_STEPS", ((signal.SIGINT, 0.1), (signal.SIGQUIT, 0.1)))
    with pytest.raises(StopFailed):
        await server.stop()
    with pytest.raises(FolderInUse):
        await EmbeddedPostgres(open_folder / "pg", durable=False).start()
    server._release_lock()
    with pytest.raises(StopFailed):
        await EmbeddedPostgres(open_folder / "pg", durable=False).start()
    os.kill(pid, signal.SIGCONT)
    await _until_gone(pid)
    await server.stop()
    assert await server.wait() == 0


async def test_a_crashed_backend_does_not_take_the_server_along(open_folder: Path) -> None:
    server = EmbeddedPostgres(open_folder / "pg")
    await server.start()
    await _write(server.owner_url, 5)
    victim = await asyncpg.connect(server.owner_url)
    os.kill(await victim.fetchval("SELECT pg_backend_pid()"), signal.SIGKILL)
    victim.terminate()
    deadline = time.monotonic() + 15
    while True:
        try:
            assert await _read(server.owner_url) == [5]
            break
        except (asyncpg.PostgresError, OSError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
    assert server.is_running
    await server.stop()
