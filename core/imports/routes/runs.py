"""Addresses of runs, their differences, and bookmarks."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response

from core.access.gate import Caller
from core.imports.errors import RunEnded, RunOpen, RunScopeInvalid
from core.imports.models import Bookmark, Difference, ImportRun, Mode, RunState, RunStream
from core.imports.routes.dependencies import Manager, ManagerOfPeople, Services
from core.imports.runs import WantedRun, cancel_run, find_run, settle_abandoned, start_run
from core.imports.schemas import (
    BookmarkOut,
    DifferenceOut,
    ResetIn,
    ResetOut,
    RunIn,
    RunOut,
    RunWithStreamsOut,
    StreamOut,
)
from core.imports.services import ImportServices
from core.imports.sight import RecordSight, Seen, sees_private, sight_of, told_by_columns, told_by_record
from core.imports.titles import titles_of, whole_records
from core.kernel.database.work import Work
from core.kernel.errors import Conflict, NotFound
from core.kernel.keyset import Listing
from core.origins.schemas import without_private
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["imports"])

_PARTS: Final = """
SELECT stream, sum(same) AS same, count(*) FILTER (WHERE state IN ('complete', 'incomplete')) AS done
  FROM import_run_partitions WHERE institution_id = $1 AND run_id = $2 GROUP BY stream
"""
_RESET: Final = """
UPDATE import_bookmarks SET reset_at = $5
 WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND ($4::text[] IS NULL OR partition = ANY ($4))
   AND reset_at IS NULL
"""


@router.get("/import-runs", responses=problem_responses(BadCursor), summary="List runs of imports")
async def list_runs(
    caller: Manager,
    services: Services,
    page: Paging,
    connection_id: Annotated[UUID | None, Query(description="Only those of this connection.")] = None,
    state: Annotated[RunState | None, Query(description="Only those in this state.")] = None,
) -> Page[RunOut]:
    """The newest first."""
    wanted: dict[str, Any] = {"connection_id": connection_id, "state": None if state is None else state.value}
    filters = {name: value for name, value in wanted.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        await settle_abandoned(work)
        return await paged(Listing(ImportRun.filter(**filters), ("-id",)), page, RunOut.of)


@router.post(
    "/import-runs",
    status_code=201,
    responses=problem_responses(NotFound, RunOpen, RunScopeInvalid, Conflict),
    summary="Start a run of an import",
)
async def create_run(wanted: RunIn, response: Response, caller: Manager, services: Services) -> RunOut:
    """Start a run; a background job does it, whoever is killed in between."""
    if wanted.letters is not None and wanted.mode is not Mode.RETRY:
        raise RunScopeInvalid(field="letters")
    asked = WantedRun(
        connection_id=wanted.connection_id,
        mode=wanted.mode,
        since=wanted.since_date,
        streams=wanted.streams,
        letters=wanted.letters,
    )
    async with services.database.work(caller.scope) as work:
        run = await start_run(work, services.connections, asked)
    response.headers["Location"] = f"/api/v1/import-runs/{run.id}"
    return RunOut.of(run)


@router.get("/import-runs/{run_id}", responses=problem_responses(NotFound), summary="Watch a run of an import")
async def read_run(run_id: UUID, caller: Manager, services: Services) -> RunWithStreamsOut:
    """How far a run is, stream by stream; while it works the counts grow with every chunk."""
    async with services.database.work(caller.scope) as work:
        await settle_abandoned(work)
        run = await find_run(run_id)
        streams = await RunStream.filter(run_id=run_id).order_by("ordinal")
        rows = await work.rows(_PARTS, [caller.scope.institution_id, run_id])
    parts = {row["stream"]: row for row in rows}
    shown = RunWithStreamsOut(**RunOut.of(run).model_dump())
    shown.parts_done = sum(int(row["done"]) for row in rows)
    for stream in streams:
        said = StreamOut.of(stream)
        if stream.stream in parts and parts[stream.stream]["same"]:
            said.counts = {**said.counts, "same": int(parts[stream.stream]["same"])}
        shown.progress.append(said)
    return shown


@router.post(
    "/import-runs/{run_id}/cancellation",
    responses=problem_responses(NotFound, RunEnded),
    summary="Cancel a run of an import",
)
async def cancel(run_id: UUID, caller: Manager, services: Services) -> RunOut:
    """Let a run stop at the end of its chunk; what was committed stays."""
    async with services.database.work(caller.scope) as work:
        return RunOut.of(await cancel_run(work, await find_run(run_id)))


@router.get(
    "/import-runs/{run_id}/differences",
    responses=problem_responses(NotFound, BadCursor),
    summary="List what a dry run would change",
)
async def list_differences(
    run_id: UUID, caller: ManagerOfPeople, services: Services, page: Paging
) -> Page[DifferenceOut]:
    """Record by record, field by field, in the order of the reading; what stays the same is left out."""
    async with services.database.work(caller.scope) as work:
        run = await find_run(run_id)
        found = Listing(Difference.filter(run_id=run_id), ("id",))
        rows, following = await found.after(page.position(found.position_types()), page.limit)
        sight = await sight_of(work, services.connections, caller, [run.connection_id])
        shown = page.closed(await _shown(work, services, caller, sight[run.connection_id], rows), following)
        work.record("import.differences_read", "import_run", run_id, {"shown": len(shown.items)})
    return shown


async def _shown(
    work: Work, services: ImportServices, caller: Caller, sight: RecordSight, rows: Sequence[Difference]
) -> list[DifferenceOut]:
    """Return differences, each as far as the caller sees it, those that are seen with their titles."""
    private = sees_private(caller)
    wholes = await whole_records(work, services, rows)
    seen = {
        row.id: sight.of(
            told_by_record(row.kind, wholes[row.id][1])
            if "record" in row.values
            else told_by_columns(row.kind, wholes[row.id])
        )
        for row in rows
    }
    named = {
        row.id: without_private(row.kind, {**wholes[row.id][0], **wholes[row.id][1]}, private=private)
        for row in rows
        if seen[row.id] is Seen.ALL
    }
    titles = await titles_of(work, services, rows[0].run_id, named) if rows else {}
    return [DifferenceOut.of(row, seen=seen[row.id], private=private, title=titles.get(row.id, "")) for row in rows]


@router.get(
    "/connections/{connection_id}/bookmarks", responses=problem_responses(NotFound, BadCursor), summary="List bookmarks"
)
async def list_bookmarks(connection_id: UUID, caller: Manager, services: Services, page: Paging) -> Page[BookmarkOut]:
    """How far each part of each stream was read."""
    async with services.database.work(caller.scope) as work:
        await services.connections.require(work, connection_id, ready=False)
        found = Listing(Bookmark.filter(connection_id=connection_id), ("stream", "partition", "id"))
        return await paged(found, page, BookmarkOut.of)


@router.post(
    "/connections/{connection_id}/bookmark-reset",
    responses=problem_responses(NotFound),
    summary="Have parts of a stream read from their beginning",
)
async def reset_bookmarks(connection_id: UUID, wanted: ResetIn, caller: Manager, services: Services) -> ResetOut:
    """The next run reads them anew; what is the same is not written again."""
    async with services.database.work(caller.scope) as work:
        await services.connections.require(work, connection_id, ready=False)
        values = [caller.scope.institution_id, connection_id, wanted.stream, wanted.parts, work.now]
        reset = await work.run(_RESET, values)
        said = {"stream": wanted.stream, "parts": wanted.parts, "reset": reset}
        work.record("import.bookmarks_reset", "connection", connection_id, said)
    return ResetOut(reset=reset)
