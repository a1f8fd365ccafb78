"""The object server that the service starts: it comes back, loses nothing acknowledged, and lets nobody else in."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from storage.embedded import EmbeddedStore
from storage.embedded.ports import DOORS, choose, is_free, remembered
from storage.embedded.space import VOLUME, Space, reserve_of
from storage.errors import (
    StorageError,
    StoreFolderInUse,
    StoreRefused,
    StoreStartFailed,
    StoreUnavailable,
    VacuumFailed,
)
from storage.objects import StoredVersion
from storage.s3 import S3Vault
from tests.object_storage.surroundings import governance, keep, make_source, new_key, read


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "хранилище originals")
    yield store
    await store.stop(patience=0.1)


def lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("ascii", errors="replace")
    except OSError:
        return False


async def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_second_start_finds_the_same_objects_at_the_same_address(store: EmbeddedStore, tmp_path: Path) -> None:
    address = await store.start()
    source = make_source(tmp_path, 300_000)
    async with await store.open_vault() as vault:
        stored = await keep(vault, source, lock=governance(1))
    await store.stop()
    assert not store.is_running
    assert await store.start() == address
    async with await store.open_vault() as vault:
        assert await read(vault, stored.key, stored.version_id) == source.data
        assert (await vault.stat(stored.key)).lock == stored.lock


async def test_a_killed_store_is_unavailable_and_recovers(store: EmbeddedStore, tmp_path: Path) -> None:
    address = await store.start()
    source = make_source(tmp_path, 1000)
    async with await store.open_vault() as vault:
        stored = await keep(vault, source)
        await store.kill()
        assert not store.is_running
        started = time.monotonic()
        for call in (vault.ping, lambda: read(vault, stored.key), lambda: keep(vault, source)):
            with pytest.raises(StoreUnavailable):
                await call()
        with pytest.raises(StorageError):
            await vault.destroy(stored.key)
        assert time.monotonic() - started < 5
        assert await store.start() == address
        assert await read(vault, stored.key, stored.version_id) == source.data
        await vault.ping()


async def test_a_crash_during_puts_loses_nothing_acknowledged(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.start()
    sources = [make_source(tmp_path, 20_000 + number) for number in range(20)]
    acknowledged: list[StoredVersion] = []

    async def write() -> None:
        number = 0
        while True:
            acknowledged.append(await keep(vault, sources[number % len(sources)]))
            number += 1

    async with await store.open_vault() as vault:
        for _ in range(2):
            before = len(acknowledged)
            writers = [asyncio.create_task(write()) for _ in range(8)]
            await eventually(lambda before=before: len(acknowledged) > before + 60)  # type: ignore[misc]
            await store.kill()
            ends = await asyncio.gather(*writers, return_exceptions=True)
            assert {type(end) for end in ends} == {StoreUnavailable}
            await store.start()
        checks = [vault.verify(each.key, each.version_id, each.sha256) for each in acknowledged]
        assert all(seen.intact for seen in await asyncio.gather(*checks))


async def test_a_put_whose_answer_was_lost_is_settled_by_repeating_it(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.start()
    source, key = make_source(tmp_path, 100_000), new_key()
    async with await store.open_vault() as vault:
        putting = asyncio.create_task(keep(vault, source, key))
        await asyncio.sleep(0)
        await store.kill()
        await asyncio.gather(putting, return_exceptions=True)
        await store.start()
        stored = await keep(vault, source, key)
        assert [entry.version_id async for entry in vault.versions(key)] == [stored.version_id]
        assert (await vault.verify(key, None, source.sha256)).intact


async def test_only_one_supervisor_has_a_folder(store: EmbeddedStore) -> None:
    await store.start()
    rival = EmbeddedStore(store.folder)
    with pytest.raises(StoreFolderInUse):
        await rival.start()
    assert store.is_running


async def test_objects_survive_a_change_of_ports(store: EmbeddedStore, tmp_path: Path) -> None:
    before = await store.start()
    source = make_source(tmp_path, 10_000)
    async with await store.open_vault() as vault:
        stored = await keep(vault, source)
    await store.stop()
    ports = json.loads((store.folder / "ports.json").read_text("ascii"))
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", ports["master.port"]))
        squatter.listen()
        after = await store.start()
        assert after.endpoint != before.endpoint
        assert (after.access_key, after.secret_key) == (before.access_key, before.secret_key)
        async with await store.open_vault() as vault:
            assert await read(vault, stored.key, stored.version_id) == source.data
            later = await keep(vault, source)
            assert await read(vault, later.key) == source.data


PARENT = """
import asyncio, sys
from pathlib import Path
from storage.embedded import EmbeddedStore

