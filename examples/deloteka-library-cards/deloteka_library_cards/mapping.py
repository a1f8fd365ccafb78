"""From what the library says to what the registry knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.sdk.connectors import (
    AwardData,
    EnrolmentData,
    FileData,
    GroupData,
    LearnerData,
    Mapped,
    Problem,
    Record,
    make_record,
)

Said = Mapping[str, Any]


def _group(item: Said) -> tuple[type[Mapped], Said]:
    return GroupData, {"name": item.get("name"), "group_kind": "class", "study_year": item.get("year") or ""}


def _reader(item: Said) -> tuple[type[Mapped], Said]:
    names = {"family_name": "last", "given_name": "first", "patronymic": "patronymic", "number": "card"}
    fields = {field: item.get(name) or "" for field, name in names.items()}
    return LearnerData, {**fields, "birth_date": item.get("born")}


def _member(item: Said) -> tuple[type[Mapped], Said]:
    return EnrolmentData, {"group": item.get("group"), "learner": item.get("reader"), "role": "student"}


def _award(item: Said) -> tuple[type[Mapped], Said]:
    fields = {"learner": item.get("reader"), "title": item.get("title"), "awarded_on": item.get("given_on")}
    return AwardData, {**fields, "award_kind": item.get("kind") or ""}


def _certificate(item: Said) -> tuple[type[Mapped], Said]:
    return FileData, {
        "file_name": item.get("name"),
        "learner": item.get("reader"),
        "document_kind": "certificate",
        "address": item.get("url") or "",
        "file_id": item.get("id") or "",
        "size": item.get("size"),
    }


_MAPPINGS = {
    "groups": _group,
    "readers": _reader,
    "members": _member,
    "awards": _award,
    "certificates": _certificate,
}


def mapped(stream: str, item: Said) -> Record | Problem:
    """Return the record, or the problem that becomes a dead letter."""
    mapping = _MAPPINGS[stream]
    kind, fields = mapping(item)
    changed = item.get("changed_at")
    return make_record(
        item.get("id"),
        kind,
        fields,
        raw=item,
        source_updated_at=datetime.fromisoformat(changed) if changed else None,
        gone=bool(item.get("deleted")),
    )
