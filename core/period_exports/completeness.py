"""Whether everything was read that a snapshot is of: what the runs of the connection say, and what waits for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.connections.models import ConnectionRow
from core.institutions.registry import present
from core.kernel.database.work import Work
from core.sdk.connectors import EntityKind
from core.studies.models import StudyPeriod

_TOLD: Final = frozenset({EntityKind.RESULTS, EntityKind.FINAL_RESULTS, EntityKind.ATTENDANCE})
_KINDS: Final = sorted(
    kind.value
    for kind in _TOLD
    | {
        EntityKind.STUDY_PERIODS,
        EntityKind.SUBJECTS,
        EntityKind.GROUPS,
        EntityKind.LEARNERS,
        EntityKind.ENROLMENTS,
        EntityKind.STAFF,
    }
)
_RUNS: Final = """
SELECT state, message FROM import_runs WHERE institution_id = $1 AND connection_id = $2 AND mode <> 'dry_run'
 ORDER BY id DESC LIMIT 1
"""
_STREAMS: Final = """
SELECT DISTINCT ON (s.stream) s.stream, s.title, s.kind, s.state, s.message,
       max(r.ended_at) FILTER (WHERE s.state = 'complete') OVER every AS read_at,
       max(r.started_at) FILTER (WHERE s.state = 'complete') OVER every AS begun_at
  FROM import_run_streams s JOIN import_runs r ON r.institution_id = s.institution_id AND r.id = s.run_id
 WHERE s.institution_id = $1 AND r.connection_id = $2 AND r.mode IN ('sync', 'backfill') AND s.kind = ANY ($3::text[])
   AND ($4::text[] IS NULL OR s.stream = ANY ($4))
WINDOW every AS (PARTITION BY s.stream)
 ORDER BY s.stream, r.id DESC
"""
_LETTERS: Final = """
SELECT stream, count(*) AS count FROM import_letters
 WHERE institution_id = $1 AND connection_id = $2 AND state = 'open' AND kind = ANY ($3::text[])
 GROUP BY stream ORDER BY stream
"""
_PROPOSALS: Final = """
SELECT count(*) AS count FROM import_proposals WHERE institution_id = $1 AND connection_id = $2 AND state = 'open'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of the reading that a snapshot rests on."""

    shortcomings: Sequence[Mapping[str, Any]]
    """`code`, `words` in Russian, and where it applies `stream` and `count`."""
    read_at: Mapping[str, datetime | None]
    """Moment of the last complete run of each stream."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.shortcomings


async def look_at_reading(work: Work, connection: ConnectionRow, period: StudyPeriod) -> Reading:
    """Return what a snapshot of a period would rest on now."""
    who = [work.scope.institution_id, connection.id]
    zone = ZoneInfo((await present(work)).time_zone)
    streams = await work.rows(_STREAMS, [*who, _KINDS, connection.streams])
    found = [*_of_runs(await work.rows(_RUNS, who), streams)]
    for row in streams:
        found += _of_stream(row, period.ends_on, zone)
    found += [
        _said("letters_open", f"Поток «{row['stream']}»: не принято записей: {row['count']}.", **dict(row))
        for row in await work.rows(_LETTERS, [*who, _KINDS])
    ]
    waiting = (await work.rows(_PROPOSALS, who))[0]["count"]
    if waiting:
        found.append(_said("people_waiting", f"Ждут сопоставления с людьми: {waiting}.", count=waiting))
    return Reading(shortcomings=found, read_at={row["stream"]: row["read_at"] for row in streams})


def _of_runs(last: Sequence[Mapping[str, Any]], streams: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not last or not any(row["kind"] in _TOLD for row in streams):
        return [_said("never_read", "Результаты с платформы ещё ни разу не читались.")]
    state = last[0]["state"]
    if state in {"queued", "running"}:
        return [_said("run_under_way", "Загрузка данных с платформы ещё идёт.")]
    if state == "failed":
        return [_said("run_failed", "Последняя загрузка данных с платформы не удалась.")]
    if state == "cancelled":
        return [_said("run_cancelled", "Последняя загрузка данных с платформы прервана.")]
    return []


def _of_stream(row: Mapping[str, Any], ends_on: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    stream = row["stream"]
    found = []
    if row["state"] != "complete":
        found.append(_said("stream_incomplete", f"Поток «{stream}» прочитан не полностью.", stream=stream))
    begun: datetime | None = row["begun_at"]
    if row["kind"] in _TOLD and begun is not None and begun.astimezone(zone).date() <= ends_on:
        words = f"Поток «{stream}» полностью прочитан до окончания учебного периода."
        found.append(_said("read_before_end", words, stream=stream))
    return found


def _said(code: str, words: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - of JSON
    return {"code": code, "words": words, **facts}
