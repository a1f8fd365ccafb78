"""What a package says of its cases, beside their files: JSON, with the names that the service's API uses."""

import json
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from core.exits.models import Transfer, TransferLine
from core.institutions.models import Institution

_SUFFIX: Final = 10
_OF_DOCUMENT: Final = (
    "kind",
    "title",
    "series",
    "number",
    "registration_number",
    "issued_on",
    "issued_by",
    "programme",
    "hours",
    "authenticity",
    "paper_carrier",
    "paper_place",
    "note",
    "personal_file",
    "person",
    "volume",
    "part",
)
_OF_FILE: Final = ("ordinal", "file_name", "media_type", "pages", "size", "sha256", "uploaded_at")
_OF_LINE: Final = (
    "position",
    "class_index",
    "title",
    "first_day",
    "last_day",
    "volumes",
    "sheets",
    "term",
    "footnote",
    "article",
)


def to_json(said: dict[str, Any]) -> bytes:
    """Return UTF-8 JSON for people and programs; days and moments as in ISO 8601."""
    return (json.dumps(said, ensure_ascii=False, indent=1, default=_plain) + "\n").encode()


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def suffix_of(file_name: str) -> str:
    """Return the extension of a file in plain ASCII, or nothing; names of people never become paths."""
    suffix = PurePosixPath(file_name).suffix.lower()
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= _SUFFIX else ""


def said_of_transfer(institution: Institution, transfer: Transfer, cases: int) -> dict[str, Any]:
    """Return who hands over what to whom, and on which basis."""
    return {
        "id": transfer.id,
        "number": transfer.number,
        "approved_on": transfer.approved_on,
        "basis": transfer.basis,
        "inventory_id": transfer.inventory_id,
        "institution": {"name": institution.name, "inn": institution.inn},
        "archive": {"name": transfer.archive_name, "address": transfer.archive_address},
        "cases": cases,
    }


def said_of_line(line: TransferLine) -> dict[str, Any]:
    """Return what the line says of its case."""
    return {"id": line.case_id} | {name: getattr(line, name) for name in _OF_LINE}


def said_of_document(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a document, with no file yet."""
    document_id: UUID = row["document_id"]
    return {"id": document_id} | {name: row[name] for name in _OF_DOCUMENT} | {"files": []}


def said_of_file(row: dict[str, Any], path: str) -> dict[str, Any]:
    """Return what is known of one file, and where in the package it lies."""
    return {"id": row["version_id"], "path": path} | {name: row[name] for name in _OF_FILE}
