"""When a request is sent again, and how long that waits."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from core.outbound.limits import Limits
from core.sdk.errors import ConnectorTransient

TRANSIENT: Final = frozenset({429, 502, 503, 504, 550})
"""Statuses that say: not now. 550 is what one platform says instead of 503."""


def retry_after(value: str, now: datetime) -> int | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3), None if it says nothing readable."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), 10**8)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round((moment - now).total_seconds()))


def backoff(limits: Limits) -> Callable[[Exception], bool | float]:
    """Return what decides over an error: False passes it on, True waits as usual, a number waits as asked."""

    def decide(error: Exception) -> bool | float:
        if not isinstance(error, ConnectorTransient):
            return False
        if error.retry_after is None:
            return True
        return float(error.retry_after) if error.retry_after <= limits.longest_wait_seconds else False

    return decide
