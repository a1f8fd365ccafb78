"""Addresses of consents, their withdrawal, and of what else sets a duty running."""

from uuid import UUID

from fastapi import Response

from core.access.dependencies import Services
from core.consents import recording
from core.consents.clocks import clocks_of
from core.consents.errors import (
    ConsentRecorded,
    ConsentWithdrawn,
    EventRecorded,
    ImpossibleConsentDate,
    UnknownProof,
)
from core.consents.models import Consent, PersonalDataEvent
from core.consents.recording import NewEvent
from core.consents.routes.dependencies import Reader, Writer
from core.consents.schemas import (
    ClocksOut,
    ConsentIn,
    ConsentOut,
    DemandIn,
    DutyOut,
    EventOut,
    PurposeReachedIn,
    WithdrawalIn,
)
from core.kernel.clock import today
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.people.keeping import find_person
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["consents"])


@router.post(
    "/people/{person_id}/consents",
    status_code=201,
    responses=problem_responses(NotFound, ImpossibleConsentDate, ConsentRecorded, UnknownProof),
    summary="Record a consent",
)
async def record_consent(
    response: Response, person_id: UUID, wanted: ConsentIn, caller: Writer, services: Services
) -> ConsentOut:
    """Write down a consent to the processing of a person's data; it is never changed, only withdrawn."""
    async with services.database.work(caller.scope) as work:
        made = await recording.record_consent(work, person_id, wanted.to_consent())
    response.headers["Location"] = f"/api/v1/consents/{made.id}"
    return ConsentOut.of(made, None, today(services.clock, caller.time_zone))


@router.get(
    "/people/{person_id}/consents", responses=problem_responses(NotFound, BadCursor), summary="List a person's consents"
)
async def list_consents(person_id: UUID, caller: Reader, services: Services, page: Paging) -> Page[ConsentOut]:
    """The newest first, each as it stands today."""
    day = today(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        listing = Listing(Consent.filter(person_id=person_id), ("-id",))
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        withdrawals = await recording.withdrawals_of(rows)
        work.record("consent.listed", "person", person_id, {"shown": len(rows)})
    return page.closed([ConsentOut.of(row, withdrawals.get(row.id), day) for row in rows], following)


@router.get("/consents/{consent_id}", responses=problem_responses(NotFound), summary="Read a consent")
async def read_consent(consent_id: UUID, caller: Reader, services: Services) -> ConsentOut:
    """The consent with its withdrawal, as it stands today."""
    async with services.database.work(caller.scope) as work:
        found = await recording.find_consent(consent_id)
        withdrawals = await recording.withdrawals_of([found])
        work.record("consent.read", "consent", consent_id)
    return ConsentOut.of(found, withdrawals.get(found.id), today(services.clock, caller.time_zone))


@router.post(
    "/consents/{consent_id}/withdrawal",
    responses=problem_responses(NotFound, ImpossibleConsentDate, ConsentWithdrawn),
    summary="Record the withdrawal of a consent",
)
async def withdraw_consent(consent_id: UUID, wanted: WithdrawalIn, caller: Writer, services: Services) -> DutyOut:
    """Write down that a consent is withdrawn; the answer is the duty that follows from it."""
    async with services.database.work(caller.scope) as work:
        found = await recording.find_consent(consent_id)
        duty = await recording.withdraw_consent(work, found, **wanted.model_dump())
    return DutyOut.of(duty, today(services.clock, caller.time_zone))


async def _recorded(
    response: Response, person_id: UUID, wanted: NewEvent, caller: Writer, services: Services
) -> DutyOut:
    async with services.database.work(caller.scope) as work:
        _, duty = await recording.record_event(work, person_id, wanted)
    response.headers["Location"] = f"/api/v1/duties/{duty.id}"
    return DutyOut.of(duty, today(services.clock, caller.time_zone))


@router.post(
    "/people/{person_id}/purpose-reached",
    status_code=201,
    responses=problem_responses(NotFound, ImpossibleConsentDate, EventRecorded),
    summary="Record that a purpose is reached",
)
async def record_purpose_reached(
    response: Response, person_id: UUID, wanted: PurposeReachedIn, caller: Writer, services: Services
) -> DutyOut:
    """Write down that a purpose of processing is reached, or every one; the answer is the duty that follows."""
    event = NewEvent(
        event="purpose_reached",
        happened_on=wanted.reached_on,
        reason=wanted.reason,
        evidence=wanted.evidence,
        purpose=wanted.purpose,
    )
    return await _recorded(response, person_id, event, caller, services)


@router.post(
    "/people/{person_id}/demands",
    status_code=201,
    responses=problem_responses(NotFound, ImpossibleConsentDate, EventRecorded),
    summary="Record a demand about a person's data",
)
async def record_demand(
    response: Response, person_id: UUID, wanted: DemandIn, caller: Writer, services: Services
) -> DutyOut:
    """Write down a demand of the person or the authority, or a finding; the answer is the duty that follows."""
    return await _recorded(response, person_id, NewEvent(**wanted.model_dump()), caller, services)


@router.get(
    "/people/{person_id}/personal-data-events",
    responses=problem_responses(NotFound, BadCursor),
    summary="List purposes reached and demands",
)
async def list_personal_data_events(
    person_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[EventOut]:
    """What set duties running for a person, the newest first; withdrawals stand with their consents."""
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        listing = Listing(PersonalDataEvent.filter(person_id=person_id), ("-id",))
        shown = await paged(listing, page, EventOut.of)
        work.record("personal_data_event.listed", "person", person_id, {"shown": len(shown.items)})
    return shown


@router.get("/people/{person_id}/two-clocks", responses=problem_responses(NotFound), summary="Read both clocks")
async def read_two_clocks(person_id: UUID, caller: Reader, services: Services) -> ClocksOut:
    """What archival term and purpose of processing together demand for each case of a person; nothing is changed."""
    async with services.database.work(caller.scope) as work:
        purpose, clocks = await clocks_of(work, person_id)
        work.record("person.clocks_read", "person", person_id)
    return ClocksOut.of(purpose, clocks)
