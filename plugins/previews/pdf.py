"""Pages of a PDF as JPEG pictures, by PDFium, which runs no script."""

from pathlib import Path

import pypdfium2

from core.sdk import Candidate, RenderedPage, Renderer

QUALITY = 80
_MAX_SCALE = 200 / 72
"""200 dpi: more shows nothing more of a scan."""


class PdfRenderer(Renderer):
    """Renders the first pages; the size of the picture is capped whatever the size of the page."""

    name = "pdf_pages"
    media_types = frozenset({"application/pdf"})

    def render(self, candidate: Candidate, folder: Path, *, pages: int, pixels: int) -> tuple[RenderedPage, ...]:
        """Write `1.jpg`, `2.jpg`, …; raises what PDFium raises for a page that cannot be shown."""
        document = pypdfium2.PdfDocument(candidate.path)
        try:
            return tuple(
                _render_page(document, index, folder, pixels) for index in range(min(len(document), max(0, pages)))
            )
        finally:
            document.close()


def _render_page(document: pypdfium2.PdfDocument, index: int, folder: Path, pixels: int) -> RenderedPage:
    page = document[index]
    width, height = page.get_size()
    scale = min(_MAX_SCALE, pixels / max(width, height, 1.0))
    # A side is never drawn smaller than one pixel, nor a hair longer than asked for.
    bitmap = page.render(scale=scale * (1 - 1 / (2 * pixels)), may_draw_forms=False)
    picture = bitmap.to_pil().convert("RGB")
    path = folder / f"{index + 1}.jpg"
    picture.save(path, "JPEG", quality=QUALITY)
    page.close()
    return RenderedPage(
        number=index + 1, path=path, media_type="image/jpeg", width=picture.width, height=picture.height
    )
