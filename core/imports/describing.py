"""What a record of a file says of the document that it becomes."""

from datetime import date
from typing import Any, Final

from core.documents.requests import DESCRIBED, Description
from core.sdk.connectors import FileData

_TEXTS: Final = frozenset({"series", "number", "registration_number", "issued_by", "programme", "paper_place", "note"})


def description_of(data: FileData) -> Description:
    """Return the metadata that the registry has fields for; what it has none for goes into the note."""
    values: dict[str, Any] = {name: value for name, value in data.fields.items() if name in _TEXTS}
    if (hours := data.fields.get("hours", "")).isdigit():
        values["hours"] = int(hours)
    if data.fields.get("authenticity") in {"original", "copy", "certified_copy"}:
        values["authenticity"] = data.fields["authenticity"]
    issued: date | None = data.issued_on
    if issued is None:
        issued = _day(data.fields.get("issued_on", ""))
    others = [f"{name}: {value}" for name, value in sorted(data.fields.items()) if name not in DESCRIBED and value]
    note = "; ".join(part for part in (values.pop("note", ""), *others) if part)
    return Description(title=data.title, issued_on=issued, note=note[:2_000], **values)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
