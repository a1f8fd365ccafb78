"""Addresses where papers are looked at as the registry says them now; nothing is kept of them."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from core.access.gate import Caller
from core.kernel.errors import NotFound
from core.papers.event_log_export import EventLogExport, render_csv
from core.papers.nomenclature_form import NomenclatureForm
from core.papers.nomenclature_workbook import render_xlsx
from core.papers.paper import Paper
from core.paperwork.catalog import PaperKind, Subject
from core.paperwork.issuing import Make, maker_of
from core.paperwork.letterhead import begin_making
from core.paperwork.makers.made import Made
from core.paperwork.routes.dependencies import (
    PDF,
    SETTING,
    NomenclatureReader,
    PersonalReader,
    Reader,
    Services,
    bytes_answer,
    file_answer,
)
from core.paperwork.services import PaperworkServices
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
_REFUSALS = problem_responses(*SETTING)
AsWorkbook = Annotated[Literal["pdf", "xlsx"], Query(alias="as", description="PDF/A, or the same as a workbook.")]
AsTable = Annotated[Literal["pdf", "csv"], Query(alias="as", description="PDF/A, or the same as a table.")]


async def _made(services: PaperworkServices, caller: Caller, make: Make) -> Made:
    async with services.documents.database.work(caller.scope) as work:
        made = await make(await begin_making(work))
        facts = {"kind": made.paper.kind, "project": made.paper.project}
        work.record("paper.looked_at", made.subject_type, made.subject_id, facts)
    return made


async def _pdf(services: PaperworkServices, caller: Caller, make: Make) -> Response:
    made = await _made(services, caller, make)
    return file_answer(await services.press.set_pdf(made.paper), PDF, f"{made.paper.title}.pdf")


def _table(paper: Paper, render: Callable[[], bytes], media_type: str, extension: str) -> Response:
    return file_answer(render(), media_type, f"{paper.title}.{extension}")


@router.get(
    "/nomenclature-versions/{version_id}/paper",
    response_class=Response,
    responses=bytes_answer(PDF, XLSX) | _REFUSALS,
    summary="Print a nomenclature",
)
async def read_nomenclature_paper(
    version_id: UUID, caller: NomenclatureReader, services: Services, form: AsWorkbook = "pdf"
) -> Response:
    """The official form with footnotes, marks of destruction and the final record; a draft says that it is one."""
    make = maker_of(PaperKind.NOMENCLATURE, Subject.NOMENCLATURE_VERSION, version_id)
    if form == "pdf":
        return await _pdf(services, caller, make)
    paper = (await _made(services, caller, make)).paper
    if not isinstance(paper, NomenclatureForm):
        raise NotFound
    return _table(paper, lambda: render_xlsx(paper), XLSX, "xlsx")


@router.get(
    "/nomenclature-versions/{version_id}/minutes",
    response_class=Response,
    responses=bytes_answer(PDF) | _REFUSALS,
    summary="Print the minutes about a nomenclature",
)
async def read_nomenclature_minutes(version_id: UUID, caller: NomenclatureReader, services: Services) -> Response:
    """By which the commission agreed to a version, as far as the registry knows them."""
    return await _pdf(services, caller, maker_of(PaperKind.MINUTES, Subject.NOMENCLATURE_VERSION, version_id))


@router.get(
    "/inventories/{inventory_id}/paper",
    response_class=Response,
    responses=bytes_answer(PDF) | _REFUSALS,
    summary="Print an inventory",
)
async def read_inventory_paper(inventory_id: UUID, caller: Reader, services: Services) -> Response:
    """The official form with marks of destruction; a draft says that it is one."""
    return await _pdf(services, caller, maker_of(PaperKind.INVENTORY, Subject.INVENTORY, inventory_id))


@router.get(
    "/disposal-acts/{act_id}/paper",
    response_class=Response,
    responses=bytes_answer(PDF) | _REFUSALS,
    summary="Print a disposal act",
)
async def read_disposal_act_paper(act_id: UUID, caller: Reader, services: Services) -> Response:
    """The act with its eight columns: a project from its submission on, approved, or with what its execution did."""
    return await _pdf(services, caller, maker_of(PaperKind.DISPOSAL_ACT, Subject.DISPOSAL_ACT, act_id))


@router.get(
    "/disposal-acts/{act_id}/minutes",
    response_class=Response,
    responses=bytes_answer(PDF) | _REFUSALS,
    summary="Print the minutes about a disposal act",
)
async def read_disposal_act_minutes(act_id: UUID, caller: Reader, services: Services) -> Response:
    """By which the commission agreed to the act, as far as the registry knows them."""
    return await _pdf(services, caller, maker_of(PaperKind.MINUTES, Subject.DISPOSAL_ACT, act_id))


@router.get(
    "/disposal-acts/{act_id}/personal-data-act",
    response_class=Response,
    responses=bytes_answer(PDF) | _REFUSALS,
    summary="Print the act on destroyed personal data",
)
async def read_personal_data_act(act_id: UUID, caller: PersonalReader, services: Services) -> Response:
    """Of an executed act, with the fields of п. 3 of order № 179; it names people."""
    return await _pdf(services, caller, maker_of(PaperKind.PERSONAL_DATA_ACT, Subject.DISPOSAL_ACT, act_id))


@router.get(
    "/disposal-acts/{act_id}/event-log-export",
    response_class=Response,
    responses=bytes_answer(PDF, CSV) | _REFUSALS,
    summary="Export the events of a disposal act",
)
async def read_event_log_export(
    act_id: UUID, caller: PersonalReader, services: Services, form: AsTable = "pdf"
) -> Response:
    """Of an executed act, with the five fields of п. 5 of order № 179; it names people."""
    make = maker_of(PaperKind.EVENT_LOG_EXPORT, Subject.DISPOSAL_ACT, act_id)
    if form == "pdf":
        return await _pdf(services, caller, make)
    paper = (await _made(services, caller, make)).paper
    if not isinstance(paper, EventLogExport):
        raise NotFound
    return _table(paper, lambda: render_csv(paper), CSV, "csv")
