"""Which streams of a connection are read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.connections.configuring import Require, update
from core.connections.errors import StreamUnknown
from core.connections.finding import lock_connection
from core.connections.models import ConnectionRow
from core.kernel.database.work import Work


def known_streams(row: ConnectionRow) -> list[dict[str, Any]]:
    """Return the streams that the last good check saw, each with its state and whether it is `chosen`."""
    said: list[dict[str, Any]] = (row.check_result or {}).get("streams", [])
    return [{**stream, "chosen": is_chosen(row, stream["name"], optional=stream["optional"])} for stream in said]


def is_chosen(row: ConnectionRow, name: str, *, optional: bool) -> bool:
    """Say whether a run reads a stream: as somebody chose, else every one that is not optional."""
    return not optional if row.streams is None else name in row.streams


async def choose_streams(
    work: Work, connection_id: UUID, require: Require, names: Sequence[str] | None
) -> ConnectionRow:
    """Let runs read these streams and no others; None: every one that is not optional.

    `require` hears the present revision first. Raises `StreamUnknown` for what the last good check did not see.
    """
    row = await lock_connection(connection_id)
    require(row.revision)
    available = [stream["name"] for stream in known_streams(row)]
    unknown = sorted(set(names or ()) - set(available))
    if unknown:
        raise StreamUnknown(unknown=unknown, available=available)
    chosen = None if names is None else [name for name in available if name in set(names)]
    await update(row, streams=chosen)
    work.record("connection.streams_chosen", "connection", row.id, {"streams": chosen})
    return row
