"""Files are settled many at a time: few questions, every one of them read back, and uploads go first."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from core.documents.keeper import TOGETHER, Keeper
from core.documents.spool import Spool, SpoolName
from tests.registry.documents.papers import keep, read, settle, text
from tests.registry_house import House


class Counting:
    """Counts units of work, and what is read back."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.units = 0
        self.read_back: list[str] = []

    def services(self) -> Any:  # noqa: ANN401 - with doubles in it
        database, vault = self.house.services.database, self.house.services.vault

        class Database:
            def __getattr__(_, name: str) -> Any:  # noqa: ANN401, N805 - anything of a database
                return getattr(database, name)

            @asynccontextmanager
            async def work(_, scope: Any) -> AsyncIterator[Any]:  # noqa: ANN401, N805 - as `Database.work`
                self.units += 1
                async with database.work(scope) as work:
                    yield work

        class Vault:
            def __getattr__(_, name: str) -> Any:  # noqa: ANN401, N805 - anything of a vault
                return getattr(vault, name)

            async def verify(_, key: str, *rest: Any) -> Any:  # noqa: ANN401, N805 - as `Vault.verify`
                self.read_back.append(key)
                return await vault.verify(key, *rest)

        return replace(self.house.services.documents, database=Database(), vault=Vault())  # type: ignore[arg-type]


async def test_each_file_is_read_back_and_the_database_asked_once_for_an_institution(house_in_memory: House) -> None:
    house = house_in_memory
    made = [await keep(place) for place in (house.a, house.other) for _ in range(4)]
    counting = Counting(house)
    assert await settle(house, Keeper(counting.services(), abandoned_after=0)) == 8
    assert counting.units == 4
    assert sorted(key.split("/")[2] for key in counting.read_back) == sorted(each["id"] for each in made)
    assert await house.owner.fetchval("SELECT count(*) FROM document_versions WHERE verified_at IS NULL") == 0


async def test_a_damaged_file_of_a_group_is_put_again_and_settled_with_the_next(house_in_memory: House) -> None:
    house, content = house_in_memory, text()
    damaged, _, _ = await keep(house.a, content), await keep(house.a), await keep(house.a)
    [key] = [each for each in await house.objects() if damaged["id"] in each]
    house.memory.corrupt(key)
    assert await settle(house) == 2
    assert [name.split(".")[1] for name in house.spooled()] == [damaged["id"]]
    assert await settle(house) == 1
    assert (await read(house.a, damaged)).content == content


class Waiting(Spool):
    """Counts how often somebody waited for a lull."""

    waited = 0

    async def lull(self) -> bool:
        self.waited += 1
        return True


async def test_uploads_go_first_and_groups_stay_small(house_in_memory: House) -> None:
    house = house_in_memory
    spool = Waiting(house.services.documents.spool.folder, reserve=0)
    sizes = [1] * TOGETHER + [1] + [50 << 20] * 3
    for number, size in enumerate(sizes):
        path = spool.path(SpoolName(house.a.id, uuid4(), UUID(int=number + 1)))
        path.touch()
        os.truncate(path, size)
    services = replace(house.services.documents, spool=spool)
    keeper = Keeper(services, abandoned_after=60, steps_back=True)
    assert await settle(house, keeper) == 0
    assert spool.waited == 4 + 1, "before each group, and before the spare files are seen to"
    await keeper.replay()
    assert spool.waited == 4 + 1
