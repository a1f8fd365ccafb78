"""When a run is repeated that a passing problem has hindered: soon at first, then ever later, at most a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.imports.models import ImportRun
from core.imports.services import Connections
from core.kernel.database.work import Work

SHORTEST: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(days=1)
_LONGEST_ASKED: Final = timedelta(days=30)
_PROGRESS: Final = ("new", "matched", "changed", "same", "gone", "returned")

_TELL: Final = """
UPDATE import_run_streams SET retry_at = $3
 WHERE institution_id = $1 AND run_id = $2 AND state = 'incomplete' AND reason = 'transient'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """What a run has met that passes by itself."""

    hindered: bool = False
    asked: datetime | None = None
    """When the source itself wishes to be asked again."""


def pause_after(failing_for: timedelta) -> timedelta:
    """Return how long to wait when runs have been hindered for so long: as long again and a quarter of an hour.

    Undisturbed that is 15 and 30 minutes, 1, 2, 4, 8 and 16 hours, then a day each time.
    """
    return min(max(failing_for, timedelta(0)) + SHORTEST, LONGEST)


def asked_time(now: datetime, retry_after: int | None) -> datetime | None:
    """Return when a source wishes to be asked again that has named seconds; a month at most is believed."""
    if retry_after is None:
        return None
    return now + timedelta(seconds=min(max(retry_after, 0), int(_LONGEST_ASKED.total_seconds())))


async def repeat_at(
    work: Work, connections: Connections, run: ImportRun, met: Hindrance, counts: Mapping[str, int]
) -> datetime | None:
    """Return when a run is to be repeated, `None` if nothing has hindered it; the connection learns of it.

    A source that gives what it can and names a time (a quota) is asked at that time. One that gives nothing, or names
    no time, is asked ever later.
    """
    if met.hindered and met.asked is not None and any(counts.get(name) for name in _PROGRESS):
        await connections.hindered(work, run.connection_id, hindered=False)
        return await _told(work, run, met.asked)
    since = await connections.hindered(work, run.connection_id, hindered=met.hindered)
    if since is None:
        return None
    own = work.now + pause_after(work.now - since)
    return await _told(work, run, own if met.asked is None else max(own, met.asked))


async def _told(work: Work, run: ImportRun, at: datetime) -> datetime:
    await work.run(_TELL, [work.scope.institution_id, run.id, at])
    return at
