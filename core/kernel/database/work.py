"""One unit of work: what is done together, recorded together and followed up together, or not at all."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from core.kernel.audit.entries import new_salt, payload_digest, plain, plain_text
from core.kernel.clock import Clock
from core.kernel.ids import new_id
from core.kernel.scope import Scope

_to_json: Final = json.JSONEncoder(ensure_ascii=False).encode
_RECORD: Final = "SELECT record_work($1::jsonb, $2::jsonb, $3::jsonb)"


class Records:
    """What a change leaves beside its rows: audit entries, events for plugins, jobs."""

    def __init__(self, scope: Scope, clock: Clock) -> None:
        self.scope = scope
        self.now: datetime = clock().astimezone(UTC)
        """The moment of this unit of work; the same for everything in it."""
        self._entries: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._jobs: list[dict[str, Any]] = []

    def record(
        self, action: str, object_type: str, object_id: UUID | str, payload: Mapping[str, Any] | None = None
    ) -> UUID:
        """Write an audit entry with the commit; what identifies a person goes into `payload`. Returns its id."""
        salt = new_salt()
        content = plain(payload or {})
        entry_id = new_id()
        self._entries.append(
            {
                "id": str(entry_id),
                "recorded_at": self.now.isoformat(timespec="microseconds"),
                "actor_kind": self.scope.actor_kind.value,
                "actor_id": str(self.scope.actor_id) if self.scope.actor_id else None,
                "action": action,
                "object_type": object_type,
                "object_id": plain_text(str(object_id)),
                "purpose": plain_text(self.scope.purpose),
                "source": plain_text(self.scope.source),
                "request_id": plain_text(self.scope.request_id),
                "payload_digest": payload_digest(salt, content).hex(),
                "salt": salt.hex(),
                "payload": content,
            }
        )
        return entry_id

    def emit(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Tell plugins of `topic` after the commit, at least once; `payload` names things by id only."""
        self._events.append(
            {
                "id": str(new_id()),
                "topic": topic,
                "payload": dict(payload),
                "occurred_at": self.now.isoformat(timespec="microseconds"),
            }
        )

    def defer(
        self,
        kind: str,
        *,
        subject_type: str,
        subject_id: UUID | str,
        arguments: Mapping[str, Any] | None = None,
        lock: str | None = None,
        patient: bool = False,
    ) -> UUID:
        """Start job `kind` (see `core.kernel.jobs`) after the commit; `lock` serialises jobs. Returns the job's id.

        A `patient` job, which takes no lock, waits until the worker finds a moment for it (`JobWorker.queue_patient`).
        """
        if patient and lock is not None:
            message = "a patient job waits for nobody in particular"
            raise ValueError(message)
        job_id = new_id()
        self._jobs.append(
            {
                "id": str(job_id),
                "kind": kind,
                "subject_type": subject_type,
                "subject_id": str(subject_id),
                "arguments": dict(arguments or {}),
                "lock": lock,
                "patient": patient,
                "requested_by": str(self.scope.actor_id) if self.scope.actor_id else None,
                "created_at": self.now.isoformat(timespec="microseconds"),
            }
        )
        return job_id

    def taken(self) -> tuple[str, str, str]:
        """Return what was recorded, emitted and deferred so far as the SQL function `record_work` takes it."""
        parts = (self._entries, self._events, self._jobs)
        self._entries, self._events, self._jobs = [], [], []
        entries, events, jobs = map(_to_json, parts)
        return entries, events, jobs

    @property
    def empty(self) -> bool:
        """Whether nothing waits to be taken."""
        return not (self._entries or self._events or self._jobs)


class Work(Records):
    """The open transaction of one scope, and the records that will be committed with it."""

    def __init__(self, connection: BaseDBAsyncClient, scope: Scope, clock: Clock) -> None:
        super().__init__(scope, clock)
        self.connection = connection

    async def flush(self) -> None:
        """Write what was recorded, emitted and deferred so far into the open transaction."""
        if not self.empty:
            await self.connection.execute_query(_RECORD, list(self.taken()))

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """Do a part that may be refused: an error takes back what it wrote and recorded, and the rest goes on.

        The error is raised on; whoever catches it decides whether the unit of work is still good.
        """
        await self.flush()
        await self.run("SAVEPOINT attempt")
        try:
            yield
        except Exception:
            self.taken()
            await self.run("ROLLBACK TO SAVEPOINT attempt")
            await self.run("RELEASE SAVEPOINT attempt")
            raise
        await self.run("RELEASE SAVEPOINT attempt")

    async def rows(self, query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run hand-written SQL that returns rows; it must name the institution itself, row-level security aside."""
        return await self.connection.execute_query_dict(query, list(values))

    async def run(self, query: str, values: Sequence[Any] = ()) -> int:
        """Run hand-written SQL that changes rows; returns how many were changed."""
        # Tortoise reads the count of an INSERT wrongly, so PostgreSQL's own words ("INSERT 0 1") are read here.
        async with self.connection.acquire_connection() as connection:
            try:
                said: str = await connection.execute(query, *values)
            except asyncpg.IntegrityConstraintViolationError as error:
                raise IntegrityError(error) from error
        last = said.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0
