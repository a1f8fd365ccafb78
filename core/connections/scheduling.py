"""When a connection is read by itself: five fields of cron, in the time zone of the institution."""

import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter
from tortoise.queryset import QuerySet

from core.connections.configuring import Require, update
from core.connections.errors import ScheduleInvalid
from core.connections.finding import lock_connection
from core.connections.models import ConnectionRow
from core.connections.services import ConnectionServices
from core.institutions import registry
from core.kernel.database.work import Work
from core.kernel.scope import Scope

log = logging.getLogger(__name__)

StartRun = Callable[[Work, ConnectionRow], Awaitable[object]]
"""Starts a run of a ready connection within the unit of work, or does nothing if one is under way."""

_FIELDS: Final = 5
_ATOM: Final = r"(?:\*|[0-9]{1,2}|[a-z]{3})(?:-(?:[0-9]{1,2}|[a-z]{3}))?(?:/[0-9]{1,2})?"
_FIELD: Final = re.compile(rf"{_ATOM}(?:,{_ATOM}){{0,59}}")
"""No further inventions of croniter: no random times, no words for whole schedules, no last days."""
_SHORTEST: Final = timedelta(minutes=5)
_TRIED: Final = 300
"""Times that are looked at to see how close they lie."""
_AT_ONCE: Final = 50


def next_times(schedule: str, zone: ZoneInfo, after: datetime, count: int) -> list[datetime]:
    """Return the next moments of a schedule, in UTC; raise `ScheduleInvalid` for one that never comes.

    On the day the clock is put forward a time that does not exist comes an hour later, on the day it is put back one
    that exists twice comes once.
    """
    try:
        # Wall-clock times are reckoned first: a schedule means what the clock on the wall shows.
        times = croniter(schedule, after.astimezone(zone).replace(tzinfo=None), max_years_between_matches=5)
        found: list[datetime] = []
        while len(found) < count:
            moment = times.get_next(datetime).replace(tzinfo=zone).astimezone(UTC)
            if moment > after and (not found or moment > found[-1]):
                found.append(moment)
    except (CroniterError, ValueError, OverflowError):
        raise ScheduleInvalid(schedule=schedule[:100]) from None
    return found


def checked_schedule(schedule: str, zone: ZoneInfo, now: datetime) -> str:
    """Return a schedule in its plain spelling; raise `ScheduleInvalid`."""
    plain = " ".join(schedule.lower().split())
    fields = plain.split(" ")
    if len(fields) != _FIELDS or not all(_FIELD.fullmatch(field) for field in fields):
        raise ScheduleInvalid(schedule=plain[:100])
    times = next_times(plain, zone, now, 2)
    if _comes_often(plain):
        times = next_times(plain, zone, now, _TRIED)
    if any(later - earlier < _SHORTEST for earlier, later in pairwise(times)):
        raise ScheduleInvalid(schedule=plain)
    return plain


def _comes_often(plain: str) -> bool:
    """Say whether the field of minutes names several of them."""
    return not plain.split(" ", maxsplit=1)[0].isdigit()


async def set_schedule(work: Work, connection_id: UUID, require: Require, schedule: str) -> ConnectionRow:
    """Let a connection be read by itself, or (with an empty schedule) by hand only. Raises `ScheduleInvalid`."""
    row = await lock_connection(connection_id)
    require(row.revision)
    zone = ZoneInfo((await registry.present(work)).time_zone)
    plain = checked_schedule(schedule, zone, work.now) if schedule.strip() else ""
    following = next_times(plain, zone, work.now, 1)[0] if plain else None
    await update(row, schedule=plain, next_run_at=following)
    work.record("connection.scheduled", "connection", row.id, {"schedule": plain})
    return row


async def start_due_runs(services: ConnectionServices, start: StartRun) -> int:
    """Start the runs that are due in every institution; return how many. To be called every few seconds.

    Missed times are made up for by one run. A connection that needs a sign-in, is paused, or whose plugin is missing
    waits, and runs when that is over.
    """
    rows = await services.database.ask(
        "SELECT institution_id FROM institutions_with_due_connections($1) AS t (institution_id)", [services.clock()]
    )
    started = 0
    for row in rows:
        scope = Scope(institution_id=row["institution_id"], source="schedule")
        async with services.database.work(scope) as work:
            due = await _due(services, work).order_by("next_run_at").limit(_AT_ONCE)
        for connection in due:
            try:
                started += await _start_if_due(services, start, scope, connection.id)
            except Exception:
                # One that cannot be started holds no other up, and is tried again.
                log.exception("the due run of connection %s was not started", connection.id)
    return started


def _due(services: ConnectionServices, work: Work) -> QuerySet[ConnectionRow]:
    available = [each.name for each in services.catalog.connectors]
    return ConnectionRow.filter(next_run_at__lte=work.now, state="ready", paused=False, connector__in=available)


async def _start_if_due(services: ConnectionServices, start: StartRun, scope: Scope, connection_id: UUID) -> bool:
    async with services.database.work(scope) as work:
        row = await _due(services, work).filter(id=connection_id).select_for_update(skip_locked=True).first()
        if row is None:
            return False
        zone = ZoneInfo((await registry.present(work)).time_zone)
        row.next_run_at = next_times(row.schedule, zone, work.now, 1)[0]
        await ConnectionRow.filter(id=row.id).update(next_run_at=row.next_run_at)
        await start(work, row)
    return True
