"""Addresses of signatures under issued papers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.requests import ClientDisconnect

from core.access.gate import Caller
from core.access.permissions import Permission
from core.documents.errors import DESTROYED, ContentDamaged, UploadCut
from core.kernel.errors import Forbidden, NotFound, StorageUnavailable
from core.kernel.keyset import Listing
from core.paperwork.cms import LARGEST
from core.paperwork.errors import NotASignature, PaperNotFiled, SignatureTooBig, SignatureUnclear, SignedAlready
from core.paperwork.models import PaperSignature
from core.paperwork.routes.dependencies import (
    KEEPING,
    Reader,
    Services,
    Signatory,
    bytes_answer,
    file_answer,
    require_may_read,
    stored_bytes,
)
from core.paperwork.schemas import Manner, Named, SignatureOut, SignedOn
from core.paperwork.signing import NewSignature, content_of, find_paper, sign
from core.web.bodies import raw_body
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "description": "The detached signature as it is; of one by hand a scan of the signed print, or nothing.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
FileName = Annotated[
    str, Query(max_length=4000, description="The file's name, percent-encoded; for display only.", examples=["act.sig"])
]


async def _received(request: Request) -> bytes:
    received = bytearray()
    try:
        async for piece in request.stream():
            received += piece
            if len(received) > LARGEST:
                raise SignatureTooBig(limit_bytes=LARGEST)
    except ClientDisconnect as error:
        raise UploadCut from error
    return bytes(received)


def _signatory(caller: Caller, signatory_id: UUID | None, name: str) -> UUID | None:
    """Return whose signature it is: one's own, unless another account or a name is given by who may issue papers."""
    if name:
        signatory_id = signatory_id or None
    elif signatory_id is None:
        return caller.account_id
    if signatory_id != caller.account_id and not caller.may(Permission.PAPERS_ISSUE):
        raise Forbidden(needed=[Permission.PAPERS_ISSUE.value])
    return signatory_id


@router.post(
    "/issued-papers/{paper_id}/signatures",
    status_code=201,
    responses=problem_responses(
        NotFound,
        PaperNotFiled,
        *DESTROYED,
        SignatureUnclear,
        NotASignature,
        SignatureTooBig,
        SignedAlready,
        UploadCut,
        *KEEPING,
    ),
    openapi_extra=_BODY,
    summary="Record a signature",
)
@raw_body
async def create_paper_signature(  # noqa: PLR0913 - one parameter a part of the request
    request: Request,
    response: Response,
    paper_id: UUID,
    caller: Signatory,
    services: Services,
    manner: Annotated[Manner, Query(description="A detached signature, or one made by hand on a print.")] = "detached",
    *,
    signed_on: Annotated[SignedOn | None, Query(description="Left out: the institution's today.")] = None,
    signatory_id: Annotated[
        UUID | None, Query(description="Account of who signed; left out: one's own. Others need the right to issue.")
    ] = None,
    signatory_name: Annotated[Named, Query(description="Somebody without an account; needs the right to issue.")] = "",
    signatory_post: Annotated[Named, Query(description="Post of who signed.")] = "",
    file_name: FileName = "signature.sig",
) -> SignatureOut:
    """Keep a detached signature (.sig, .p7s) untouched, or record that a print was signed by hand, with a scan if any.

    The service looks at the form of a signature only: it does not verify it, and trusts no certificate.
    """
    signatory = _signatory(caller, signatory_id, signatory_name)
    content = await _received(request)
    today = caller.today(services.documents.clock)
    new = NewSignature(
        manner=manner,
        signed_on=signed_on or today,
        signatory_id=signatory,
        signatory_name=signatory_name,
        signatory_post=signatory_post,
        file_name=file_name,
    )
    async with services.documents.database.work(caller.scope):
        require_may_read(caller, (await find_paper(paper_id)).kind)
    made = await sign(services, caller.scope, paper_id, new, content, today=today)
    response.headers["Location"] = f"/api/v1/issued-papers/{paper_id}/signatures"
    return SignatureOut.of(made)


@router.get(
    "/issued-papers/{paper_id}/signatures",
    responses=problem_responses(NotFound, BadCursor),
    summary="List the signatures of a paper",
)
async def list_paper_signatures(paper_id: UUID, caller: Reader, services: Services, page: Paging) -> Page[SignatureOut]:
    """In the order in which they were brought; none of them was verified."""
    async with services.documents.database.work(caller.scope):
        require_may_read(caller, (await find_paper(paper_id)).kind)
        return await paged(Listing(PaperSignature.filter(paper_id=paper_id), ("id",)), page, SignatureOut.of)


@router.get(
    "/paper-signatures/{signature_id}/content",
    response_class=Response,
    responses=bytes_answer("*/*") | problem_responses(NotFound, *DESTROYED, ContentDamaged, StorageUnavailable),
    summary="Open a signature",
)
async def read_paper_signature_content(signature_id: UUID, caller: Reader, services: Services) -> Response:
    """The bytes of the detached signature, or of the scan, exactly as they were brought."""
    async with services.documents.database.work(caller.scope) as work:
        row = await PaperSignature.get_or_none(id=signature_id)
        if row is None:
            raise NotFound
        paper = await find_paper(row.paper_id)
        require_may_read(caller, paper.kind)
        if row.document_id is None:
            raise NotFound
        version = await content_of(row.document_id)
        work.record("paper.signature_opened", paper.subject_type, paper.subject_id, {"signature": str(signature_id)})
    return file_answer(await stored_bytes(services.documents, version), version.media_type, version.file_name)
