"""Shows every setting in force and who set it, with secrets masked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, SecretStr

from core.kernel.settings import Origin, Settings
from core.kernel.settings_keys import is_secret
from core.kernel.settings_secrets import MASK, has_password, hidden_secrets, split_password

Shown = str | int | float | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class ReportedSetting:
    """One line of the report: the key, the value fit to be shown, and its origin."""

    key: str
    value: Shown
    origin: Origin


def settings_report(settings: Settings) -> list[ReportedSetting]:
    """Return every setting in the order of the models, plugins last; no secret is among the values."""
    lines: list[ReportedSetting] = []
    for section in type(settings).model_fields:
        table: BaseModel = getattr(settings, section)
        lines.extend(_line(settings, (section, name), getattr(table, name)) for name in type(table).model_fields)
    for plugin, values in settings.plugins.settings.items():
        lines.extend(_line(settings, key, value) for key, value in _leaves(("plugins", plugin), values))
    return lines


def _leaves(key: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves((*key, name), inner)
    else:
        yield key, value


def _line(settings: Settings, key: tuple[str, ...], value: object) -> ReportedSetting:
    dotted = ".".join(key)
    secret = isinstance(value, SecretStr) or (is_secret(key) and value is not None)
    return ReportedSetting(dotted, MASK if secret else _shown(value), settings.origin(dotted))


def _shown(value: object) -> Shown:
    if isinstance(value, list | tuple):
        return [MASK if any(hidden_secrets([item])) else str(item) for item in value]
    if isinstance(value, str) and has_password(value):
        return split_password(value)[0]
    if isinstance(value, Path | dict):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)
