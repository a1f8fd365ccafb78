"""What is committed together, and what a connector says on the way there."""

import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from core.imports.hand import RunInHand
from core.imports.plans import Setting
from core.imports.records import Item, redacted
from core.kernel.database.constraints import violated_constraint
from core.kernel.errors import Conflict, Invalid, Unavailable
from core.kernel.ids import new_id
from core.sdk.connectors import Message, Problem, ReadRequest
from core.sdk.errors import ConnectorBug, ConnectorError


@dataclass(slots=True)
class Ending:
    """How the reading of a part ended."""

    state: str = "complete"
    reason: str = ""
    """Class of the problem."""
    message: str = ""
    retry_at: datetime | None = None
    """When the source itself wishes to be asked again."""
    quota: bool = False
    """Whether the source itself said when it may be asked again."""
    keyless: bool = False

    def worsen(self, reason: str, message: str, retry_at: datetime | None = None) -> None:
        """Note a problem; the first one is told."""
        if self.state == "complete":
            self.state, self.reason, self.message, self.retry_at = "incomplete", reason, message, retry_at


@dataclass(slots=True)
class Chunk:
    """What is committed together."""

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    cursor: str | None = None
    """Of the last state; all records before it are in this chunk or were committed before."""
    done: int | None = None
    total: int | None = None
    ending: Ending | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (self.items or self.problems or self.cursor is not None or self.ending)


@contextlib.asynccontextmanager
async def messages_of(hand: RunInHand, request: ReadRequest) -> AsyncIterator[AsyncIterator[Message]]:
    """Give the connector's messages; what no connector should raise becomes `ConnectorBug`."""
    messages = hand.opened.connector.read(request)
    guarded = _guarded(messages)
    try:
        yield guarded
    finally:
        await guarded.aclose()
        close = getattr(messages, "aclose", None)
        if close is not None:
            with contextlib.suppress(Exception):
                await close()


async def _guarded(messages: AsyncIterator[Message]) -> AsyncGenerator[Message, None]:
    try:
        async for message in messages:
            yield message
    except (ConnectorError, TimeoutError, Unavailable):
        raise
    except Exception as error:
        detail = f"the connector failed with {type(error).__name__}"
        raise ConnectorBug(detail) from error


def taken(chunk: Chunk) -> Chunk:
    """Return the contents of a chunk, and empty it."""
    taken = replace(chunk)
    chunk.items, chunk.problems, chunk.cursor = [], [], None
    return taken


def why_refused(error: Exception) -> str:
    """Return why the registry refused a record, without any value of it."""
    if isinstance(error, Invalid | Conflict):
        return f"the registry refuses it: {error.code}"
    constraint = violated_constraint(error) if isinstance(error, IntegrityError) else ""
    return f"the registry refuses it: {constraint or type(error).__name__}"


def problem_row(problem: Problem, setting: Setting) -> Mapping[str, Any]:
    """Return the row of the letter about an object that is none."""
    raw = redacted(problem.raw, setting.reader.redact)
    digest = hashlib.sha256(f"{problem.message}\n{raw}".encode(errors="replace")).hexdigest()
    return {
        "id": new_id(),
        # An object without a key is told from others by what the source said of it.
        "external_id": problem.external_id or f"?{digest[:32]}",
        "class": "record",
        "reason": setting.reader.redact(problem.message)[:2_000],
        "hash": digest,
        "raw": json.loads(raw),
    }
