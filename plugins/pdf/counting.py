"""How many pages PDFium sees, asked of the library itself: its Python classes would cost more than the answer."""

import os
from pathlib import Path

from pypdfium2 import raw

from plugins.pdf.refusals import Refused

_ENCRYPTED = frozenset({raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY})


def count_pages(path: Path) -> int:
    """Pages of the file; its first page is looked at too, without its content.

    Raises:
        Refused: `pdf_encrypted` or `pdf_broken`.
    """
    document = raw.FPDF_LoadDocument(os.fsencode(path) + b"\0", None)
    if not document:
        if raw.FPDF_GetLastError() in _ENCRYPTED:
            raise Refused(code="pdf_encrypted", message="The file is encrypted")
        raise Refused(code="pdf_broken", message="The file cannot be displayed", library="pdfium")
    try:
        pages = int(raw.FPDF_GetPageCount(document))
        if pages < 1 or not raw.FPDF_GetPageSizeByIndexF(document, 0, raw.FS_SIZEF()):
            raise Refused(code="pdf_broken", message="The first page cannot be displayed", library="pdfium")
    finally:
        raw.FPDF_CloseDocument(document)
    return pages
