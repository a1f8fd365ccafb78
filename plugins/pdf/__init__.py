"""PDF: is it sound and harmless (inspector), and what does it say of itself (extractor)."""

from collections.abc import Sequence
from functools import cache

from pydantic import BaseModel

from core.sdk import Extractor, Inspector, hookimpl
from plugins.pdf.extractor import PdfExtractor
from plugins.pdf.inspector import PdfInspector
from plugins.pdf.settings import PdfSettings


@hookimpl
def register_settings() -> type[BaseModel]:
    """The limits of `[plugins.pdf]`."""
    return PdfSettings


@hookimpl
def register_inspectors(settings: BaseModel | None) -> Sequence[Inspector]:
    """The check of section "PDF" of the intake."""
    return [_inspector(_checked(settings))]


@hookimpl
def register_extractors(settings: BaseModel | None) -> Sequence[Extractor]:
    """Title, text and labelled values of born-digital documents."""
    return [PdfExtractor(_checked(settings), _inspector(_checked(settings)))]


def _checked(settings: BaseModel | None) -> PdfSettings:
    return settings if isinstance(settings, PdfSettings) else PdfSettings()


@cache
def _inspector(settings: PdfSettings) -> PdfInspector:
    """One for both hooks: the extractor asks it what it saw a moment ago in the same child."""
    return PdfInspector(settings)
