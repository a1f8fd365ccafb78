"""A nomenclature out of a file: first the report of what it would bring, then the import of the very same bytes."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from core.kernel.database.work import Work
from core.nomenclature.carriers import carriers_of
from core.nomenclature.drafting import touch
from core.nomenclature.errors import (
    AnotherFile,
    AnotherYear,
    ImportStopped,
    NomenclatureFileTooBig,
    NomenclatureNotEmpty,
)
from core.nomenclature.models import NomenclatureVersion, Section
from core.nomenclature.reading.errors import BrokenNomenclatureFile
from core.nomenclature.reading.reader import read_in_sandbox
from core.nomenclature.reading.report import Report, check, report_to_json
from core.nomenclature.rows import Cells, NewClass, NewSection, insert_sections
from core.nomenclature.services import NomenclatureServices
from core.web.fields import is_storable
from retention.nomenclature import DraftRow

LARGEST_FILE: Final = 16 << 20
"""Bytes; the nomenclature of the largest school has less than one million."""
_CARRIED_OVER: Final = "переходящ"


@dataclass(frozen=True, slots=True)
class Looked:
    """A file and what it would bring."""

    digest: str
    """SHA-256 of its bytes, 64 hexadecimal digits."""
    report: Report


async def look(services: NomenclatureServices, chunks: AsyncIterator[bytes], name: str) -> Looked:
    """Read a file in the sandbox and check every row; raise `NomenclatureFileTooBig`, `NomenclatureFileRefused`."""
    async with _received(services.scratch, chunks) as (path, digest):
        draft = await read_in_sandbox(services.sandbox, path, name=name)
    report = await asyncio.to_thread(check, draft)
    if not all(is_storable(text) for text in _texts(report)):
        raise BrokenNomenclatureFile(part="text", name=name)
    return Looked(digest, report)


@asynccontextmanager
async def _received(scratch: Path, chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory(prefix="nomenclature-", dir=scratch) as folder:
        path, digest, size = Path(folder) / "file", sha256(), 0
        with path.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > LARGEST_FILE:
                    raise NomenclatureFileTooBig(limit=LARGEST_FILE)
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
        yield path, digest.hexdigest()


def _texts(report: Report) -> Iterator[str]:
    for section in report.draft.sections:
        yield from (section.code or "", section.title or "")
    for checked in report.rows:
        row = checked.row
        yield from (row.index, row.title, row.quantity, row.term, row.note, row.footnote, row.article)


async def import_rows(work: Work, version: NomenclatureVersion, looked: Looked, expected: str) -> int:
    """Write what a file brings into an empty draft; return how many rows.

    `expected` is the digest of the bytes whose report a person has seen. Raises `AnotherFile`, `ImportStopped`,
    `AnotherYear`, `NomenclatureNotEmpty`, `NotADraft` or `ClassIndexTaken`.
    """
    if looked.digest != expected.lower():
        raise AnotherFile(sha256=looked.digest)
    if looked.report.stops_import:
        stopping = [each for each in report_to_json(looked.report)["findings"] if each["severity"] == "error"]
        raise ImportStopped(codes=sorted({str(each["code"]) for each in stopping}), number=len(stopping))
    if looked.report.draft.year not in {None, version.year}:
        raise AnotherYear(year=looked.report.draft.year, wanted=version.year)
    await touch(work, version)
    if await Section.filter(version_id=version.id).exists():
        raise NomenclatureNotEmpty
    rows = await insert_sections(work, version, _sections(looked.report))
    facts = {"version": str(version.id), "sha256": looked.digest, "rows": rows}
    work.record("nomenclature.imported", "nomenclature", version.nomenclature_id, facts)
    return rows


def _sections(report: Report) -> list[NewSection]:
    """Return the sections of a file in their order; rows before the first one come into a section without a name."""
    rows: dict[str | None, list[NewClass]] = {}
    for number, checked in enumerate(report.rows, start=1):
        rows.setdefault(checked.row.section, []).append(NewClass(cells=_cells(checked.row, number)))
    made = []
    if None in rows:
        made.append(NewSection(code="", title=report.draft.organisation or "—", classes=rows.pop(None)))
    for section in report.draft.sections:
        classes = rows.pop(section.name, None)
        if classes is not None or section.name not in {each.code or each.title for each in made}:
            title = section.title or section.code or "—"
            made.append(NewSection(code=section.code or "", title=title, classes=classes or ()))
    made += [NewSection(code="", title=name or "—", classes=classes) for name, classes in rows.items()]
    return made


def _cells(row: DraftRow, number: int) -> Cells:
    paper, electronic = carriers_of(row.note)
    return Cells(
        # A reserve row without a number of its own keeps its place.
        class_index=row.index or f"({number})",
        title=row.title,
        quantity=row.quantity,
        term=row.term,
        note=row.note,
        footnote=row.footnote,
        article=row.article,
        paper_carrier=paper,
        electronic_carrier=electronic,
        carried_over=_CARRIED_OVER in row.note.casefold(),
        reserve=row.is_reserve,
    )
