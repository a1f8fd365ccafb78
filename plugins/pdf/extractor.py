"""What a born-digital PDF says of itself, for a clerk to confirm: its title, its text, values behind labels."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pypdfium2

from core.sdk import Candidate, Extractor, Proposal, ProposedValue
from plugins.pdf.inspector import REHEARSALS, PdfInspector
from plugins.pdf.labels import read_labels
from plugins.pdf.settings import PdfSettings

_MAX_CHARACTERS = 1_000_000
_MAX_TITLE = 300
_MEANINGLESS_TITLE = re.compile(r"^(?:untitled|microsoft word - |scan|document\d*$|без имени)", re.IGNORECASE)


class PdfExtractor(Extractor):
    """Reads the text layer with PDFium; a scan has none, and then nothing is proposed."""

    name = "pdf"
    media_types = frozenset({"application/pdf"})
    forgetful = True

    def __init__(self, settings: PdfSettings, inspector: PdfInspector) -> None:
        self._settings = settings
        self._inspector = inspector

    def prepare(self) -> None:
        """Speak of the scan that the inspector made ready with; nothing is read."""
        if scan := self._inspector.scan:
            own = Candidate(path=Path(scan.path), file_name="", size=0, sha256="", media_type="application/pdf")
            for _ in range(REHEARSALS):
                self.extract(own)

    def extract(self, candidate: Candidate) -> Proposal:
        """Title of the document information, text of the first pages, values behind known labels."""
        scan = self._inspector.scan
        if scan and scan.path == str(candidate.path):
            title, text, labels = scan.title, "", {}
        else:
            title, text = self._read(candidate.path)
            labels = read_labels(text)
        title = " ".join(title.split())
        fields = {name: ProposedValue(value=value, source="text") for name, value in labels.items()}
        if title and not _MEANINGLESS_TITLE.match(title):
            fields["title"] = ProposedValue(value=title[:_MAX_TITLE], source="pdf_info")
        return Proposal(fields=fields, text=text or None)

    def _read(self, path: Path) -> tuple[str, str]:
        document = pypdfium2.PdfDocument(path)
        try:
            title = document.get_metadata_value("Title")
            text = "\n".join(self._pages(document)).replace("\x00", "").strip()
        finally:
            document.close()
        return title, text[:_MAX_CHARACTERS]

    def _pages(self, document: pypdfium2.PdfDocument) -> Iterator[str]:
        deadline = time.monotonic() + self._settings.text_seconds
        characters = 0
        for index in range(min(len(document), self._settings.text_pages)):
            if time.monotonic() > deadline or characters > _MAX_CHARACTERS:
                return
            page = document[index]
            layer = page.get_textpage()
            text = layer.get_text_range() if layer.count_chars() > 0 else ""
            layer.close()
            page.close()
            characters += len(text)
            yield text.replace("\r\n", "\n")