async def main():
    store = EmbeddedStore(Path(sys.argv[1]))
    await store.start()
    print(store.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_the_server_dies_with_its_supervisor(store: EmbeddedStore) -> None:
    parent = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", PARENT, str(store.folder)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    assert lives(pid)
    parent.send_signal(signal.SIGKILL)
    await asyncio.to_thread(parent.wait)
    parent.stdout.close()
    await eventually(lambda: not lives(pid))
    await store.start()


async def test_a_server_that_outlived_its_supervisor_is_replaced(store: EmbeddedStore, tmp_path: Path) -> None:
    address = await store.start()
    source = make_source(tmp_path, 100)
    async with await store.open_vault() as vault:
        stored = await keep(vault, source)
    orphan = store.pid
    assert orphan is not None
    store._release_folder()
    successor = EmbeddedStore(store.folder)
    try:
        assert await successor.start() == address
        assert successor.pid != orphan
        await eventually(lambda: not store.is_running)
        async with await successor.open_vault() as vault:
            assert await read(vault, stored.key) == source.data
    finally:
        await successor.stop(patience=0.1)


async def test_an_innocent_process_is_never_ended(store: EmbeddedStore) -> None:
    innocent = await asyncio.to_thread(subprocess.Popen, ["sleep", "60"])
    try:
        store.folder.mkdir()
        (store.folder / "server.pid").write_text(str(innocent.pid), "ascii")
        await store.start()
        assert innocent.poll() is None
    finally:
        innocent.kill()
        await asyncio.to_thread(innocent.wait)


async def test_a_server_that_does_not_come_up_leaves_nothing_running(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store", start_patience=0.0)
    with pytest.raises(StoreStartFailed) as refusal:
        await store.start()
    assert str(tmp_path) in refusal.value.log
    assert not store.is_running
    patient = EmbeddedStore(tmp_path / "store")
    (tmp_path / "store" / "data").rmdir() if not any((tmp_path / "store" / "data").iterdir()) else None
    await patient.start()
    await patient.stop(patience=0.1)


async def test_a_server_that_ends_at_once_is_reported_at_once(store: EmbeddedStore) -> None:
    store.folder.mkdir()
    (store.folder / "data").mkdir()
    (store.folder / "data" / "filerldb2").write_text("no folder", "ascii")
    started = time.monotonic()
    with pytest.raises(StoreStartFailed):
        await store.start()
    assert time.monotonic() - started < 15


async def test_destroyed_bytes_leave_the_disk_with_the_vacuum(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.start()
    destroyed, kept = make_source(tmp_path, 100_000), make_source(tmp_path, 100_000)

    def on_disk(data: bytes) -> bool:
        return any(data[:1000] in file.read_bytes() for file in store.folder.rglob("*") if file.is_file())

    async with await store.open_vault() as vault:
        doomed, spared = await keep(vault, destroyed), await keep(vault, kept)
        assert on_disk(destroyed.data)
        await vault.destroy(doomed.key)
        deadline = time.monotonic() + 10
        while on_disk(destroyed.data):
            assert time.monotonic() < deadline
            await store.vacuum()
        assert on_disk(kept.data)
        assert await read(vault, spared.key) == kept.data


async def test_a_vacuum_that_cannot_be_done_says_so(store: EmbeddedStore) -> None:
    await store.start()
    await store.kill()
    with pytest.raises(VacuumFailed):
        await store.vacuum(patience=1)


async def test_the_disk_is_watched(store: EmbeddedStore, tmp_path: Path) -> None:
    await store.start()
    space = store.space()
    assert 0 < space.free <= space.total
    assert space.has_room_for(0)
    assert not space.has_room_for(space.total)
    async with await store.open_vault() as vault:
        with pytest.raises(StorageError, match="full"):
            await vault.put(new_key(), tmp_path / "huge", sha256="0" * 64, size=space.total, media_type="video/mp4")


@pytest.mark.parametrize(
    ("free", "size", "fits"), [(10, 0, True), (10, 4, True), (10, 5, False), (3, 0, True), (3, 1, False)]
)
def test_the_reserve_is_not_for_objects(free: int, size: int, fits: bool) -> None:  # noqa: FBT001 — a column of a table
    assert Space(total=100 * VOLUME, free=free, reserve=6).has_room_for(size) is fits


@pytest.mark.parametrize(
    ("total", "reserve"),
    [(VOLUME, VOLUME * 15 // 100), (20 * VOLUME, 2 * VOLUME), (1000 * VOLUME, 20 * VOLUME)],
)
def test_the_reserve_suits_the_disk(total: int, reserve: int) -> None:
    assert reserve_of(total) == reserve


def test_ports_are_kept_while_they_are_free_and_damage_is_survived(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    chosen = choose(file)
    assert set(chosen) == set(DOORS)
    assert len(set(chosen.values())) == len(DOORS)
    assert choose(file) == chosen == remembered(file)
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", chosen["s3.port"]))
        squatter.listen()
        assert not is_free(chosen["s3.port"])
        assert choose(file)["s3.port"] != chosen["s3.port"]
    for damage in ("", "[]", '{"s3.port": 1}', "null"):
        file.write_text(damage, "ascii")
        assert remembered(file) == {}
        assert set(choose(file)) == set(DOORS)


async def test_damaged_secrets_are_not_guessed(store: EmbeddedStore) -> None:
    store.folder.mkdir()
    (store.folder / "secrets.json").write_text("{}", "ascii")
    with pytest.raises(ValueError, match="damaged"):
        await store.start()


async def test_a_refusal_names_what_the_store_said(s3_vault: S3Vault) -> None:
    with pytest.raises(StoreRefused) as refusal:
        s3_vault._door.send("POST", new_key(), query={"uploadId": "nonsense"}, body=b"<nonsense/>")
    assert refusal.value.s3_code
