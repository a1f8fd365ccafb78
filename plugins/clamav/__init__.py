"""Antivirus by a local clamd. Off unless enabled; once enabled, no file passes without its answer."""

from collections.abc import Sequence

from pydantic import BaseModel

from core.sdk import Scanner, hookimpl
from plugins.clamav.scanner import ClamavScanner, ClamavSettings


@hookimpl
def register_settings() -> type[BaseModel]:
    """Where clamd listens: the table `[plugins.clamav]`."""
    return ClamavSettings


@hookimpl
def register_inspectors(settings: BaseModel | None) -> Sequence[Scanner]:
    """The scanner."""
    return [ClamavScanner(settings if isinstance(settings, ClamavSettings) else ClamavSettings())]
