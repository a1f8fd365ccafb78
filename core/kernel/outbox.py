"""The outbox: what has happened is told to plugins after the commit, at least once, whatever one of them does."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.ids import INSTALLATION
from core.kernel.scope import Scope
from core.sdk.events import Event

log = logging.getLogger(__name__)

SOURCE: Final = "outbox"
MOST_ATTEMPTS: Final = 12
"""Attempts per event and plugin; the last comes about three hours after the first."""
FIRST_DELAY: Final = timedelta(seconds=5)
LONGEST_DELAY: Final = timedelta(hours=1)
LEASE: Final = timedelta(minutes=10)
"""How long a delivery belongs to the worker that claimed it; after that another one may try."""
KEPT: Final = timedelta(days=30)
"""How long delivered events stay."""
BATCH: Final = 50
_AT_ONCE: Final = 4
"""Events told to one plugin at the same time."""
_ERROR_LENGTH: Final = 500

Listener = Callable[[Event], Awaitable[str | None]]
"""Tells one plugin; answers None when it has heard, else why not, without personal data."""

_DUE: Final = (
    "SELECT id, topic, payload::text AS payload, occurred_at FROM outbox_events"
    " WHERE institution_id = $1 AND delivered_at IS NULL AND due_at <= $2"
    " ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED"
)
_OPEN: Final = (
    "INSERT INTO outbox_deliveries (event_id, plugin, institution_id, next_attempt_at)"
    " SELECT e.id, p.plugin, $1, $2 FROM unnest($3::uuid[], $4::text[]) AS p(id, plugin)"
    " JOIN outbox_events e ON e.id = p.id WHERE e.institution_id = $1 AND NOT e.told_again ON CONFLICT DO NOTHING"
)
_CLAIM: Final = (
    "UPDATE outbox_deliveries SET attempts = attempts + 1, next_attempt_at = $3"
    " WHERE institution_id = $1 AND event_id = ANY($4::uuid[]) AND plugin = ANY($5::text[])"
    " AND delivered_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= $2"
    " RETURNING event_id, plugin, attempts"
)
_LATER: Final = "UPDATE outbox_events SET due_at = $3 WHERE institution_id = $1 AND id = ANY($2::uuid[])"
_HEARD: Final = (
    "UPDATE outbox_deliveries SET delivered_at = $4, last_error = ''"
    " WHERE institution_id = $1 AND event_id = $2 AND plugin = $3 AND delivered_at IS NULL"
)
_NOT_HEARD: Final = (
    "UPDATE outbox_deliveries SET next_attempt_at = $4, last_error = $5, given_up_at = $6"
    " WHERE institution_id = $1 AND event_id = $2 AND plugin = $3 AND delivered_at IS NULL"
)
_SETTLE: Final = (
    "WITH open AS (SELECT e.id, min(d.next_attempt_at) AS due FROM unnest($3::uuid[]) AS e(id)"
    "   LEFT JOIN outbox_deliveries d ON d.event_id = e.id AND d.institution_id = $1 AND d.plugin = ANY($4::text[])"
    "    AND d.delivered_at IS NULL AND d.given_up_at IS NULL GROUP BY e.id)"
    " UPDATE outbox_events o SET delivered_at = CASE WHEN open.due IS NULL THEN $2::timestamptz END,"
    "   due_at = coalesce(open.due, o.due_at)"
    " FROM open WHERE o.id = open.id AND o.institution_id = $1 AND o.delivered_at IS NULL"
)
_FORGET: Final = (
    "DELETE FROM outbox_events e WHERE institution_id = $1 AND delivered_at < $2"
    " AND NOT EXISTS (SELECT FROM outbox_deliveries d WHERE d.event_id = e.id AND d.given_up_at IS NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class _Delivery:
    event: Event
    plugin: str
    attempt: int


@dataclass(frozen=True, slots=True)
class _Answer:
    delivery: _Delivery
    reason: str | None


class OutboxDispatcher:
    """Delivers events to the plugins that listen; to those named in `topics`, only the events named there."""

    def __init__(
        self,
        database: Database,
        listeners: Mapping[str, Listener],
        clock: Clock,
        *,
        topics: Mapping[str, Collection[str]] | None = None,
        most_attempts: int = MOST_ATTEMPTS,
    ) -> None:
        self._database = database
        self._listeners = dict(listeners)
        self._clock = clock
        self._topics = dict(topics or {})
        self._most_attempts = most_attempts
        self._turns = {plugin: asyncio.Semaphore(_AT_ONCE) for plugin in self._listeners}

    async def deliver_due(self) -> int:
        """Tell every plugin what is due; return how many deliveries were made. To be called about once a second.

        Several workers may call it at the same time. Nothing is held open in the database while a plugin is told.
        """
        rows = await self._database.ask("SELECT institutions_with_due_events($1) AS id", [self._clock()])
        made = 0
        for row in rows:
            made += await self._deliver_institution(row["id"])
        return made

    async def _deliver_institution(self, institution_id: UUID) -> int:
        made = 0
        while True:
            events, deliveries = await self._claim(institution_id)
            if not events:
                return made
            if deliveries:
                answers = await asyncio.gather(*(self._tell(delivery) for delivery in deliveries))
                await self._write_down(institution_id, events, answers)
                made += len(answers)

    async def _claim(self, institution_id: UUID) -> tuple[list[UUID], list[_Delivery]]:
        """Take events that are due, so that no other worker does, and the deliveries of them that are due.

        Events of which nothing is to be delivered now are settled at once.
        """
        plugins = list(self._listeners)
        async with self._database.work(_scope(institution_id)) as work:
            rows = await work.rows(_DUE, [institution_id, work.now, BATCH])
            events = {row["id"]: _event(row, institution_id) for row in rows}
            ids, lease = list(events), work.now + LEASE
            if not ids:
                return [], []
            wanted = [
                (event.id, plugin) for event in events.values() for plugin in plugins if self._wants(plugin, event)
            ]
            if wanted:
                await work.run(_OPEN, [institution_id, work.now, *map(list, zip(*wanted, strict=True))])
            claimed = await work.rows(_CLAIM, [institution_id, work.now, lease, ids, plugins])
            if claimed:
                await work.run(_LATER, [institution_id, ids, lease])
            else:
                await self._settle(work, ids)
        return ids, [_Delivery(events[row["event_id"]], row["plugin"], row["attempts"]) for row in claimed]

    def _wants(self, plugin: str, event: Event) -> bool:
        return plugin not in self._topics or event.name in self._topics[plugin]

    async def _tell(self, delivery: _Delivery) -> _Answer:
        try:
            async with self._turns[delivery.plugin]:
                reason = await self._listeners[delivery.plugin](delivery.event)
        except Exception as error:
            log.exception("event %s could not be told to plugin %s", delivery.event.id, delivery.plugin)
            reason = type(error).__name__
        return _Answer(delivery, reason)

    async def _write_down(self, institution_id: UUID, events: Sequence[UUID], answers: Sequence[_Answer]) -> None:
        async with self._database.work(_scope(institution_id)) as work:
            for answer in answers:
                await self._write_answer(work, answer)
            await self._settle(work, events)

    async def _settle(self, work: Work, events: Sequence[UUID]) -> None:
        institution_id = work.scope.institution_id
        await work.run(_SETTLE, [institution_id, work.now, list(events), list(self._listeners)])
        await work.run(_FORGET, [institution_id, work.now - KEPT])

    async def _write_answer(self, work: Work, answer: _Answer) -> None:
        delivery = answer.delivery
        key = [work.scope.institution_id, delivery.event.id, delivery.plugin]
        if answer.reason is None:
            await work.run(_HEARD, [*key, work.now])
            return
        last = delivery.attempt >= self._most_attempts
        if last:
            log.error("plugin %s was not told of event %s and will not be", delivery.plugin, delivery.event.id)
        next_attempt = work.now + delay(delivery.attempt)
        await work.run(_NOT_HEARD, [*key, next_attempt, answer.reason[:_ERROR_LENGTH], work.now if last else None])


def delay(attempt: int) -> timedelta:
    """Return the pause after the given attempt (1 or more): 5 s, twice as long each time, an hour at most."""
    seconds = FIRST_DELAY.total_seconds() * 2.0 ** min(attempt - 1, 16)
    return min(LONGEST_DELAY, timedelta(seconds=seconds))


def _scope(institution_id: UUID) -> Scope:
    return Scope(institution_id=institution_id, source=SOURCE)


def _event(row: Mapping[str, Any], institution_id: UUID) -> Event:
    facts: dict[str, Any] = json.loads(row["payload"])
    object_id = facts.pop(row["topic"].partition(".")[0], None)
    return Event(
        id=row["id"],
        name=row["topic"],
        occurred_at=row["occurred_at"],
        institution_id=None if institution_id == INSTALLATION else institution_id,
        object_id=UUID(object_id) if object_id else None,
        facts=facts,
    )
