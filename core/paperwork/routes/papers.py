"""Addresses of issued papers, and of where papers are filed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from core.documents.errors import DESTROYED, ContentDamaged
from core.kernel.errors import NotFound, StorageUnavailable
from core.kernel.keyset import Listing
from core.paperwork.catalog import PaperKind
from core.paperwork.errors import FilingClassUnfit, PaperNotFiled
from core.paperwork.issuing import Issued, finish, issue, maker_of
from core.paperwork.models import IssuedPaper, PaperFiling
from core.paperwork.policy import decide_paperwork_policy, latest_paperwork_policy
from core.paperwork.routes.dependencies import (
    KEEPING,
    PDF,
    SETTING,
    Head,
    Issuer,
    Reader,
    Services,
    bytes_answer,
    file_answer,
    needed_to_read,
    require_may_read,
    stored_bytes,
)
from core.paperwork.schemas import PaperIn, PaperOut, PaperworkPolicyIn, PaperworkPolicyOut
from core.paperwork.signing import content_of, find_paper
from core.web.errors import BadCursor
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"model": PaperOut, "description": "It was issued before: this is the same paper."}
}


def said(response: Response, issued: Issued) -> PaperOut:
    """Return what is said of a paper: 201 when it is new, 200 when it was issued before."""
    response.headers["Location"] = f"/api/v1/issued-papers/{issued.paper.id}"
    response.status_code = 200 if issued.repeated else 201
    return PaperOut.of_issued(issued)


@router.get("/paperwork-policy", summary="Read where papers are filed")
async def read_paperwork_policy(caller: Reader, services: Services) -> PaperworkPolicyOut:
    """How the institution is named on its papers, and under which classes they are filed."""
    async with services.documents.database.work(caller.scope):
        return PaperworkPolicyOut.of(await latest_paperwork_policy())


@router.post(
    "/paperwork-policies",
    status_code=201,
    responses=problem_responses(FilingClassUnfit),
    summary="Decide where papers are filed",
)
async def create_paperwork_policy(
    response: Response, wanted: PaperworkPolicyIn, caller: Head, services: Services
) -> PaperworkPolicyOut:
    """Decide anew, in whole; papers that were issued stay as they are and where they are."""
    async with services.documents.database.work(caller.scope) as work:
        made = await decide_paperwork_policy(work, wanted.to_new())
    response.headers["Location"] = "/api/v1/paperwork-policy"
    return PaperworkPolicyOut.of(made)


@router.post(
    "/issued-papers",
    status_code=201,
    responses=REPEATED | problem_responses(*SETTING, *KEEPING),
    summary="Issue a paper",
)
async def create_issued_paper(response: Response, wanted: PaperIn, caller: Issuer, services: Services) -> PaperOut:
    """Set a paper once, keep it and file it; whoever asks again gets the same one, and what was left undone is done."""
    require_may_read(caller, wanted.kind)
    make = maker_of(wanted.kind, wanted.subject_type, wanted.subject_id)
    return said(response, await issue(services, caller.scope, make))


@router.post(
    "/issued-papers/{paper_id}/filing", responses=problem_responses(NotFound, *KEEPING), summary="Finish a paper"
)
async def file_issued_paper(paper_id: UUID, caller: Issuer, services: Services) -> PaperOut:
    """Keep and file a paper whose issue was cut off, also when its act has moved on; asked again, nothing changes."""
    async with services.documents.database.work(caller.scope):
        require_may_read(caller, (await find_paper(paper_id)).kind)
    return PaperOut.of_issued(await finish(services, caller.scope, paper_id))


@router.get("/issued-papers", responses=problem_responses(BadCursor), summary="List issued papers")
async def list_issued_papers(
    caller: Reader,
    services: Services,
    page: Paging,
    kind: Annotated[PaperKind | None, Query(description="Only those of this kind.")] = None,
    subject_id: Annotated[UUID | None, Query(description="Only those about this act, inventory or version.")] = None,
) -> Page[PaperOut]:
    """The newest first; papers that name people are shown to those only who may read them."""
    shown = [each for each in PaperKind if all(map(caller.may, needed_to_read(each)))]
    wanted: dict[str, Any] = {"kind__in": [each.value for each in shown if kind in {None, each}]}
    if subject_id is not None:
        wanted["subject_id"] = subject_id
    async with services.documents.database.work(caller.scope):
        listing = Listing(IssuedPaper.filter(**wanted), ("-id",))
        found, following = await listing.after(page.position(listing.position_types()), page.limit)
        filed = {each.id: each for each in await PaperFiling.filter(id__in=[paper.id for paper in found])}
    return page.closed([PaperOut.of(paper, filed.get(paper.id)) for paper in found], following)


@router.get("/issued-papers/{paper_id}", responses=problem_responses(NotFound), summary="Read an issued paper")
async def read_issued_paper(paper_id: UUID, caller: Reader, services: Services) -> PaperOut:
    """What it is about, its digests, and where it is filed."""
    async with services.documents.database.work(caller.scope):
        paper = await find_paper(paper_id)
        require_may_read(caller, paper.kind)
        return PaperOut.of(paper, await PaperFiling.get_or_none(id=paper_id))


@router.get(
    "/issued-papers/{paper_id}/content",
    response_class=Response,
    responses=bytes_answer(PDF, "text/csv")
    | problem_responses(NotFound, PaperNotFiled, *DESTROYED, ContentDamaged, StorageUnavailable),
    summary="Open an issued paper",
)
async def read_issued_paper_content(paper_id: UUID, caller: Reader, services: Services) -> Response:
    """The bytes as they were issued, always the same; where an act has destroyed them, the answer names it."""
    async with services.documents.database.work(caller.scope) as work:
        paper = await find_paper(paper_id)
        require_may_read(caller, paper.kind)
        filing = await PaperFiling.get_or_none(id=paper_id)
        if filing is None:
            raise PaperNotFiled(paper=str(paper_id))
        version = await content_of(filing.document_id)
        work.record("paper.opened", paper.subject_type, paper.subject_id, {"paper": str(paper_id)})
    return file_answer(await stored_bytes(services.documents, version), version.media_type, version.file_name)
