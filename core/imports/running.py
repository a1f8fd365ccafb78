"""The job of a run: stream by stream, part by part. Whoever takes it over goes on where it was committed last."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import structlog

from core.imports.beating import beating
from core.imports.differences import begin_anew
from core.imports.ending import Stop, end_run, outcome_of, write_end
from core.imports.files import take_files
from core.imports.hand import RunCancelled, RunGone, RunInHand, StreamInHand
from core.imports.models import ImportRun, Mode
from core.imports.patience import repeat_at
from core.imports.relenting import read_letters_again, reset_for_retry, wanted_letters
from core.imports.services import ImportServices, OpenedConnection
from core.imports.streaming import StreamReader, chosen_streams, missing_streams, plan_of
from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError, Unavailable
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobCancelled, JobContext
from core.kernel.scope import ActorKind, Scope
from core.sdk.connectors import Stream
from core.sdk.errors import ConnectorAuthFailed, ConnectorBug, ConnectorError, ConnectorTransient

log = structlog.get_logger(__name__)

_BEGIN: Final = """
UPDATE import_runs SET state = 'running', started_at = coalesce(started_at, $3), heartbeat_at = $3,
       attempts = attempts + 1
 WHERE institution_id = $1 AND id = $2 AND state IN ('queued', 'running')
RETURNING started_at, attempts
"""
_STREAMS: Final = """
SELECT stream, state, reason, message, retry_at, partitions, counts::text AS counts FROM import_run_streams
 WHERE institution_id = $1 AND run_id = $2 ORDER BY ordinal
"""
_ADD_STREAM: Final = """
INSERT INTO import_run_streams (id, institution_id, run_id, stream, title, kind, ordinal)
SELECT gen_random_uuid(), $1, $2, g.stream, g.title, g.kind, g.ordinal
  FROM jsonb_to_recordset($3::jsonb) AS g(stream text, title text, kind text, ordinal integer)
