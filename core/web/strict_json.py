"""Reads the body of a request as JSON that every reader understands alike (RFC 7493), or says why not."""

import json
import math
from typing import Any, Final, NoReturn

from core.web.errors import InvalidText, MalformedJson
from core.web.fields import is_storable

_DEEPEST: Final = 64
_LONGEST_NUMBER: Final = 40
_LARGEST: Final = 2**63


def check_json(body: bytes) -> None:
    """Raise `MalformedJson` or `InvalidText` unless `body` is JSON that is safe to hand on.

    Refused: other encodings than UTF-8, NaN and infinities, whole numbers beyond 64 bits, repeated names, more
    than 64 levels, control characters and half surrogates in texts and names.
    """
    try:
        value = json.loads(
            body.decode(),
            parse_constant=_constant,
            parse_int=_whole_number,
            parse_float=_number,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError):
        raise MalformedJson from None
    _walk(value)


def _constant(_text: str) -> NoReturn:
    raise MalformedJson(detail="")


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or not -_LARGEST <= (number := int(text)) < _LARGEST:
        raise MalformedJson
    return number


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedJson
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise MalformedJson
    return table


def _walk(value: object) -> None:
    level: list[object] = [value]
    for _ in range(_DEEPEST):
        inner: list[object] = []
        for item in level:
            if isinstance(item, str) and not is_storable(item):
                raise InvalidText
            if isinstance(item, list):
                inner.extend(item)
            elif isinstance(item, dict):
                inner.extend(item)
                inner.extend(item.values())
        if not inner:
            return
        level = inner
    raise MalformedJson
