"""Run the connector against the simulated library, without a service and without a database."""

import asyncio

from deloteka_library_cards.connector import LibraryCards
from deloteka_library_cards.simulated import SimulatedLibrary

from core.devkit.bench import Bench


async def main() -> None:
    """Connect, run twice, break the connection, and run again."""
    library = SimulatedLibrary()
    bench = Bench(LibraryCards, library.configuration(), hosts=library.hosts(), file_hosts=library.file_hosts)
    print("connected to:", (await bench.check()).identity.title)
    print("first run:", await told(bench))
    print("second run:", await told(bench))
    library.revoke(after=3)
    print("with a dead key:", await told(bench))
    await bench.reconnect(library.renewed())
    print("with a new key:", await told(bench))


async def told(bench: Bench) -> str:
    """Run, and say what became of it."""
    report = await bench.run()
    counts = report.counts
    return f"{report.outcome}, {counts.new} new, {counts.same} unchanged, {report.requests} requests"


asyncio.run(main())
