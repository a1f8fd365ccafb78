"""Keeps the secrets of a plugin's settings out of reasons and tracebacks."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr

from core.kernel.settings_secrets import MASK

_SECRET_KEY = re.compile(r"pass|secret|token|credential|(^|_)key$", re.IGNORECASE)
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/\s@]+@")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SHORTEST = 3
"""Shorter values would blank out half of every sentence; they protect nothing anyway."""


class Redactor:
    """Masks what one plugin must not give away. It learns more as the settings become known."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self._secrets: set[str] = set(_by_key(table))

    def learn_model(self, model: type[BaseModel]) -> None:
        """Learn which keys of the table the plugin itself calls secret."""
        self._secrets.update(_by_model(model, self._table))

    def learn_values(self, settings: BaseModel) -> None:
        """Learn the secrets that stand in no table: defaults, files that a validator has read."""
        self._secrets.update(_held_by(settings))

    def __call__(self, text: str) -> str:
        """Return `text` with every known secret masked."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            if len(secret) >= _SHORTEST:
                text = text.replace(secret, MASK)
        return _CONTROL.sub(" ", _CREDENTIALS_IN_URL.sub(f"{MASK}@", text))


def _by_key(value: object, *, secret: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _by_key(each, secret=secret or bool(_SECRET_KEY.search(str(key))))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _by_key(each, secret=secret)
    elif isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif secret and isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)


def _by_model(model: type[BaseModel], table: Mapping[str, Any]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        for key in {name, field.alias or name} & table.keys():
            for part in _parts(field.annotation):
                if issubclass(part, SecretStr | SecretBytes):
                    yield from _by_key(table[key], secret=True)
                elif issubclass(part, BaseModel) and isinstance(table[key], Mapping):
                    yield from _by_model(part, table[key])


def _parts(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for each in get_args(annotation):
        yield from _parts(each)


def _held_by(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, SecretBytes):
        yield value.get_secret_value().decode(errors="replace")
    elif isinstance(value, BaseModel):
        for each in dict(value).values():
            yield from _held_by(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _held_by(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _held_by(each)
