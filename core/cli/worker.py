"""`deloteka worker`: runs jobs, seals the audit trail, settles the spool of this host."""

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from core.cli.installation import CONFIG_OPTION, Installation

if TYPE_CHECKING:
    from core.kernel.settings import Settings

_NICENESS: Final = 10


@click.command("worker")
@CONFIG_OPTION
def worker(path: Path | None) -> None:
    """Work in the background, with a database and a storage that run already; every host with a spool needs one."""
    from core.kernel.logs import configure_logs

    settings = Installation.of(path).reachable()
    configure_logs(settings.log)
    # Previews must not slow down those who wait for an answer.
    os.nice(_NICENESS)
    asyncio.run(_work(settings))


async def _work(settings: "Settings") -> None:
    from core.bootstrap.background import run_worker
    from core.bootstrap.parts import open_services
    from core.kernel.memory import keep_for_good

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_services(settings, background=True) as services:
        keep_for_good()
        await run_worker(services, stop)
