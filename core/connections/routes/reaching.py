"""Addresses of what a connection reads, when, and where from."""

from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from core.connections.errors import HostInvalid, ScheduleInvalid, StreamUnknown
from core.connections.finding import find_connection
from core.connections.models import ConnectionRow
from core.connections.reach import allow_private_hosts, confirm_file_hosts
from core.connections.routes.dependencies import CHANGING, Manager, Operator, Services, shown
from core.connections.scheduling import next_times, set_schedule
from core.connections.schemas import ConnectionOut, HostsIn, ScheduleIn, ScheduleOut, StreamsChoice, StreamsOut
from core.connections.services import ConnectionServices
from core.connections.streams import choose_streams
from core.institutions import registry
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["connections"])

_SHOWN = 5


@router.get(
    "/connections/{connection_id}/streams",
    responses={**problem_responses(NotFound), **UNCHANGED},
    summary="Read the streams",
)
async def read_streams(
    connection_id: UUID, request: Request, response: Response, caller: Manager, services: Services
) -> StreamsOut:
    """What the last good check found that can be read, and what is missing where it cannot."""
    async with services.database.work(caller.scope):
        row = await find_connection(connection_id)
    fresh(request, response, row.revision)
    return StreamsOut.of(row)


@router.put(
    "/connections/{connection_id}/streams",
    responses=problem_responses(*CHANGING, StreamUnknown),
    summary="Choose streams",
)
async def put_streams(
    connection_id: UUID,
    wanted: StreamsChoice,
    response: Response,
    caller: Manager,
    services: Services,
    expected: IfMatch,
) -> StreamsOut:
    """Say which streams runs read."""
    async with services.database.work(caller.scope) as work:
        row = await choose_streams(work, connection_id, expected.require, wanted.streams)
    response.headers["ETag"] = etag(row.revision)
    return StreamsOut.of(row)


@router.get(
    "/connections/{connection_id}/schedule",
    responses={**problem_responses(NotFound), **UNCHANGED},
    summary="Read the schedule",
)
async def read_schedule(
    connection_id: UUID, request: Request, response: Response, caller: Manager, services: Services
) -> ScheduleOut:
    """When the connection is read by itself."""
    async with services.database.work(caller.scope) as work:
        row = await find_connection(connection_id)
        found = await _schedule(work, services, row)
    fresh(request, response, row.revision)
    return found


@router.put(
    "/connections/{connection_id}/schedule",
    responses=problem_responses(*CHANGING, ScheduleInvalid),
    summary="Set the schedule",
)
async def put_schedule(
    connection_id: UUID,
    wanted: ScheduleIn,
    response: Response,
    caller: Manager,
    services: Services,
    expected: IfMatch,
) -> ScheduleOut:
    """Say when the connection is read by itself: five fields of cron in the institution's time zone, or nothing."""
    async with services.database.work(caller.scope) as work:
        row = await set_schedule(work, connection_id, expected.require, wanted.schedule)
        found = await _schedule(work, services, row)
    response.headers["ETag"] = etag(row.revision)
    return found


async def _schedule(work: Work, services: ConnectionServices, row: ConnectionRow) -> ScheduleOut:
    name = (await registry.present(work)).time_zone
    times = next_times(row.schedule, ZoneInfo(name), services.clock(), _SHOWN) if row.schedule else []
    return ScheduleOut(
        schedule=row.schedule, time_zone=name, next_run_at=row.next_run_at, next_times=times, revision=row.revision
    )


@router.put(
    "/connections/{connection_id}/file-hosts",
    responses=problem_responses(*CHANGING, HostInvalid),
    summary="Confirm hosts of files",
)
async def put_file_hosts(
    connection_id: UUID,
    wanted: HostsIn,
    response: Response,
    caller: Manager,
    services: Services,
    expected: IfMatch,
) -> ConnectionOut:
    """Say from which hosts files may come besides those of the platform itself; secrets never go there."""
    async with services.database.work(caller.scope) as work:
        row = await confirm_file_hosts(work, connection_id, expected.require, wanted.hosts)
        response.headers["ETag"] = etag(row.revision)
        return await shown(services, row)


@router.put(
    "/connections/{connection_id}/private-hosts",
    responses=problem_responses(*CHANGING, HostInvalid),
    summary="Allow hosts inside the network",
)
async def put_private_hosts(
    connection_id: UUID,
    wanted: HostsIn,
    response: Response,
    caller: Operator,
    services: Services,
    expected: IfMatch,
) -> ConnectionOut:
    """Let these very hosts lie inside the network of the installation (a school's own Moodle): an operator's word."""
    async with services.database.work(caller.scope) as work:
        row = await allow_private_hosts(work, connection_id, expected.require, wanted.hosts)
        response.headers["ETag"] = etag(row.revision)
        return await shown(services, row)
