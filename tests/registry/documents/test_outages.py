"""Something is gone or full: nothing is acknowledged, nothing is half-kept, and the service recovers by itself."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.documents.keeper import Keeper
from core.documents.spool import Spool
from core.kernel.errors import DatabaseUnavailable
from storage.embedded import EmbeddedStore
from storage.errors import StoreUnavailable
from storage.s3 import Patience
from tests.kernel_database import HandClock
from tests.registry.conftest import BuildHouse
from tests.registry.documents.papers import decide, keep, quarantine, read, send, settle, text, withdraw
from tests.registry_house import House, code


async def nothing_is_half_kept(house: House) -> None:
    assert await house.owner.fetchval("SELECT count(*) FROM documents") == 0
    keeper = Keeper(house.services.documents, abandoned_after=0)
    await settle(house, keeper)
    assert house.spooled() == []
    assert await house.objects() == []


async def test_a_full_spool_refuses_before_anything_is_lost(build_house: BuildHouse) -> None:
    house = await build_house(settings={"DELOTEKA_INTAKE__FREE_SPACE_RESERVE_BYTES": str(2**60)})
    answer = await send(house.a)
    assert code(answer) == (507, "no_space")
    assert "Retry-After" in answer.headers
    await nothing_is_half_kept(house)


async def test_a_disk_that_fills_up_on_the_way_refuses_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write

    def write(descriptor: int, data: Any) -> int:  # noqa: ANN401 - a buffer
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".spool":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real_write(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    assert code(await send(house.a)) == (507, "no_space")
    monkeypatch.undo()
    await nothing_is_half_kept(house)
    assert (await send(house.a)).status_code == 201


async def test_the_reserve_is_kept_also_when_no_length_was_announced(house: House, tmp_path: Path) -> None:
    class Shrinking(Spool):
        """The disk has room at the start only."""

        asked = 0

        def require_space(self, size: int) -> None:
            self.asked += 1
            if self.asked > 1:
                self._reserve = 2**60
            super().require_space(size)

    spool = Shrinking(house.services.documents.spool.folder, reserve=0)
    house.app.state.documents = replace(house.services.documents, spool=spool)

    async def body() -> Any:  # noqa: ANN401 - a generator
        for _ in range(4):
            yield b"a" * 2**20

    assert code(await send(house.a, body())) == (507, "no_space")
    assert house.spooled() == []


async def test_a_full_object_store_is_no_room(house_in_memory: House) -> None:
    house = house_in_memory
    house.memory.faults.full = True
    assert code(await send(house.a)) == (507, "no_space")
    house.memory.faults.full = False
    await nothing_is_half_kept(house)
    await keep(house.a)


async def test_without_the_store_nothing_is_acknowledged_and_it_comes_back_by_itself(house_in_memory: House) -> None:
    house = house_in_memory
    content = text()
    house.memory.faults.unavailable = True
    answer = await send(house.a, content, key="k")
    assert code(answer) == (503, "storage_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    house.memory.faults.unavailable = False
    await nothing_is_half_kept(house)
    assert (await send(house.a, content, key="k")).status_code == 201


async def test_an_object_whose_answer_was_lost_is_cleared_away(house_in_memory: House) -> None:
    house = house_in_memory
    house.memory.faults.lose_next_answers = 1
    assert code(await send(house.a)) == (503, "storage_unavailable")
    assert len(await house.objects()) == 1
    await nothing_is_half_kept(house)


async def test_what_nobody_owns_is_kept_for_a_while_before_it_goes(house_in_memory: House) -> None:
    house = house_in_memory
    house.memory.faults.lose_next_answers = 1
    await send(house.a)
    patient = Keeper(house.services.documents, abandoned_after=60)
    assert await settle(house, patient) == 0
    assert len(house.spooled()) == 1


async def test_a_real_store_that_is_killed_is_503_until_it_is_back(build_house: BuildHouse, tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    await store.start()
    try:
        async with await store.open_vault(patience=Patience(connect=2.0, answer=5.0)) as vault:
            house = await build_house(vault=vault)
            content = text()
            made = await keep(house.a, content)
            await store.kill()
            for answer in (await send(house.a, key="k"), await read(house.a, made)):
                assert code(answer) == (503, "storage_unavailable")
                assert "Retry-After" in answer.headers
            assert (await send(house.a, b"")).status_code == 422
            await store.start()
            assert (await read(house.a, made)).content == content
            await keep(house.a, key="k")
            await settle(house)
            assert len(await house.objects()) == 2
    finally:
        await store.stop(patience=0.1)


class Door:
    """PostgreSQL's door for the service."""

    def __init__(self, house: House) -> None:
        self._owner = house.owner
        self._database = house.service_url.rpartition("/")[2]
        self._role = house.service_url.partition("//")[2].partition(":")[0]

    async def shut(self) -> None:
        await self._owner.execute(f"ALTER ROLE {self._role} CONNECTION LIMIT 0")
        await self._owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = $2",
            self._database,
            self._role,
        )

    async def open(self) -> None:
        await self._owner.execute(f"ALTER ROLE {self._role} CONNECTION LIMIT -1")


@pytest.fixture
async def door(house: House) -> AsyncIterator[Door]:
    made = Door(house)
    yield made
    await made.open()


async def test_without_the_database_nothing_is_acknowledged_and_it_comes_back_by_itself(
    house: House, door: Door
) -> None:
    content = text()
    made = await keep(house.a, content)
    await door.shut()
    for answer in (await send(house.a), await read(house.a, made), await withdraw(house.a, made)):
        assert code(answer) == (503, "database_unavailable")
        assert "Retry-After" in answer.headers
    await door.open()
    assert (await read(house.a, made)).content == content
    await keep(house.a)
    await settle(house)
    assert len(await house.objects()) == 2


