"""Signs of life of a run while it waits for its source, which may take its time, and the end of that waiting."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.imports.hand import RunCancelled, RunGone, RunInHand
from core.kernel.jobs.context import JobSuperseded

log = logging.getLogger(__name__)


@asynccontextmanager
async def beating(hand: RunInHand) -> AsyncIterator[None]:
    """Give a sign of life every few seconds, whatever the block waits for.

    When somebody asks the run to stop, the block is cancelled where it stands: what is being committed is rolled back
    as a whole. Raises `RunCancelled`, `RunGone` or `JobSuperseded` then, as a chunk of the run does.
    """
    worker = asyncio.current_task()
    heard: list[Exception] = []

    async def beat() -> None:
        while not heard:
            await asyncio.sleep(hand.services.beat_every)
            try:
                await hand.alive()
            except (RunCancelled, RunGone, JobSuperseded) as error:
                heard.append(error)
                if worker is not None:
                    worker.cancel()
            except Exception:
                # The next chunk meets the same, and says it to the queue.
                log.exception("a run of an import could not give a sign of life")

    beats = asyncio.create_task(beat())
    try:
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.wait((beats,))
    except asyncio.CancelledError:
        if heard and worker is not None:
            worker.uncancel()
            raise heard[0] from None
        raise
