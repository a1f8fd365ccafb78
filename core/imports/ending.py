"""How a run ends: what it says of itself, and what goes with it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.imports.hand import RunInHand
from core.imports.models import ImportRun, Mode
from core.imports.patience import Hindrance, asked_time, repeat_at
from core.imports.runs import ended_event
from core.kernel.database.work import Work

FEW_LETTERS: Final = 10
"""Dead letters that never make a run a failed one."""
TOO_MANY: Final = 0.5
"""Share of the records of a run above which dead letters say that something is wrong with the whole of it."""

_END: Final = """
UPDATE import_runs SET state = $3, ended_at = $4, heartbeat_at = $4, reason = $5, message = $6, retry_at = $7,
       counts = $8::jsonb
 WHERE institution_id = $1 AND id = $2 AND state = 'running'
"""
_CLEAR: Final = "DELETE FROM import_seen WHERE institution_id = $1 AND run_id = $2"
_SAME: Final = """
SELECT coalesce(sum(same), 0) AS same FROM import_run_partitions WHERE institution_id = $1 AND run_id = $2
"""
_DEAD: Final = """
SELECT count(*) AS dead FROM import_letters WHERE institution_id = $1 AND run_id = $2 AND state = 'open'
"""
_UNMATCHED: Final = """
SELECT count(*) AS unmatched FROM import_proposals WHERE institution_id = $1 AND connection_id = $2 AND state = 'open'
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """What ended a run before its streams were read."""

    reason: str
    message: str
    retry_after: int | None = None

    def hindrance(self, now: datetime) -> Hindrance:
        """Return what of it passes by itself."""
        return Hindrance(hindered=self.reason == "transient", asked=asked_time(now, self.retry_after))


async def outcome_of(work: Work, hand: RunInHand, stop: Stop | None) -> None:
    """End a run by what became of its streams; `stop` is what ended it before."""
    counts = await _counts(work, hand)
    retry_at = await _repeat_at(work, hand, stop, counts)
    streams = list(hand.streams.values())
    failed = [each for each in streams if each.state == "failed"]
    incomplete = [each for each in streams if each.state == "incomplete"]
    if stop is not None:
        message = hand.opened.redact(stop.message)
        await write_end(work, hand.run, "failed", counts, reason=stop.reason, message=message, retry_at=retry_at)
        return
    first = next(iter([*failed, *incomplete]), None)
    state = "complete"
    if first is not None or counts["dead"] or counts["unmatched"]:
        state = "partial"
    if _is_failed(counts) or (
        failed and len(failed) + len([e for e in incomplete if e.reason == "parent"]) == len(streams)
    ):
        state = "failed"
    if first is not None and len(failed) + len(incomplete) == len(streams) and not any(counts.values()):
        # Of a platform that is down not even a part was read.
        state = "failed"
    reason, message = ("", "") if first is None else (first.reason, first.message)
    if state == "failed" and first is None:
        reason, message = "record", "more than half of what was read could not be taken"
    await write_end(work, hand.run, state, counts, reason=reason, message=message, retry_at=retry_at)


async def _repeat_at(work: Work, hand: RunInHand, stop: Stop | None, counts: Mapping[str, int]) -> datetime | None:
    if hand.opened.source is None:
        # Nobody was asked, so nothing was learned of the source.
        return None
    waiting = [each for each in hand.streams.values() if (each.state, each.reason) == ("incomplete", "transient")]
    asked = [each.retry_at for each in waiting if each.retry_at is not None]
    met = Hindrance(hindered=bool(waiting), asked=max(asked, default=None))
    if stop is not None:
        met = stop.hindrance(work.now)
    return await repeat_at(work, hand.services.connections, hand.run, met, counts)


def _is_failed(counts: Mapping[str, int]) -> bool:
    read = sum(counts.get(name, 0) for name in ("new", "matched", "changed", "same", "unmatched", "dead"))
    dead = counts.get("dead", 0)
    return dead > FEW_LETTERS and dead > TOO_MANY * read


async def end_run(hand: RunInHand, state: str) -> None:
    """End a run that somebody has cancelled; what was committed stays."""
    async with hand.context.work() as work:
        await write_end(work, hand.run, state, await _counts(work, hand))


async def _counts(work: Work, hand: RunInHand) -> Counter[str]:
    counts: Counter[str] = Counter(hand.extra)
    for stream in hand.streams.values():
        counts += stream.counts
    institution, run = work.scope.institution_id, hand.run
    counts["same"] = int((await work.rows(_SAME, [institution, run.id]))[0]["same"])
    if run.mode == Mode.DRY_RUN:
        return counts
    counts["dead"] = int((await work.rows(_DEAD, [institution, run.id]))[0]["dead"])
    counts["unmatched"] = int((await work.rows(_UNMATCHED, [institution, run.connection_id]))[0]["unmatched"])
    return counts


async def write_end(
    work: Work,
    run: ImportRun,
    state: str,
    counts: Mapping[str, int],
    *,
    reason: str = "",
    message: str = "",
    retry_at: datetime | None = None,
) -> None:
    """Write the end of a run; its marks of what it has met go."""
    institution = work.scope.institution_id
    said = {name: number for name, number in sorted(counts.items()) if number}
    values = [state, work.now, reason, message[:1_000], retry_at, json.dumps(said)]
    if not await work.run(_END, [institution, run.id, *values]):
        return
    await work.run(_CLEAR, [institution, run.id])
    told = {"connection": str(run.connection_id), "mode": run.mode, "state": state, "reason": reason, "counts": said}
    work.record("import.ended", "import_run", run.id, told)
    work.emit("import.ended", ended_event(run.id, run.connection_id, state, run.mode))
