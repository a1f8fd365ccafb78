"""Addresses where nomenclatures come in as files."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from core.kernel.errors import NotFound
from core.kernel.texts import Language
from core.nomenclature.errors import (
    AnotherFile,
    AnotherYear,
    ClassIndexTaken,
    ImportStopped,
    NomenclatureFileTooBig,
    NomenclatureNotEmpty,
    NotADraft,
    SectionCodeTaken,
)
from core.nomenclature.finding import find_version
from core.nomenclature.importing import import_rows, look
from core.nomenclature.reading.errors import (
    BrokenNomenclatureFile,
    NomenclatureFileRefused,
    NomenclatureFileTooLarge,
    NomenclatureFileWithMacros,
    OldOfficeFile,
    OtherFileFormat,
    ProtectedNomenclatureFile,
)
from core.nomenclature.reading.report import report_to_json
from core.nomenclature.routes.dependencies import Writer
from core.nomenclature.services import NomenclatureServices
from core.web.bodies import raw_body
from core.web.context import reader_language
from core.web.fields import CleanLine
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

FileName = Annotated[
    CleanLine, Query(max_length=400, description="The file's name, percent-encoded.", examples=["номенклатура.xlsx"])
]
Digest = Annotated[
    str,
    Query(pattern="^[0-9a-fA-F]{64}$", description="SHA-256 of the bytes whose report was looked at, as it names it."),
]
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of one .xlsx, .docx or .csv file, as they are.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_READING: Final = (
    NotFound,
    NomenclatureFileTooBig,
    NomenclatureFileRefused,
    BrokenNomenclatureFile,
    NomenclatureFileTooLarge,
    NomenclatureFileWithMacros,
    OldOfficeFile,
    OtherFileFormat,
    ProtectedNomenclatureFile,
)


class ReportOut(BaseModel):
    """What the import of a file would bring; nothing is changed."""

    sha256: str = Field(description="Digest of the bytes; the import asks for it.")
    year: int | None = Field(description="Year the file names.")
    organisation: str | None = Field(description="Organisation the file names.")
    stops_import: bool = Field(description="Whether something has to be corrected in the file first.")
    sections: list[dict[str, Any]] = Field(description="Sections, in order.")
    rows: list[dict[str, Any]] = Field(description="Every row with its cells, its reading and its findings.")
    ignored: list[dict[str, Any]] = Field(description="Every line that is no row, with the reason.")
    findings: list[dict[str, Any]]


class ImportedOut(BaseModel):
    """What an import brought."""

    rows: int = Field(description="Rows that were written.")
    sha256: str = Field(description="Digest of the bytes.")


async def _services(request: Request) -> NomenclatureServices:
    services: NomenclatureServices = request.app.state.nomenclature
    return services


async def _language(request: Request) -> Language:
    return reader_language(request.scope)


Services = Annotated[NomenclatureServices, Depends(_services)]
ReaderLanguage = Annotated[Language, Depends(_language)]


@router.post(
    "/nomenclature-versions/{version_id}/import-check",
    responses=problem_responses(*_READING),
    openapi_extra=_BODY,
    summary="Look at what a file would bring",
)
@raw_body
async def check_nomenclature_file(
    request: Request,
    version_id: UUID,
    file_name: FileName,
    caller: Writer,
    services: Services,
    language: ReaderLanguage,
) -> ReportOut:
    """Read a file and report row by row; nothing is changed. Every line of the file is accounted for."""
    async with services.database.work(caller.scope):
        await find_version(version_id)
    looked = await look(services, request.stream(), file_name)
    return ReportOut(sha256=looked.digest, **report_to_json(looked.report, language))


@router.post(
    "/nomenclature-versions/{version_id}/import",
    responses=problem_responses(
        *_READING,
        AnotherFile,
        AnotherYear,
        ImportStopped,
        NomenclatureNotEmpty,
        NotADraft,
        ClassIndexTaken,
        SectionCodeTaken,
    ),
    openapi_extra=_BODY,
    summary="Import a file",
)
@raw_body
async def import_nomenclature_file(
    request: Request, version_id: UUID, file_name: FileName, sha256: Digest, caller: Writer, services: Services
) -> ImportedOut:
    """Write the rows of a file into an empty draft, if it is the very file whose report was looked at."""
    async with services.database.work(caller.scope):
        await find_version(version_id)
    looked = await look(services, request.stream(), file_name)
    async with services.database.work(caller.scope) as work:
        rows = await import_rows(work, await find_version(version_id), looked, sha256)
    return ImportedOut(rows=rows, sha256=looked.digest)
