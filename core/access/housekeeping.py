"""Forgets what nobody needs any more: sessions that ended long ago, attempts that are counted no longer."""

from datetime import timedelta
from typing import Final

from core.kernel.database.connection import Database
from core.kernel.scope import installation_scope
from core.kernel.settings import AccessSettings

_SESSIONS_KEPT: Final = timedelta(days=30)
"""Long enough to look into an incident; the audit trail keeps the rest."""


async def forget_stale(database: Database, settings: AccessSettings) -> int:
    """Delete sessions that ended 30 days ago and attempts older than the window; return how many rows went."""
    async with database.work(installation_scope(source="access housekeeping")) as work:
        attempts_before = work.now - timedelta(minutes=settings.attempts_window_minutes)
        rows = await work.rows(
            "SELECT forget_stale_access($1, $2) AS gone", [work.now - _SESSIONS_KEPT, attempts_before]
        )
        return int(rows[0]["gone"])
