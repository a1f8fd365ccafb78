"""Addresses of what papers close: certified acts, marks of destruction, certificates for persons."""

from uuid import UUID

from fastapi import Response

from core.cases.asking import asking
from core.disposal.errors import DisposalStepRefused
from core.disposal.lives import find_act
from core.disposal.schemas import ActOut
from core.inventories.making import find_inventory
from core.kernel.errors import NotFound, StaleState
from core.nomenclature.finding import find_version
from core.paperwork.certifying import certify_act
from core.paperwork.issuing import issue
from core.paperwork.letterhead import Making
from core.paperwork.makers.certificate import Request, make_certificate
from core.paperwork.makers.made import Made
from core.paperwork.marks import marks_of_inventory, marks_of_version
from core.paperwork.routes.dependencies import (
    KEEPING,
    SETTING,
    NomenclatureReader,
    Officer,
    PersonalIssuer,
    Reader,
    Services,
)
from core.paperwork.routes.papers import REPEATED, said
from core.paperwork.schemas import CertificateIn, MarkOut, PaperOut
from core.web.conditional import IfMatch, etag
from core.web.errors import PreconditionFailed, PreconditionRequired
from core.web.paging import Page
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()


@router.post(
    "/disposal-acts/{act_id}/certification",
    responses=problem_responses(NotFound, StaleState, PreconditionFailed, PreconditionRequired, DisposalStepRefused),
    summary="Certify a disposal act",
)
async def certify_disposal_act(
    response: Response, act_id: UUID, expected: IfMatch, caller: Officer, services: Services
) -> ActOut:
    """Close an executed act whose three papers are issued, signed by everybody who destroyed and by who asks."""
    async with services.documents.database.work(caller.scope) as work:
        found = await find_act(act_id)
        expected.require(found.revision)
        act = await certify_act(work, found, asking(work, caller.roles, single_person=found.single_person))
    response.headers["ETag"] = etag(act.revision)
    return ActOut.of(act)


@router.get(
    "/inventories/{inventory_id}/destruction-marks",
    responses=problem_responses(NotFound),
    summary="List which lines of an inventory were destroyed",
)
async def list_inventory_destruction_marks(inventory_id: UUID, caller: Reader, services: Services) -> Page[MarkOut]:
    """By certified acts; all on one page. The printed inventory says the same in its notes."""
    async with services.documents.database.work(caller.scope) as work:
        await find_inventory(inventory_id)
        return Page(items=[MarkOut.of(mark) for mark in await marks_of_inventory(work, inventory_id)])


@router.get(
    "/nomenclature-versions/{version_id}/destruction-marks",
    responses=problem_responses(NotFound),
    summary="List under which rows of a nomenclature cases were destroyed",
)
async def list_nomenclature_destruction_marks(
    version_id: UUID, caller: NomenclatureReader, services: Services
) -> Page[MarkOut]:
    """By certified acts; all on one page. The printed nomenclature says the same in its notes."""
    async with services.documents.database.work(caller.scope) as work:
        version = await find_version(version_id)
        return Page(items=[MarkOut.of(mark) for mark in await marks_of_version(work, version)])


@router.post(
    "/destruction-certificates",
    status_code=201,
    responses=REPEATED | problem_responses(*SETTING, *KEEPING),
    summary="Issue a certificate of destruction",
)
async def create_destruction_certificate(
    response: Response, wanted: CertificateIn, caller: PersonalIssuer, services: Services
) -> PaperOut:
    """Tell a person, on request, which cases about him or her were destroyed; one certificate a request."""
    request = Request(
        person_id=wanted.person_id,
        addressee=wanted.addressee,
        words=wanted.request,
        number=wanted.number,
        subject=wanted.subject,
    )

    async def make(making: Making) -> Made:
        return await make_certificate(making, request)

    return said(response, await issue(services, caller.scope, make))
