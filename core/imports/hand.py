"""What a run that works holds in its hands, and what every chunk of it writes beside the records."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.imports.models import ImportRun, Mode
from core.imports.plans import Key
from core.imports.services import ImportServices, OpenedConnection
from core.kernel.database.work import Work
from core.kernel.jobs.context import JobContext

_HEARTBEAT_EVERY: Final = 2.0

_BEAT: Final = """
UPDATE import_runs r SET heartbeat_at = $3
 WHERE r.institution_id = $1 AND r.id = $2 AND r.state = 'running'
RETURNING r.cancel_requested_at IS NOT NULL
       OR EXISTS (SELECT FROM jobs j WHERE j.institution_id = $1 AND j.id = r.job_id
                   AND j.cancel_requested_at IS NOT NULL) AS cancelled
"""
_COUNT: Final = """
UPDATE import_run_streams SET counts = $4::jsonb WHERE institution_id = $1 AND run_id = $2 AND stream = $3
"""
_STATE: Final = """
UPDATE import_run_streams SET state = $4, reason = $5, message = $6, retry_at = $7, partitions = $8
 WHERE institution_id = $1 AND run_id = $2 AND stream = $3
"""


class RunCancelled(Exception):
    """Somebody asked the run to stop; what was committed stays."""


class RunGone(Exception):
    """The run has ended while it was worked on: nothing more is written."""


@dataclass(slots=True)
class StreamInHand:
    """How one stream is in this run."""

    name: str
    state: str = "waiting"
    reason: str = ""
    message: str = ""
    retry_at: datetime | None = None
    partitions: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    """Without `same`, which is counted part by part."""

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self.state not in {"waiting", "running"}


@dataclass(slots=True)
class RunInHand:
    """A run, its connection, and what this attempt remembers of both."""

    services: ImportServices
    context: JobContext
    run: ImportRun
    opened: OpenedConnection
    started_at: datetime
    streams: dict[str, StreamInHand] = field(default_factory=dict)
    would_be: dict[Key, UUID] | None = None
    """In a dry run: entities that would have been made."""
    extra: Counter[str] = field(default_factory=Counter)
    """What came of dead letters, beside what streams count."""
    _next_beat: float = 0.0

    @property
    def dry(self) -> bool:
        """Whether nothing is written but what would be."""
        return self.run.mode == Mode.DRY_RUN

    @asynccontextmanager
    async def chunk(self) -> AsyncIterator[Work]:
        """A unit of work of this run; raise `RunCancelled` at its beginning if somebody asked for that."""
        async with self.context.work() as work:
            await self._beat(work)
            yield work

    async def alive(self) -> None:
        """Give a sign of life, at most every two seconds; raise `RunCancelled` if somebody asked for that."""
        if time.monotonic() >= self._next_beat:
            async with self.chunk():
                pass

    async def _beat(self, work: Work) -> None:
        self._next_beat = time.monotonic() + _HEARTBEAT_EVERY
        rows = await work.rows(_BEAT, [work.scope.institution_id, self.run.id, work.now])
        if not rows:
            raise RunGone
        if rows[0]["cancelled"]:
            raise RunCancelled

    async def count(self, work: Work, stream: StreamInHand, counts: Mapping[str, int]) -> None:
        """Add to what a stream has brought so far; `stream` learns it only with `counted`, after the commit."""
        total = stream.counts + own(counts)
        await work.run(_COUNT, [work.scope.institution_id, self.run.id, stream.name, _json(total)])

    async def tell(self, work: Work, stream: StreamInHand) -> None:
        """Write down how a stream is."""
        said: list[Any] = [stream.state, stream.reason, stream.message[:1_000], stream.retry_at, stream.partitions]
        await work.run(_STATE, [work.scope.institution_id, self.run.id, stream.name, *said])


def own(counts: Mapping[str, int]) -> Counter[str]:
    """Return what a stream counts itself: what stays the same is counted part by part."""
    return Counter({name: number for name, number in counts.items() if name != "same"})


def _json(counts: Mapping[str, int]) -> str:
    return "{" + ", ".join(f'"{name}": {number}' for name, number in sorted(counts.items())) + "}"
