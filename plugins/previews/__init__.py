"""Pictures of documents for people to look at: nothing that was sent is ever shown in a browser itself."""

from collections.abc import Sequence

from core.sdk import Renderer, hookimpl
from plugins.previews.images import ImageRenderer
from plugins.previews.pdf import PdfRenderer


@hookimpl
def register_renderers() -> Sequence[Renderer]:
    """One renderer for PDF, one for images."""
    return [PdfRenderer(), ImageRenderer()]
