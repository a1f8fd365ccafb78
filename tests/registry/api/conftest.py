"""An application that runs in a loop of its own, for tests that are not asynchronous themselves."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from starlette.types import Receive, Scope, Send

from storage.memory import MemoryVault
from tests.kernel_database import HandClock
from tests.registry.api import (
    asking_consents,
    asking_disposal,
    asking_exits,
    asking_handed_over,
    asking_liquidation,
    asking_notifications,
    asking_paperwork,
    asking_redating,
    asking_results,
)
from tests.registry.api.asking import World
from tests.registry.api.asking_cases import known
from tests.registry_house import Site, open_house

T = TypeVar("T")


class Elsewhere:
    """A loop in a thread, and the world whose application lives there; callable as that application."""

    def __init__(self) -> None:
        self.world: World
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="application", daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = asyncio.get_running_loop()

        async def receive_here() -> Any:  # noqa: ANN401 - a message
            return await _of(receive(), here)

        async def send_here(message: Any) -> None:  # noqa: ANN401 - a message
            await _of(send(message), here)

        await _of(self.world.house.app(scope, receive_here, send_here), self._loop)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _of(work: Any, loop: asyncio.AbstractEventLoop) -> Any:  # noqa: ANN401 - whatever is awaited
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


@pytest.fixture(scope="module")
def elsewhere(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """The whole application on the vault in memory, with one of everything in its first institution."""
    made, stack = Elsewhere(), AsyncExitStack()
    folder: Path = tmp_path_factory.mktemp("elsewhere")

    async def begin() -> None:
        clock = HandClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        house = await open_house(stack, site, folder=folder, clock=clock, vault=MemoryVault(clock))
        made.world = World(house)
        await made.world.furnish()
        made.world.known = await known(made.world) | await asking_consents.known(made.world)
        made.world.known |= await asking_disposal.known(made.world)
        made.world.known |= await asking_exits.known(made.world)
        made.world.known |= await asking_handed_over.known(made.world)
        made.world.known |= await asking_redating.known(made.world)
        made.world.known |= await asking_liquidation.known(made.world)
        made.world.known |= await asking_notifications.known(made.world)
        made.world.known |= await asking_paperwork.known(made.world)
        made.world.known |= await asking_results.known(made.world)

    made.do(begin())
    yield made
    made.do(stack.aclose())
    made.end()
