"""A second opinion on the media type, by libmagic: it never decides, because it is often wrong about Office files."""

from collections.abc import Sequence

from core.sdk import Inspector, hookimpl
from plugins.media_type.inspector import MediaTypeInspector


@hookimpl
def register_inspectors() -> Sequence[Inspector]:
    """The opinion of libmagic, as a warning where it differs."""
    return [MediaTypeInspector()]
