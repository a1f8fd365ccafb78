"""Values of OneRoster fields, read strictly: what does not fit is said, never guessed."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

OneRosterObject = Mapping[str, Any]
"""An object in the shape of the REST answers, whichever way it came."""

NOTHING = "NULL"
"""The word that means «no value» in CSV, like an empty cell."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_USER_ID = re.compile(r"\s*\{([^{}:]+):([^{}]*)\}\s*(?:,|$)")


class Unfit(ValueError):
    """A field whose value is not what the specification says; `field` names it, the value is not repeated."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected}")
        self.field = field


class NumberText(str):
    """A number of a JSON answer as it was written there: marks stay text, `5.0` stays `5.0`."""

    __slots__ = ()


def text(entry: OneRosterObject, field: str) -> str:
    """Return a text, empty if there is none; numbers as they were written."""
    value = entry.get(field)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise Unfit(field, "text is expected")


def texts(entry: OneRosterObject, field: str) -> tuple[str, ...]:
    """Return a list of texts; a single text with commas is a list too."""
    value = entry.get(field)
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, Sequence) or not all(isinstance(each, str | int) for each in value):
        raise Unfit(field, "a list of texts is expected")
    return tuple(str(each).strip() for each in value if str(each).strip())


def identifier(entry: OneRosterObject, field: str = "sourcedId") -> str:
    """Return an identifier, empty if there is none; one that went through floating point is none."""
    value = entry.get(field)
    if isinstance(value, NumberText):
        raise Unfit(field, "a number with a fraction or an exponent is no identifier")
    return text(entry, field)


def reference(entry: OneRosterObject, field: str) -> str | None:
    """Return the `sourcedId` that a reference names; its `href` is never looked at."""
    value = entry.get(field)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Unfit(field, "a reference is expected")
    return identifier(value) or None


def references(entry: OneRosterObject, field: str) -> tuple[str, ...]:
    """Return the identifiers that a list of references names."""
    value = entry.get(field)
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Unfit(field, "a list of references is expected")
    if not all(isinstance(each, Mapping) for each in value):
        raise Unfit(field, "a list of references is expected")
    return tuple(found for each in value if (found := identifier(each)))


def day(entry: OneRosterObject, field: str, zone: ZoneInfo) -> date | None:
    """Return a day: `2025-09-01`, or the day in `zone` of a moment that a sloppy server sends instead."""
    value = text(entry, field)
    if not value:
        return None
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
        if _DAY.match(value) and len(value) > len("2025-09-01"):
            return _moment(value).astimezone(zone).date()
    except ValueError:
        pass
    raise Unfit(field, "a day like 2025-09-01 is expected")


def modified(entry: OneRosterObject) -> datetime | None:
    """Return `dateLastModified`, aware; a day counts from its beginning in UTC.

    `None` if there is none, or one in a form of the system's own: nothing but provenance depends on it.
    """
    value = entry.get("dateLastModified")
    try:
        return _moment(value.strip()) if isinstance(value, str) and value.strip() else None
    except ValueError:
        return None


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def is_deleted(entry: OneRosterObject) -> bool:
    """Whether the source says that the object is to be deleted."""
    return text(entry, "status").casefold() == "tobedeleted"


def user_ids(cell: str) -> list[dict[str, str]]:
    """Return the items of a CSV cell `{Type:Identifier},{Type:Identifier}`; raise `Unfit` if it is none."""
    found = []
    position = 0
    while position < len(cell):
        item = _USER_ID.match(cell, position)
        if item is None:
            raise Unfit("userIds", "items like {Type:Identifier} are expected")
        found.append({"type": item[1].strip(), "identifier": item[2].strip()})
        position = item.end()
    return found


def user_id(entry: OneRosterObject, kind: str) -> str:
    """Return the identifier of that type, upper or lower case, empty if there is none; two different ones are unfit."""
    value = entry.get("userIds")
    if value is None or not kind:
        return ""
    if not isinstance(value, Sequence) or not all(isinstance(each, Mapping) for each in value):
        raise Unfit("userIds", "a list of type and identifier is expected")
    found = {text(each, "identifier") for each in value if text(each, "type").casefold() == kind.casefold()} - {""}
    if len(found) > 1:
        raise Unfit("userIds", f"more than one of type {kind}")
    return found.pop() if found else ""