async def test_a_database_that_goes_between_storing_and_writing_down_leaves_nothing_astray(
    house: House, door: Door
) -> None:
    vault = house.services.vault
    real_put = vault.put_fresh

    async def put(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as `Vault.put_fresh`
        stored = await real_put(*arguments, **options)
        await door.shut()
        return stored

    class Cutting:
        """The vault, until it has stored something."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - anything of a vault
            return put if name == "put_fresh" else getattr(vault, name)

    whole = house.services.documents
    house.app.state.documents = replace(whole, vault=Cutting())  # type: ignore[arg-type]
    content = text()
    answer = await send(house.a, content, key="k")
    assert code(answer) == (503, "outcome_unknown")
    await door.open()
    house.app.state.documents = whole
    assert (await send(house.a, content, key="k")).status_code == 201
    await settle(house)
    assert house.spooled() == []
    assert len(await house.objects()) == 1


async def test_a_commit_whose_answer_was_lost_is_found_out(house: House) -> None:

    database = house.services.database
    lost = 0

    class Forgetful:
        """Commits the writing down, and loses the answer."""

        work = staticmethod(database.work)
        records = staticmethod(database.records)

        async def call(self, scope: Any, function: str, *values: Any) -> Any:  # noqa: ANN401 - as `Database.call`
            nonlocal lost
            rows = await database.call(scope, function, *values)
            if function == "keep_upload":
                lost += 1
                raise DatabaseUnavailable
            return rows

    house.app.state.documents = replace(house.services.documents, database=Forgetful())  # type: ignore[arg-type]
    content = text()
    made = await keep(house.a, content)
    assert lost == 1
    assert (await read(house.a, made)).content == content


async def test_what_the_store_lost_after_the_acknowledgement_is_put_back(house_in_memory: House) -> None:
    house = house_in_memory
    content, other = text(), text()
    made, second = await keep(house.a, content), await keep(house.a, other)
    house.memory._objects.clear()
    keeper = Keeper(house.services.documents, abandoned_after=0)
    assert await keeper.replay() == 2
    assert await keeper.replay() == 0
    assert (await read(house.a, made)).content == content
    assert (await house.actions()).count("document.restored_from_spool") == 2
    house.memory._objects.clear()
    await settle(house, keeper)
    assert len(house.spooled()) == 2
    await settle(house, keeper)
    assert house.spooled() == []
    assert (await read(house.a, second)).content == other
    shown = await house.clerk.get(f"/api/v1/documents/{made['id']}")
    assert shown.json()["version"]["verified_at"] is not None


async def test_a_damaged_object_is_replaced_and_a_damaged_spool_copy_is_not_used(house_in_memory: House) -> None:
    house = house_in_memory
    content = text()
    made = await keep(house.a, content)
    (versions,) = house.memory._objects.values()
    versions[0].data = b"x" * len(content)
    keeper = Keeper(house.services.documents, abandoned_after=0)
    assert await keeper.replay() == 1
    assert (await read(house.a, made)).content == content
    spool = house.services.documents.spool
    (name,) = spool.names()
    spool.path(name).write_bytes(b"y" * len(content))
    house.memory._objects.clear()
    assert await keeper.replay() == 0
    await settle(house, keeper)
    assert len(house.spooled()) == 1


async def test_one_file_that_cannot_be_settled_does_not_stop_the_others(house_in_memory: House) -> None:
    house = house_in_memory
    made = [await keep(house.a) for _ in range(3)]
    hindered = house.services.documents.vault
    real_verify = hindered.verify

    async def verify(key: str, *rest: Any) -> Any:  # noqa: ANN401 - as `Vault.verify`
        if made[0]["id"] in key:
            raise StoreUnavailable(reason="told not to answer")
        return await real_verify(key, *rest)

    class Hindered:
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - anything of a vault
            return verify if name == "verify" else getattr(hindered, name)

    services = replace(house.services.documents, vault=Hindered())  # type: ignore[arg-type]
    assert await settle(house, Keeper(services, abandoned_after=0)) == 2
    assert [UUID(name.split(".")[1]) for name in house.spooled()] == [UUID(made[0]["id"])]


async def test_the_keeper_leaves_alone_what_is_worked_on_and_what_is_fresh(
    house: House, clock: HandClock, tmp_path: Path
) -> None:
    made = await keep(house.a)
    keeper = Keeper(house.services.documents, abandoned_after=0)
    spool = house.services.documents.spool
    (name,) = spool.names()
    with spool.claim(name) as path:
        assert path is not None
        assert await settle(house, keeper) == 0
    (spool.folder / "stranger.txt").write_text("a")
    assert await settle(house, keeper) == 1
    assert house.spooled() == ["stranger.txt"]
    assert made["version"]["verified_at"] is None


async def test_removal_and_release_wait_for_the_keeper(house: House) -> None:
    made = await quarantine(house.a)
    spool = house.services.documents.spool
    (name,) = spool.names()
    with spool.claim(name):
        releasing = asyncio.create_task(decide(house.a, made, "release"))
        await asyncio.sleep(0.3)
        assert not releasing.done()
    assert (await releasing).status_code == 200
    with spool.claim(name):
        withdrawing = asyncio.create_task(withdraw(house.a, made))
        await asyncio.sleep(0.3)
        assert not withdrawing.done()
    assert (await withdrawing).status_code == 204
    assert house.spooled() == []
