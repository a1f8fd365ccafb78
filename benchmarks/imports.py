"""Promise: 3,000 new records a second and 10,000 unchanged ones on two cores, in bounded memory.

A scripted source of 1,000 learners in 40 classes and 100,000 marks in parts of 2,500; a run that is killed ten times is
told by how many records it reads beside those of an undisturbed one.

Run: python -m benchmarks.imports [MARKS]
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from benchmarks.importing import Door, opened, run_and_tell
from core.connections.rooms.room import Room
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id
from core.sdk.connectors import (
    CheckResult,
    Connection,
    Connector,
    ConnectorSpec,
    EntityKind,
    GroupData,
    Hosts,
    HttpClient,
    LearnerData,
    Message,
    Partition,
    ReadRequest,
    Record,
    ResultData,
    State,
    Stream,
    TokenStore,
)

LEARNERS = 1_000
CLASSES = 40
IN_PART = 2_500
PAGE = 500
TODAY = date(2026, 3, 2)
STREAMS = (
    Stream(name="groups", kind=EntityKind.GROUPS, title="Классы"),
    Stream(name="learners", kind=EntityKind.LEARNERS, title="Обучающиеся"),
    Stream(name="marks", kind=EntityKind.RESULTS, title="Отметки", parents=("groups", "learners")),
)


class Nothing(BaseModel):
    """Nothing to fill in."""


CONNECTION = Connection(
    configuration=Nothing(),
    http=cast("HttpClient", None),
    tokens=cast("TokenStore", None),
    clock=lambda: datetime.now(UTC),
    zone=ZoneInfo("UTC"),
    today=TODAY,
)


class Death(Unavailable):
    """Stands for a worker that is no more."""


class Source(Connector):
    """Says the same every time."""

    name: ClassVar[str] = "benchmark"
    marks: ClassVar[int] = 100_000
    read_marks: ClassVar[int] = 0
    deaths: ClassVar[set[int]] = set()

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Not asked."""
        raise NotImplementedError

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return none."""
        del configuration
        return Hosts(api=())

    async def check(self) -> CheckResult:
        """Not asked."""
        raise NotImplementedError

    async def discover(self) -> Sequence[Stream]:
        """Return three streams."""
        return STREAMS

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Return one part for each 2,500 marks."""
        if stream != "marks":
            return (Partition(),)
        return [Partition(key=str(number)) for number in range(-(-self.marks // IN_PART))]

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Say everything, a state after each page."""
        match request.stream:
            case "groups":
                for number in range(CLASSES):
                    yield Record(str(number), GroupData(name=f"{number}А", study_year="2025/2026"), raw={"id": number})
            case "learners":
                for number in range(LEARNERS):
                    data = LearnerData(family_name=f"Учебный{number}", given_name="Иван", number=f"n{number}")
                    yield Record(str(10**18 + number), data, raw={"id_str": str(number), "sex": "male"})
            case _:
                async for message in self._marks(request):
                    yield message

    async def _marks(self, request: ReadRequest) -> AsyncIterator[Message]:
        first = int(request.partition.key) * IN_PART
        begin = first if request.cursor is None else int(request.cursor)
        for number in range(begin, min(first + IN_PART, self.marks)):
            Source.read_marks += 1
            if Source.read_marks in self.deaths:
                self.deaths.discard(Source.read_marks)
                raise Death
            data = ResultData(
                learner=str(10**18 + number % LEARNERS),
                group=str(number % CLASSES),
                value=str(2 + number % 4),
                scale="mark5",
                result_kind="Контрольная",
                title="Работа на уроке",
                held_on=TODAY - timedelta(days=number % 60),
            )
            raw = {
                "id_str": str(number),
                "textValue": "5",
                "mood": "Good",
                "date": "2026-01-02T10:00:00",
                "work": number,
            }
            yield Record(str(2 * 10**18 + number), data, raw=raw)
            if number % PAGE == PAGE - 1:
                yield State(str(number + 1))


async def connect(room: Room) -> Connection:
    """Return a connection to nothing."""
    del room
    return CONNECTION


async def main() -> None:
    """First run, second run, and one that is killed ten times."""
    marks = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    Source.marks = marks
    connection = new_id()
    async with opened(Door(Source, connect)) as (services, scope):
        for what in ("first run", "second run", "third run"):
            await run_and_tell(what, services, scope, connection)
        Source.read_marks = 0
        Source.deaths = {marks * number // 11 + 300 for number in range(1, 11)}
        await run_and_tell("killed ten times", services, scope, new_id())
    print(
        f"read {Source.read_marks:,} marks of {marks:,}: {100 * Source.read_marks / marks - 100:.1f} % more", flush=True
    )


if __name__ == "__main__":
    asyncio.run(main())
