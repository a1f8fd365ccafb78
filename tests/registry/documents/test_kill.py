"""Processes are killed in the middle of uploads: every acknowledged upload is read back byte for byte."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, nullcontext
from itertools import count
from pathlib import Path
from random import Random

import httpx
import pytest

from core.bootstrap.parts import APPS
from core.documents.keeper import Keeper
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate
from demo.scans import pdf_of_size
from storage.embedded import EmbeddedStore
from storage.s3 import Patience
from tests.kernel_database import HandClock
from tests.registry.documents.papers import DOCUMENTS, digest, read, settle, text
from tests.registry.documents.running import RunningApi
from tests.registry_house import House, Site, open_house

CLERKS = 4
ROUNDS = 3


class Desk:
    """Clerks who send one file after another, each with a key, and send again what was not acknowledged."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._numbers = count(1)
        self._again: list[tuple[str, bytes]] = []
        self.kept: dict[str, str] = {}
        """Digest of what was sent, by document."""
        self.refused: set[int] = set()
        self.last = asyncio.Event()

    def _next(self) -> tuple[str, bytes]:
        if self._again:
            return self._again.pop()
        number = next(self._numbers)
        return f"key-{number}", pdf_of_size(60, number) if number % 3 else text()

    async def work(self, client: httpx.AsyncClient) -> None:
        while not self.last.is_set():
            key, content = self._next()
            name = "a.pdf" if content.startswith(b"%PDF") else "a.txt"
            query = {"kind": "other", "file_name": name, **self._house.a.holder()}
            try:
                answer = await client.post(DOCUMENTS, params=query, content=content, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                self._again.append((key, content))
                await asyncio.sleep(0.01)
                continue
            if answer.status_code in {200, 201}:
                self.kept[answer.json()["id"]] = digest(content)
            else:
                self.refused.add(answer.status_code)
                self._again.append((key, content))
                await asyncio.sleep(0.05)

    async def until(self, number: int) -> None:
        """Wait until so many uploads are acknowledged."""
        deadline = asyncio.get_running_loop().time() + 60
        while len(self.kept) < number:
            assert asyncio.get_running_loop().time() < deadline, (len(self.kept), number, self.refused)
            await asyncio.sleep(0.01)

    async def check(self) -> None:
        """Let the keeper work as after a start, and read everything back."""
        house = self._house
        keeper = Keeper(house.services.documents, abandoned_after=0)
        await keeper.replay()
        await settle(house, keeper)
        await settle(house, keeper)
        assert house.spooled() == []
        for document, sent in self.kept.items():
            answer = await read(house.a, {"id": document})
            assert digest(answer.content) == sent
        async with house.services.documents.database.work(house.a.scope()) as work:
            rows = await work.rows("SELECT object_key FROM document_versions")
        assert sorted(row["object_key"] for row in rows) == sorted(await house.objects())


async def test_an_api_process_may_be_killed_at_any_moment(house: House) -> None:
    desk, random = Desk(house), Random(7)  # noqa: S311 - any moments will do
    for _ in range(ROUNDS):
        acknowledged = len(desk.kept)
        async with RunningApi(house) as api:
            desk.last.clear()
            async with asyncio.TaskGroup() as clerks:
                for _ in range(CLERKS):
                    clerks.create_task(desk.work(api.client))
                await desk.until(acknowledged + 3)
                await asyncio.sleep(random.uniform(0, 0.3))
                api.kill()
                desk.last.set()
    assert desk.refused == set()
    await desk.check()


def _folder_that_others_pass() -> Path:
    """PostgreSQL may run under an account of its own."""
    folder = Path(tempfile.mkdtemp(prefix="deloteka-test-"))
    folder.chmod(0o711)
    return folder


@pytest.fixture
async def frail_house(
    site: Site, clock: HandClock, tmp_path: Path
) -> AsyncIterator[tuple[House, EmbeddedPostgres, EmbeddedStore]]:
    """A house on a durable PostgreSQL and an object store of its own."""
    folder = _folder_that_others_pass()
    postgres, store = EmbeddedPostgres(folder / "postgresql"), EmbeddedStore(folder / "store")

    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.push_async_callback(store.stop, 0.1)
        stack.push_async_callback(postgres.stop)
        await postgres.start()
        await store.start()
        vault = await stack.enter_async_context(await store.open_vault(patience=Patience(connect=0.5, answer=5.0)))
        await postgres.create_database("frail")
        await migrate(postgres.owner_url_of("frail"), postgres.app_url_of("frail"), apps=APPS)
        here = Site(site.plugins, site.sandbox, postgres, lambda: nullcontext("frail"))
        house = await open_house(stack, here, folder=tmp_path, clock=clock, vault=vault)
        yield house, postgres, store
        await store.start()
        await postgres.start()


async def test_database_and_object_store_may_be_killed_in_the_middle_of_uploads(
    frail_house: tuple[House, EmbeddedPostgres, EmbeddedStore],
) -> None:
    house, postgres, store = frail_house
    desk = Desk(house)
    clerks = [asyncio.create_task(desk.work(house.clerk)) for _ in range(CLERKS)]
    await desk.until(3)
    await store.kill()
    await asyncio.sleep(0.2)
    await store.start()
    await desk.until(len(desk.kept) + CLERKS)
    await kill(postgres)
    await asyncio.sleep(0.2)
    await postgres.start()
    await desk.until(len(desk.kept) + CLERKS)
    await store.kill()
    await kill(postgres)
    await postgres.start()
    await store.start()
    await desk.until(len(desk.kept) + CLERKS)
    desk.last.set()
    await asyncio.gather(*clerks)
    assert desk.refused <= {503}
    await desk.check()


async def kill(postgres: EmbeddedPostgres) -> None:
    assert postgres.pid is not None
    os.kill(postgres.pid, signal.SIGKILL)
    while postgres.is_running:  # noqa: ASYNC110 - its own service knows no other way
        await asyncio.sleep(0.01)
