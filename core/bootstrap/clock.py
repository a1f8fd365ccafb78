"""The only place that reads the clock; everybody else is handed it."""

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
