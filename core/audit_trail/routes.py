"""Routes by which an auditor reads the trail; reading it is recorded in it."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from core.access.dependencies import allow
from core.access.errors import NotSignedIn
from core.access.gate import Caller
from core.access.permissions import Permission
from core.audit_trail.export import MEDIA_TYPE, export_trail
from core.audit_trail.reading import EntryFilter, details_of, entry_listing
from core.audit_trail.schemas import AuditEntryView, TrailReportView
from core.audit_trail.services import AuditTrailServices
from core.kernel.audit.verification import verify_trail
from core.kernel.errors import Forbidden, StorageUnavailable
from core.web.errors import BadCursor
from core.web.fields import CleanLine, Moment
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1/audit", tags=["audit trail"])

Reader = Annotated[Caller, Depends(allow(Permission.AUDIT_READ))]
Exporter = Annotated[Caller, Depends(allow(Permission.AUDIT_EXPORT))]
Word = Annotated[CleanLine, Field(min_length=1, max_length=200)] | None


async def audit_trail_services(request: Request) -> AuditTrailServices:
    """Return what the composition root put at `app.state.audit_trail`."""
    services: AuditTrailServices = request.app.state.audit_trail
    return services


Services = Annotated[AuditTrailServices, Depends(audit_trail_services)]


async def entry_filter(
    action: Annotated[Word, Query(description="Only this action.", examples=["document.uploaded"])] = None,
    object_type: Annotated[Word, Query(description="Only what was done to such.", examples=["document"])] = None,
    object_id: Annotated[Word, Query(description="Only what was done to this one.")] = None,
    actor_id: Annotated[UUID | None, Query(description="Only what this account did.")] = None,
    recorded_from: Annotated[Moment | None, Query(description="RFC 3339, this moment included.")] = None,
    recorded_before: Annotated[Moment | None, Query(description="RFC 3339, this moment excluded.")] = None,
) -> EntryFilter:
    """Return which entries are asked for."""
    return EntryFilter(
        action=action,
        object_type=object_type,
        object_id=object_id,
        actor_id=actor_id,
        recorded_from=recorded_from,
        recorded_before=recorded_before,
    )


@router.get(
    "/entries",
    summary="Entries of the audit trail",
    responses=problem_responses(NotSignedIn, Forbidden, BadCursor),
)
async def list_audit_entries(
    services: Services, caller: Reader, page: Paging, wanted: Annotated[EntryFilter, Depends(entry_filter)]
) -> Page[AuditEntryView]:
    """List who did what in this institution, the newest first. Each reading is an entry itself."""
    async with services.database.work(caller.scope) as work:
        listing = entry_listing(wanted)
        entries, following = await listing.after(page.position(listing.position_types()), page.limit)
        details = await details_of(work, entries)
        work.record(
            "audit.read", "institution", caller.institution_id, {"filter": wanted.conditions(), "entries": len(entries)}
        )
    return page.closed([AuditEntryView.of(entry, details.get(entry.id)) for entry in entries], following)


@router.get(
    "/export",
    summary="The sealed audit trail as JSON Lines",
    response_class=StreamingResponse,
    response_model=None,
    responses={
        **problem_responses(NotSignedIn, Forbidden),
        200: {
            "description": "One entry a line (UTF-8), in the order of the chain, with digests, salt and payload.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        },
    },
)
async def export_audit_trail(
    services: Services,
    caller: Exporter,
    after: Annotated[
        int, Query(ge=0, le=2**63 - 1, description="Begin behind this position, to go on where an export ended.")
    ] = 0,
) -> StreamingResponse:
    """Give every sealed entry with what is needed to check the chain without this service."""
    async with services.database.work(caller.scope) as work:
        work.record("audit.exported", "institution", caller.institution_id, {"after": after})
    lines = export_trail(services.database, caller.scope, after=after)
    name = f'attachment; filename="audit-{caller.institution_id}.jsonl"'
    return StreamingResponse(lines, media_type=MEDIA_TYPE, headers={"Content-Disposition": name})


@router.get(
    "/verification",
    summary="Verify the audit trail",
    responses=problem_responses(NotSignedIn, Forbidden, StorageUnavailable),
)
async def verify_audit_trail(services: Services, caller: Reader) -> TrailReportView:
    """Read the whole trail and its anchors again, and name every change, removal or reordering.

    Takes about five seconds for 100,000 entries.
    """
    return TrailReportView.of(await verify_trail(services.database, services.vault, caller.institution_id))
