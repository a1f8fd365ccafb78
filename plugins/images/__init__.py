"""Images: does every pixel decode, within limits?"""

from collections.abc import Sequence

from pydantic import BaseModel

from core.sdk import Inspector, hookimpl
from plugins.images.inspector import ImageInspector, ImageSettings


@hookimpl
def register_settings() -> type[BaseModel]:
    """The limits of `[plugins.images]`."""
    return ImageSettings


@hookimpl
def register_inspectors(settings: BaseModel | None) -> Sequence[Inspector]:
    """The check of section "Images" of the intake."""
    return [ImageInspector(settings if isinstance(settings, ImageSettings) else ImageSettings())]
