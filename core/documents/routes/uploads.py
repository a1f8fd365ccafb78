"""Addresses where files come in."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.consents.errors import BlockedByArchiveTerm, PersonalFileBlocked
from core.documents.errors import (
    DuplicateUpload,
    HolderUnclear,
    IdempotencyConflict,
    MalformedForm,
    OutcomeUnknown,
    SpoolBusy,
    UnknownKind,
    UploadCut,
    UploadRejected,
    UploadTooBig,
)
from core.documents.intake import Kept, upload, upload_version
from core.documents.requests import DESCRIBED, Arrival, Authenticity, Description, Holder, Upload
from core.documents.routes.dependencies import ReaderLanguage, Services, services_of
from core.documents.routes.form import form_schema, read_form
from core.documents.schemas import DocumentDetailOut, Hours, Line, ShortLine
from core.kernel.errors import (
    DatabaseUnavailable,
    Invalid,
    NoSpace,
    NotFound,
    StaleState,
    StorageUnavailable,
)
from core.kernel.texts import Language
from core.web.bodies import raw_body
from core.web.conditional import etag
from core.web.context import reader_language
from core.web.fields import CleanText, Day
from core.web.problems import problem_responses
from core.web.query import query_parameters, read_query
from core.web.routing import Router

router = Router()

Uploader = Annotated[Caller, Depends(allow(Permission.DOCUMENTS_UPLOAD))]
_FILE_NAME: Final = Field(
    min_length=1,
    max_length=4000,
    description="The file's name, percent-encoded. It is cleaned, and used for display only.",
    examples=["диплом.pdf"],
)
_INSIST: Final = Field(default=False, description="Keep the file although the same bytes are kept here already.")
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Repeat a request with the same key and the same bytes, and nothing is kept twice.",
        examples=["0197f3a2-6d1c-7aaa-8bbb-111111111111"],
    ),
]
_REFUSALS: Final = (
    NotFound,
    UploadTooBig,
    UploadCut,
    UploadRejected,
    UnknownKind,
    HolderUnclear,
    DuplicateUpload,
    IdempotencyConflict,
    PersonalFileBlocked,
    BlockedByArchiveTerm,
    StaleState,
    NoSpace,
    StorageUnavailable,
    DatabaseUnavailable,
    OutcomeUnknown,
    SpoolBusy,
)
_LENGTH: Final = re.compile("[0-9]{1,18}")
_RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of one file, as they are.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_REPEATED: dict[int | str, dict[str, Any]] = {
    200: {"model": DocumentDetailOut, "description": "A repeated request: this is what the first one brought."}
}
_ANSWERS: dict[int | str, dict[str, Any]] = _REPEATED | problem_responses(*_REFUSALS)


def holder_of(personal_file_id: UUID | None, group_id: UUID | None) -> Holder:
    """Return whose document it is; raise `HolderUnclear` unless exactly one is named."""
    if (personal_file_id is None) == (group_id is None):
        raise HolderUnclear
    return Holder(personal_file_id=personal_file_id, group_id=group_id)


class UploadQuery(BaseModel):
    """What comes with a raw upload beside its bytes."""

    kind: str = Field(max_length=100, description="Kind of document.", examples=["diploma"])
    file_name: str = _FILE_NAME
    personal_file_id: UUID | None = Field(default=None, description="Personal file it belongs to.")
    group_id: UUID | None = Field(default=None, description="Group it belongs to, instead of a personal file.")
    insist: bool = _INSIST
    title: Line = Field(default="", description="Title; the file's name without one.")
    series: ShortLine = Field(default="", description="Series of the form.")
    number: ShortLine = Field(default="", description="Number of the form.")
    registration_number: ShortLine = Field(default="", description="Number in the register.")
    issued_on: Day | None = Field(default=None, description="Date of issue.")
    issued_by: Line = Field(default="", description="Organisation that issued it.")
    programme: Line = Field(default="", description="Educational programme.")
    hours: Hours | None = Field(default=None, description="Hours of the programme.")
    authenticity: Authenticity = Field(default="copy", description="What this file shows.")
    paper_carrier: bool = Field(default=False, description="Whether a paper carrier is kept too.")
    paper_place: Line = Field(default="", description="Where the paper lies.")
    note: CleanText = Field(default="", max_length=2000, description="Anything else worth knowing.")

    def to_description(self) -> Description:
        """Return the metadata as the intake takes it; raise `Invalid` for a place without a paper."""
        if self.paper_place and not self.paper_carrier:
            raise Invalid(fields=["paper_place"])
        return Description(**self.model_dump(include=set(DESCRIBED)))


class VersionQuery(BaseModel):
    """What comes with a further version beside its bytes."""

    file_name: str = _FILE_NAME
    insist: bool = _INSIST


async def body_of(request: Request) -> AsyncIterator[bytes]:
    """Give the body as it comes; raise `UploadCut` when the connection ends before the body does."""
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as error:
        raise UploadCut from error


def arrival_of(request: Request, file_name: str, *, insist: bool, key: str | None) -> Arrival:
    """Return how the body of `request` comes in."""
    length = request.headers.get("content-length", "")
    return Arrival(
        file_name=file_name,
        declared_type=request.headers.get("content-type"),
        length=int(length) if _LENGTH.fullmatch(length) else None,
        insist=insist,
        idempotency_key=key,
    )


def answer(kept: Kept, response: Response, language: Language) -> DocumentDetailOut:
    """Return what is said of a kept upload: 201 when it is new, 200 when an earlier request brought it."""
    response.headers["Location"] = f"/api/v1/documents/{kept.document.id}"
    response.headers["ETag"] = etag(kept.document.revision)
    response.status_code = 200 if kept.replayed else 201
    return DocumentDetailOut.of_both(kept.document, kept.version, language)


@router.post(
    "/documents",
    status_code=201,
    responses=_ANSWERS,
    openapi_extra=_RAW_BODY | {"parameters": query_parameters(UploadQuery)},
    summary="Upload a document",
)
@raw_body
async def upload_document(
    request: Request, response: Response, caller: Uploader, *, idempotency_key: Key = None
) -> DocumentDetailOut:
    """Send one file as the body of the request. The answer says what was found in it; it is then kept safely.

    A file that only a person can judge is kept in quarantine (`state`), and someone with the right to decide releases
    or refuses it. A rejected file is answered 422 and not kept.
    """
    query = read_query(request, UploadQuery)
    wanted = Upload(
        kind=query.kind,
        holder=holder_of(query.personal_file_id, query.group_id),
        arrival=arrival_of(request, query.file_name, insist=query.insist, key=idempotency_key),
        description=query.to_description(),
    )
    kept = await upload(services_of(request), caller.scope, wanted, body_of(request))
    return answer(kept, response, reader_language(request.scope))


@router.post(
    "/document-forms",
    status_code=201,
    responses=_REPEATED | problem_responses(*_REFUSALS, MalformedForm),
    summary="Upload a document with an HTML form",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": form_schema(),
                    "encoding": {"file": {"contentType": "application/octet-stream"}},
                }
            },
        }
    },
)
@raw_body
async def upload_document_by_form(
    request: Request,
    response: Response,
    caller: Uploader,
    services: Services,
    language: ReaderLanguage,
    *,
    idempotency_key: Key = None,
) -> DocumentDetailOut:
    """Send one file and its metadata as `multipart/form-data`; the file must be the last part of the form."""
    form = await read_form(request.headers.get("content-type", ""), body_of(request))
    wanted = Upload(
        kind=form.fields.kind,
        holder=holder_of(form.fields.personal_file_id, form.fields.group_id),
        arrival=Arrival(
            file_name=form.file_name,
            declared_type=form.declared_type,
            insist=form.fields.insist,
            idempotency_key=idempotency_key,
        ),
        description=form.fields.to_description(),
    )
    return answer(await upload(services, caller.scope, wanted, form.file), response, language)


@router.post(
    "/documents/{document_id}/versions",
    status_code=201,
    responses=_ANSWERS,
    openapi_extra=_RAW_BODY | {"parameters": query_parameters(VersionQuery)},
    summary="Upload a further version",
)
@raw_body
async def upload_document_version(
    request: Request, response: Response, document_id: UUID, caller: Uploader, *, idempotency_key: Key = None
) -> DocumentDetailOut:
    """Send a better scan of the same document as the body. The earlier versions stay and can be read."""
    query = read_query(request, VersionQuery)
    arrival = arrival_of(request, query.file_name, insist=query.insist, key=idempotency_key)
    kept = await upload_version(services_of(request), caller.scope, document_id, arrival, body_of(request))
    return answer(kept, response, reader_language(request.scope))
