"""What one entry of the audit trail says, and the digests that bind it.

An entry names people by id only. What could identify a person lies in the payload, which a lawful destruction
may blank later: the entry keeps the salted digest of the payload, so the chain stays whole, and the salt goes
with the payload, so nobody can guess a blanked value by trying.
"""

import hashlib
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

SALT_BYTES: Final = 16
GENESIS: Final = bytes(32)
"""Stands before the first link of every chain."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what, when, to which object, from where and what for."""

    id: UUID
    institution_id: UUID
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    action: str
    """`noun.verb_in_the_past`: `document.uploaded`."""
    object_type: str
    object_id: str
    purpose: str
    source: str
    request_id: str
    payload_digest: bytes
    """32 bytes: SHA-256 of salt and canonical payload."""


def plain(value: Any) -> Any:  # noqa: ANN401 - any value in, a JSON value out
    """Return `value` as JSON that PostgreSQL gives back unchanged, so that its digest can be taken again later.

    Identifiers, moments and enumerations become text, whole floating-point numbers become integers, and characters
    that PostgreSQL cannot keep (NUL, lone surrogates) become U+FFFD. Anything unknown becomes its `str`.
    """
    match value:
        case Enum():
            return plain(value.value)
        case str():
            return plain_text(value)
        case Mapping():
            return {plain_text(str(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
        case _:
            return _plain_scalar(value)


def _plain_scalar(value: object) -> bool | int | float | str | None:
    match value:
        case None | bool():
            return value
        case int():
            return int(value)
        case float() if not math.isfinite(value):
            return str(value)
        case float():
            return int(value) if value.is_integer() else value
        case date():
            return value.isoformat()
        case _:
            return plain_text(str(value))


def plain_text(text: str) -> str:
    """Return `text` with every character that PostgreSQL cannot keep replaced by U+FFFD."""
    if text.isascii() and "\0" not in text:
        return str(text)
    return str(text).replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the one JSON spelling that is hashed: sorted keys, no spaces, UTF-8."""
    return _ENCODER.encode(value).encode()


def new_salt() -> bytes:
    """Return fresh random bytes for one payload."""
    return secrets.token_bytes(SALT_BYTES)


def payload_digest(salt: bytes, payload: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 (32 bytes) of `salt` followed by the canonical payload."""
    return hashlib.sha256(salt + canonical(payload)).digest()


def entry_content(entry: AuditEntry) -> bytes:
    """Return the canonical bytes of every field of `entry`; the chain hashes these."""
    return canonical(
        {
            "id": str(entry.id),
            "institution_id": str(entry.institution_id),
            "recorded_at": entry.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor_kind": entry.actor_kind,
            "actor_id": str(entry.actor_id) if entry.actor_id else None,
            "action": entry.action,
            "object_type": entry.object_type,
            "object_id": entry.object_id,
            "purpose": entry.purpose,
            "source": entry.source,
            "request_id": entry.request_id,
            "payload_digest": entry.payload_digest.hex(),
        }
    )


def link(previous: bytes, position: int, sealed_at: datetime, entry: AuditEntry) -> bytes:
    """Return the digest (32 bytes) of the chain's link at `position` (1 for the first), made at `sealed_at`."""
    moment = sealed_at.astimezone(UTC).isoformat(timespec="microseconds").encode()
    return hashlib.sha256(previous + position.to_bytes(8, "big") + moment + entry_content(entry)).digest()
