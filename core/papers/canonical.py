"""The digest of what a paper was made from: SHA-256 of a canonical JSON of its value.

The form is that of RFC 8785 for the values that occur: objects with sorted ASCII names, arrays, strings, whole numbers,
booleans and null, without white space, in UTF-8. Days are `2026-03-05`, moments are in UTC (`2026-03-05T09:00:00Z`),
decimal numbers are strings.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum


def to_plain(value: object) -> object:
    """Return a value as JSON has it.

    Raises:
        TypeError: a part is of a type that papers do not use.
    """
    if isinstance(value, Mapping):
        return {str(name): to_plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(each) for each in value]
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    return _plain_leaf(value)


def _plain_leaf(value: object) -> str | int | None:
    match value:
        case Enum():
            return str(value.value)
        case None | bool() | int() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            message = f"{type(value).__name__} has no place in a paper"
            raise TypeError(message)


def canonical_json(value: object) -> bytes:
    """Return the canonical JSON of a value; half surrogate pairs are written as UTF-8 would write their number."""
    text = json.dumps(to_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON in lower-case hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
