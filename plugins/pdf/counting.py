"""How many pages PDFium sees, asked of the library itself: its Python classes would cost more than the answer."""

import os
from pathlib import Path

from pypdfium2 import raw

from plugins.pdf.refusals import Refused

_ENCRYPTED = frozenset({raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY})

# Held here, so that a child which was forked a moment ago need not look them up.
_load, _close = raw.FPDF_LoadDocument, raw.FPDF_CloseDocument
_pages, _page_size, _Size = raw.FPDF_GetPageCount, raw.FPDF_GetPageSizeByIndexF, raw.FS_SIZEF


def count_pages(path: Path) -> int:
    """Pages of the file; its first page is looked at too, without its content.

    Raises:
        Refused: `pdf_encrypted` or `pdf_broken`.
    """
    document = _load(os.fsencode(path) + b"\0", None)
    if not document:
        if raw.FPDF_GetLastError() in _ENCRYPTED:
            raise Refused(code="pdf_encrypted", message="The file is encrypted")
        raise Refused(code="pdf_broken", message="The file cannot be displayed", library="pdfium")
    try:
        pages = int(_pages(document))
        if pages < 1 or not _page_size(document, 0, _Size()):
            raise Refused(code="pdf_broken", message="The first page cannot be displayed", library="pdfium")
    finally:
        _close(document)
    return pages
