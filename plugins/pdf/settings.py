"""Limits of the PDF plugin, the table `[plugins.pdf]`."""

from pydantic import BaseModel, Field


class PdfSettings(BaseModel, frozen=True):
    """Limits of the PDF plugin; the defaults let every sound file of a large corpus pass."""

    max_pages: int = Field(default=500, ge=1, le=5_000)
    """Pages; a page tree costs its reader 2.3 MB a thousand pages, so it is counted before it is read."""
    max_objects: int = Field(default=300_000, ge=1)
    max_page_points: int = Field(default=14_400, ge=72)
    """Longer side of a page in points of 1/72 inch; 14,400 is the limit of the format (ISO 32000-1, annex C)."""
    text_pages: int = Field(default=50, ge=0)
    """Pages whose text is read for search."""
    text_seconds: float = Field(default=1.0, gt=0)
    """Time after which no further page is read."""
