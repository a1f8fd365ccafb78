"""Time as a value that is passed in; only the composition root owns a real clock."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Any callable that returns the present moment, aware, in UTC."""


def today(clock: Clock, time_zone: str) -> date:
    """Return the calendar date that a wall calendar in `time_zone` (IANA name) shows now."""
    return clock().astimezone(ZoneInfo(time_zone)).date()
