"""Is a PDF sound, within limits, unencrypted and without active content?

PDFium counts the pages before pikepdf opens the file, because pikepdf reads the whole page tree in while opening
and a bomb would be felt before it was counted. The file is never saved and its streams are never inflated here.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name

from core.sdk import Candidate, Fact, Finding, Inspection, Inspector, Severity
from plugins.pdf.active_content import ActiveContent
from plugins.pdf.counting import count_pages
from plugins.pdf.refusals import Refused
from plugins.pdf.settings import PdfSettings

_TAIL = 1 << 16
REHEARSALS = 24
"""Python writes to code until it has run about twenty times."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A sound file without any font, hence without text."""

    path: str
    title: str
    """Of the document information; may be empty."""


class PdfInspector(Inspector):
    """Opens a PDF in both libraries: a file needs both to be called good."""

    name = "pdf"
    media_types = frozenset({"application/pdf"})
    forgetful = True

    def __init__(self, settings: PdfSettings) -> None:
        self._settings = settings
        self.scan: Scan | None = None
        """The file looked at last, if it is a scan: then the extractor need not open it again."""

    def prepare(self) -> None:
        """Look at a page of our own: libraries set themselves up at their first use, Python at the first twenty."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "own.pdf"
            _write_own(path)
            size = path.stat().st_size
            own = Candidate(path=path, file_name=path.name, size=size, sha256="", media_type="application/pdf")
            for _ in range(REHEARSALS):
                self.inspect(own)

    def inspect(self, candidate: Candidate) -> Inspection:
        """Count, open, measure, walk; the first thing that refuses the file ends the inspection."""
        pages: int | None = None
        facts: dict[str, Fact] = {}
        findings: list[Finding] = []
        try:
            pages = self._count(candidate.path)
            with _open(candidate.path) as pdf:
                facts["pdf_version"] = pdf.pdf_version
                self._check_structure(pdf, pages)
                active = ActiveContent(pdf)
                self.scan = None if active.has_fonts else Scan(str(candidate.path), _title(pdf))
                facts["signed"] = active.signed
                findings += active.findings
                findings += self._check_boxes(pdf)
                findings += _repairs(pdf, candidate.path)
        except Refused as refused:
            findings.append(refused.finding)
            facts |= {"encrypted": True} if refused.finding.code == "pdf_encrypted" else {}
        return Inspection(findings=tuple(findings), pages=pages, facts=facts)

    def _count(self, path: Path) -> int:
        pages = count_pages(path)
        if pages > self._settings.max_pages:
            limit = self._settings.max_pages
            raise Refused(code="pdf_pages", message="The file has too many pages", pages=pages, limit=limit)
        return pages

    def _check_structure(self, pdf: pikepdf.Pdf, pages: int) -> None:
        if pdf.is_encrypted:
            # Protected with an empty user password, such files open silently.
            raise Refused(code="pdf_encrypted", message="The file is encrypted, though it opens without a password")
        objects = len(pdf.objects)
        if objects > self._settings.max_objects:
            limit = self._settings.max_objects
            raise Refused(code="pdf_objects", message="The file has too many objects", objects=objects, limit=limit)
        if len(pdf.pages) != pages:
            found = len(pdf.pages)
            raise Refused(
                code="pdf_broken", message="Two libraries count different numbers of pages", first=pages, second=found
            )

    def _check_boxes(self, pdf: pikepdf.Pdf) -> list[Finding]:
        for number, page in enumerate(pdf.pages, start=1):
            points = _longer_side(page)
            if points is None:
                message = "The box of a page is not four numbers"
                return [Finding(code="pdf_broken", severity=Severity.REFUSAL, message=message, facts={"page": number})]
            if points > self._settings.max_page_points:
                limit = self._settings.max_page_points
                message = "A page is larger than the format allows"
                facts: dict[str, Fact] = {"page": number, "points": round(points), "limit": limit}
                return [Finding(code="pdf_page_size", severity=Severity.REFUSAL, message=message, facts=facts)]
        return []


def _write_own(path: Path) -> None:
    """A page with a picture, as scanners write it."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        picture = Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8)
        picture.ColorSpace = Name.DeviceGray
        page.Resources = Dictionary(XObject=Dictionary(Im0=pdf.make_stream(b"\0", picture)))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
        pdf.trailer.Info = pdf.make_indirect(Dictionary(Title="Scan"))
        pdf.save(path)


def _open(path: Path) -> pikepdf.Pdf:
    try:
        return pikepdf.open(path, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise Refused(code="pdf_encrypted", message="The file is encrypted") from error
    except pikepdf.PdfError as error:
        # Encryption for the holders of certificates is reported as a broken file.
        if "encrypt" in str(error).lower():
            raise Refused(code="pdf_encrypted", message="The file is encrypted in a way that cannot be read") from error
        raise Refused(code="pdf_broken", message="The structure of the file cannot be read", library="qpdf") from error


def _longer_side(page: pikepdf.Page) -> float | None:
    try:
        left, bottom, right, top = [float(str(value)) for value in page.mediabox.as_list()]
        unit = float(str(page.obj.get("/UserUnit", 1)))
    except (ValueError, TypeError, AttributeError):
        return None
    return max(abs(right - left), abs(top - bottom)) * unit


def _title(pdf: pikepdf.Pdf) -> str:
    information = pdf.trailer.get("/Info")
    title = information.get("/Title") if isinstance(information, pikepdf.Dictionary) else None
    return str(title) if isinstance(title, pikepdf.String) else ""


def _repairs(pdf: pikepdf.Pdf, path: Path) -> list[Finding]:
    warnings = len(pdf.get_warnings())
    if not warnings:
        return []
    if not _has_end(path):
        message = "The end of the file is missing"
        return [Finding(code="pdf_broken", severity=Severity.REFUSAL, message=message, facts={"warnings": warnings})]
    message = "The structure of the file is damaged; it was read by repairing it in memory"
    return [Finding(code="pdf_repaired", severity=Severity.WARNING, message=message, facts={"warnings": warnings})]


def _has_end(path: Path) -> bool:
    with path.open("rb") as file:
        last = b""
        while block := file.read(_TAIL):
            if b"%%EOF" in last[-4:] + block:
                return True
            last = block
    return False
