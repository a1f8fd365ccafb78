"""Which keys there are, read from the models, so that no list of them can grow stale."""

import difflib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from core.kernel.settings import Settings
from core.kernel.settings_secrets import looks_secret
from core.kernel.settings_sources import Entry, Fault, Key, variable

PLUGINS: Final = "plugins"
FILE_SUFFIX: Final = "_file"
_PLUGIN_KEY_DEPTH: Final = 3


def section_models() -> dict[str, type[BaseModel]]:
    """Return the model of every table, by name."""
    annotations = {name: field.annotation for name, field in Settings.model_fields.items()}
    return {
        name: model for name, model in annotations.items() if isinstance(model, type) and issubclass(model, BaseModel)
    }


@cache
def known_keys() -> dict[Key, FieldInfo]:
    """Return every key that is not a plugin's own."""
    return {
        (section, name): field
        for section, model in section_models().items()
        for name, field in model.model_fields.items()
    }


def _types(field: FieldInfo) -> Iterator[Any]:
    yield field.annotation
    yield from get_args(field.annotation)


def is_path(key: Key) -> bool:
    """Say whether the key holds a path."""
    field = known_keys().get(key)
    return field is not None and Path in _types(field)


def is_list(key: Key) -> bool:
    """Say whether the key holds a list."""
    field = known_keys().get(key)
    return field is not None and get_origin(field.annotation) is tuple


def is_secret(key: Key) -> bool:
    """Say whether the key holds a secret; of a plugin's keys the name tells."""
    field = known_keys().get(key)
    if field is not None:
        return SecretStr in _types(field)
    return is_plugin_key(key) and looks_secret(key[-1])


def is_plugin_key(key: Key) -> bool:
    """Say whether the key belongs to a plugin: `plugins.clamav.socket`."""
    return len(key) >= _PLUGIN_KEY_DEPTH and key[0] == PLUGINS and key[1] != "enabled" and all(key)


def secret_of(key: Key) -> Key | None:
    """Return the secret that a `…_file` key names, None if it is no such key."""
    if not key[-1].endswith(FILE_SUFFIX):
        return None
    secret = (*key[:-1], key[-1].removesuffix(FILE_SUFFIX))
    return secret if is_secret(secret) else None


def unknown(entry: Entry) -> Fault | None:
    """Return the fault of an entry whose key does not exist, with the nearest one that does."""
    if entry.key in known_keys() or is_plugin_key(entry.key):
        return None
    if entry.key[0] == PLUGINS and entry.from_file:
        return None if isinstance(entry.value, dict) else _no_table(entry)
    if len(entry.key) == 1 and entry.key[0] in section_models():
        return None if entry.value == {} else _no_table(entry)
    spelled = "variable" if not entry.from_file else "key"
    return Fault(entry.dotted, entry.where, f"there is no such {spelled}", _nearest(entry))


def _no_table(entry: Entry) -> Fault:
    return Fault(
        entry.dotted, entry.where, "is a table, not a single value", f"Write its keys below a line [{entry.dotted}]."
    )


def _nearest(entry: Entry) -> str:
    if not entry.from_file:
        nearest = difflib.get_close_matches(entry.where.upper(), [variable(key) for key in known_keys()], n=1)
        remove = "unset it"
    elif entry.key[0] not in section_models():
        nearest = [f"[{name}]" for name in difflib.get_close_matches(entry.key[0], section_models(), n=1)]
        remove = "remove it"
    else:
        names = [".".join(key) for key in known_keys()]
        same = [name for name in names if name.rpartition(".")[2] == entry.key[-1]]
        nearest = same or difflib.get_close_matches(entry.dotted, names, n=1)
        remove = "remove it"
    return f"Did you mean {nearest[0]}? Otherwise {remove}." if nearest else f"{remove.capitalize()}."
