"""A simulated site and a bench that reads it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.devkit.bench import Bench
from core.sdk.connectors import Message, ReadRequest, Record
from plugins.moodle.connector import Moodle
from plugins.moodle.simulator.platform import SimulatedMoodle


@pytest.fixture
def moodle() -> SimulatedMoodle:
    return SimulatedMoodle()


@pytest.fixture
def bench(moodle: SimulatedMoodle) -> Bench:
    return bench_at(moodle)


def bench_at(moodle: SimulatedMoodle, **changes: Any) -> Bench:  # noqa: ANN401 - fields of the configuration
    return Bench(Moodle, {**moodle.configuration(), **changes}, hosts=moodle.hosts())


async def messages_of(bench: Bench, stream: str, *, cursor: str | None = None) -> list[Message]:
    """Read one stream with a connector of its own."""
    connector = await bench.open()
    found: list[Message] = []
    for partition in await connector.partitions(stream):
        request = ReadRequest(stream=stream, partition=partition, cursor=cursor, started_at=bench.now)
        found += [message async for message in connector.read(request)]
    return found


async def records_of(bench: Bench, stream: str, *, cursor: str | None = None) -> dict[str, Record]:
    """Return the records of one stream by their external ids."""
    messages = await messages_of(bench, stream, cursor=cursor)
    return {message.external_id: message for message in messages if isinstance(message, Record)}


@pytest.fixture(scope="session")
def samples() -> Mapping[str, Any]:
    """Answers of a real Moodle 4.5 about artificial people."""
    found: Mapping[str, Any] = json.loads((Path(__file__).parent / "samples.json").read_text(encoding="utf-8"))
    return found