ON CONFLICT ON CONSTRAINT import_run_streams_once DO NOTHING
"""


def run_job(services: ImportServices) -> JobHandler:
    """Return the handler of `core.imports.runs.RUN_JOB`."""

    async def handle(context: JobContext, *, run: str) -> None:
        await _Drive(services, context, UUID(run)).go()

    return handle


def service_scope(scope: Scope, connection_id: UUID) -> Scope:
    """Return the scope in which a connection acts: a service of the institution, named by its id."""
    return replace(scope, actor_kind=ActorKind.SERVICE, actor_id=connection_id)


class _Drive:
    """One attempt at one run."""

    def __init__(self, services: ImportServices, context: JobContext, run_id: UUID) -> None:
        self._services = services
        self._context = context
        self._run_id = run_id

    async def go(self) -> None:
        """Do what is left of the run."""
        run = await self._begin()
        if run is None:
            return
        async with AsyncExitStack() as stack:
            try:
                hand = await self._open(stack, run)
            except (ConnectorError, DelotekaError) as error:
                await self._end_unopened(run, error)
                return
            try:
                async with beating(hand):
                    stop = await self._work(hand)
            except RunCancelled:
                await end_run(hand, "cancelled")
                raise JobCancelled from None
            except RunGone:
                return
            await self._finish(hand, stop)

    async def _begin(self) -> ImportRun | None:
        async with self._context.work() as work:
            run = await ImportRun.get_or_none(id=self._run_id)
            if run is None:
                return None
            scope = service_scope(self._context.scope, run.connection_id)
        context = self._context
        self._context = JobContext(
            context.database, scope, job_id=context.job_id, attempt=context.attempt, services=context.services
        )
        async with self._context.work() as work:
            rows = await work.rows(_BEGIN, [work.scope.institution_id, run.id, work.now])
            if not rows:
                return None
            if rows[0]["attempts"] == 1:
                said = {"connection": str(run.connection_id), "mode": run.mode}
                work.record("import.started", "import_run", run.id, said)
                work.emit("import.started", {"run": str(run.id), "connection": str(run.connection_id)})
            elif run.mode == Mode.DRY_RUN:
                await begin_anew(work, run.id)
            run.started_at = rows[0]["started_at"]
        return run

    async def _open(self, stack: AsyncExitStack, run: ImportRun) -> RunInHand:
        started = run.started_at or self._services.clock()
        if run.mode == Mode.RETRY and not await self._needs_source(run):
            opened = OpenedConnection(connection_id=run.connection_id, today=started.date())
            return RunInHand(self._services, self._context, run, opened, started)
        opened = await stack.enter_async_context(
            self._services.connections.open(self._context.scope, run.connection_id, started_at=started)
        )
        hand = RunInHand(self._services, self._context, run, opened, started)
        if hand.dry:
            hand.would_be = {}
        return hand

    async def _needs_source(self, run: ImportRun) -> bool:
        async with self._context.work() as work:
            return bool((await wanted_letters(work, run)).parts)

    async def _end_unopened(self, run: ImportRun, error: ConnectorError | DelotekaError) -> None:
        if isinstance(error, Unavailable):
            raise error
        stop = _stop_of(error)
        async with self._context.work() as work:
            await self._tell_connection(work, run, stop)
            retry_at = await repeat_at(work, self._services.connections, run, stop.hindrance(work.now), {})
            said = {"reason": stop.reason, "message": stop.message}
            await write_end(work, run, "failed", Counter(), **said, retry_at=retry_at)

    async def _work(self, hand: RunInHand) -> Stop | None:
        """Read what is to be read; return what stopped the run, if anything did."""
        async with hand.chunk() as work:
            retried = await wanted_letters(work, hand.run)
        if hand.run.mode == Mode.RETRY:
            await read_letters_again(hand, only=retried.kept)
            if not retried.parts:
                return None
            await reset_for_retry(hand, retried)
        try:
            offered = await _discover(hand)
        except ConnectorError as error:
            return _stop_of(error)
        wanted = list(retried.parts) if hand.run.mode == Mode.RETRY else None
        streams = chosen_streams(offered, hand, wanted)
        await self._know_streams(hand, streams, missing_streams(offered, hand, wanted))
        return await self._read(hand, streams, retried.parts)

    async def _read(
        self, hand: RunInHand, streams: Sequence[Stream], parts: Mapping[str, Collection[str]]
    ) -> Stop | None:
        order = plan_of(streams, hand)
        reader = StreamReader(hand, streams)
        try:
            await self._take_left_files(hand, [each for each in streams if each not in order])
        except ConnectorAuthFailed as error:
            return Stop("auth", error.detail)
        for stream in order:
            only = parts.get(stream.name) if hand.run.mode == Mode.RETRY else None
            ending = await reader.read(stream, only=only)
            if ending is not None and ending.reason == "auth":
                return Stop("auth", ending.message)
            if ending is not None and ending.quota:
                return await self._wait_for_quota(hand, order, stream, ending.message)
            if not hand.dry:
                await read_letters_again(hand, only=None)
                try:
                    await take_files(hand, stream)
                except ConnectorAuthFailed as error:
                    return Stop("auth", error.detail)
        return None

    async def _take_left_files(self, hand: RunInHand, ended: Sequence[Stream]) -> None:
        """Go on with files of streams that were read before this run was interrupted."""
        if not hand.dry:
            for stream in ended:
                await take_files(hand, stream)

    async def _wait_for_quota(
        self, hand: RunInHand, order: Sequence[Stream], stopped: Stream, message: str
    ) -> Stop | None:
        """The source has said when it may be asked again: nothing else is asked until then."""
        retry_at = hand.streams[stopped.name].retry_at
        for stream in order[order.index(stopped) + 1 :]:
            state = hand.streams[stream.name]
            if not state.ended:
                state.state, state.reason, state.message, state.retry_at = "incomplete", "transient", message, retry_at
                async with hand.chunk() as work:
                    await hand.tell(work, state)
        return None

    async def _know_streams(self, hand: RunInHand, streams: Sequence[Stream], missing: Sequence[str]) -> None:
        rows = [
            {"stream": each.name, "title": each.title, "kind": each.kind.value, "ordinal": place}
            for place, each in enumerate(streams)
        ]
        rows += [
            {"stream": name, "title": "", "kind": "", "ordinal": place}
            for place, name in enumerate(missing, start=len(streams))
        ]
        async with hand.chunk() as work:
            key: list[Any] = [work.scope.institution_id, hand.run.id]
            await work.run(_ADD_STREAM, [*key, json.dumps(rows, ensure_ascii=False)])
            found = await work.rows(_STREAMS, key)
        names = {each.name for each in streams}
        hand.streams = {
            row["stream"]: StreamInHand(
                name=row["stream"],
                state=row["state"],
                reason=row["reason"],
                message=row["message"],
                retry_at=row["retry_at"],
                partitions=row["partitions"],
                counts=Counter(json.loads(row["counts"])),
            )
            for row in found
            if row["stream"] in names
        }
        for name in missing:
            state = StreamInHand(name, "failed", "config", "the connector offers no such stream")
            hand.streams[name] = state
            async with hand.chunk() as work:
                await hand.tell(work, state)

    async def _finish(self, hand: RunInHand, stop: Stop | None) -> None:
        async with hand.context.work() as work:
            if stop is not None:
                await self._tell_connection(work, hand.run, stop)
            await outcome_of(work, hand, stop)

    async def _tell_connection(self, work: Work, run: ImportRun, stop: Stop) -> None:
        if stop.reason == "auth":
            await self._services.connections.needs_sign_in(work, run.connection_id, stop.message)


def _stop_of(error: ConnectorError | DelotekaError) -> Stop:
    match error:
        case ConnectorAuthFailed():
            return Stop("auth", error.detail)
        case ConnectorTransient():
            return Stop("transient", error.detail, error.retry_after)
        case ConnectorBug():
            return Stop("bug", error.detail)
        case DelotekaError():
            return Stop("config", f"{error.code}: {error.title}")
        case _:
            return Stop("config" if error.code != "connector_error" else "bug", error.detail)


async def _discover(hand: RunInHand) -> Sequence[Stream]:
    try:
        return await hand.opened.connector.discover()
    except (ConnectorError, Unavailable):
        raise
    except Exception as error:
        log.exception("a connector failed in discover")
        detail = f"the connector failed with {type(error).__name__}"
        raise ConnectorBug(detail) from error
