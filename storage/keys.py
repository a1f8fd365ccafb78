"""Where an object lies in the bucket: one key for each version of a document, never shared, never derived from content.

A digest as a key would let two documents share bytes, so that the lawful destruction of one would destroy the other;
and a name in a key would keep personal data after the destruction. So a key is made of random identifiers only.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from storage.errors import InvalidKey

MAX_SEGMENT = 255
"""Bytes of one path segment; the embedded store keeps segments as file names."""
MAX_KEY = 1024
"""Bytes of a whole key (S3)."""
LAST_POSITION = 10**20 - 1

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_POSITION = re.compile(r"[0-9]{20}")


@dataclass(frozen=True, slots=True)
class OriginalKey:
    """The original bytes of one version of a document."""

    institution_id: UUID
    document_id: UUID
    version_id: UUID

    def __str__(self) -> str:
        """The key in the bucket."""
        return f"originals/{self.institution_id}/{self.document_id}/{self.version_id}"


@dataclass(frozen=True, slots=True)
class QuarantineKey:
    """The original bytes of one version that waits for a person's decision."""

    institution_id: UUID
    document_id: UUID
    version_id: UUID

    def __str__(self) -> str:
        """The key in the bucket."""
        return f"quarantine/{self.institution_id}/{self.document_id}/{self.version_id}"


@dataclass(frozen=True, slots=True)
class RenditionKey:
    """Something derived from one version of a document: a preview, a thumbnail."""

    institution_id: UUID
    document_id: UUID
    version_id: UUID
    name: str

    def __str__(self) -> str:
        """The key in the bucket."""
        return f"renditions/{self.institution_id}/{self.document_id}/{self.version_id}/{self.name}"


@dataclass(frozen=True, slots=True)
class AnchorKey:
    """The head of an institution's audit chain at one position."""

    institution_id: UUID
    position: int

    def __str__(self) -> str:
        """The key in the bucket."""
        return f"anchors/{self.institution_id}/{self.position:020d}"


@dataclass(frozen=True, slots=True)
class PackageKey:
    """The files of a transfer to an archive, as one object: copies, never originals."""

    institution_id: UUID
    transfer_id: UUID
    package_id: UUID

    def __str__(self) -> str:
        """The key in the bucket."""
        return f"packages/{self.institution_id}/{self.transfer_id}/{self.package_id}"


@dataclass(frozen=True, slots=True)
class GivenFileKey:
    """A file that somebody gave to a connection to read: no document, gone when it is removed."""

    institution_id: UUID
    connection_id: UUID
    file_id: UUID

    def __str__(self) -> str:
        """The key in the bucket."""
        return f"given/{self.institution_id}/{self.connection_id}/{self.file_id}"


ObjectKey = OriginalKey | QuarantineKey | RenditionKey | AnchorKey | PackageKey | GivenFileKey


def original_key(institution_id: UUID, document_id: UUID, version_id: UUID) -> str:
    """Key of the original bytes of one version of a document."""
    return str(OriginalKey(institution_id, document_id, version_id))


def quarantine_key(institution_id: UUID, document_id: UUID, version_id: UUID) -> str:
    """Key of the original bytes of one version that waits for a person's decision."""
    return str(QuarantineKey(institution_id, document_id, version_id))


def rendition_key(institution_id: UUID, document_id: UUID, version_id: UUID, name: str) -> str:
    """Key of a rendition; `name` is a technical name such as `page-0001.webp`, lower case, at most 100 characters.

    Raises:
        InvalidKey: the name has other characters; a name may not carry personal data.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidKey(name, "a rendition's name has lower-case letters, digits, dots, dashes and underscores only")
    return str(RenditionKey(institution_id, document_id, version_id, name))


def anchor_key(institution_id: UUID, position: int) -> str:
    """Key of an audit anchor; keys of one institution sort by position.

    Raises:
        InvalidKey: the position is negative or has more than 20 digits.
    """
    if not 0 <= position <= LAST_POSITION:
        raise InvalidKey(str(position), "a position has 1 to 20 digits")
    return str(AnchorKey(institution_id, position))


def package_key(institution_id: UUID, transfer_id: UUID, package_id: UUID) -> str:
    """Key of the package of a transfer."""
    return str(PackageKey(institution_id, transfer_id, package_id))


def given_file_key(institution_id: UUID, connection_id: UUID, file_id: UUID) -> str:
    """Key of a file that was given to a connection."""
    return str(GivenFileKey(institution_id, connection_id, file_id))


def renditions_prefix(institution_id: UUID, document_id: UUID, version_id: UUID) -> str:
    """Prefix of every rendition of one version, for a destruction that must find them all."""
    return f"renditions/{institution_id}/{document_id}/{version_id}/"


def document_prefixes(institution_id: UUID, document_id: UUID) -> tuple[str, str, str]:
    """Prefixes of everything of one document: its originals, what waits in quarantine, and its renditions."""
    kinds = ("originals", "quarantine", "renditions")
    originals, quarantine, renditions = (f"{kind}/{institution_id}/{document_id}/" for kind in kinds)
    return originals, quarantine, renditions


def institution_prefixes(institution_id: UUID) -> tuple[str, ...]:
    """Every prefix below which objects of one institution lie."""
    kinds = ("originals", "quarantine", "renditions", "anchors", "packages", "given")
    return tuple(f"{kind}/{institution_id}/" for kind in kinds)


def parse_key(key: str) -> ObjectKey:
    """Read a key back; exactly the keys that this module builds are accepted.

    Raises:
        InvalidKey: it is no such key.
    """
    kind, *segments = key.split("/")
    try:
        parsed = _parse(kind, segments)
    except (ValueError, TypeError) as error:
        raise InvalidKey(key, "it does not name an institution, a document and a version") from error
    if str(parsed) != key:
        raise InvalidKey(key, "it is not spelt as this service spells it")
    return parsed


def _parse(kind: str, segments: list[str]) -> ObjectKey:
    if kind == "anchors":
        institution, position = segments
        if _POSITION.fullmatch(position) is None:
            raise ValueError(position)
        return AnchorKey(UUID(institution), int(position))
    institution_id, document_id, version_id = (UUID(segment) for segment in segments[:3])
    rest = segments[3:]
    if kind == "renditions":
        (name,) = rest
        if _NAME.fullmatch(name) is None:
            raise ValueError(name)
        return RenditionKey(institution_id, document_id, version_id, name)
    if rest:
        raise ValueError(rest)
    if kind == "originals":
        return OriginalKey(institution_id, document_id, version_id)
    if kind == "quarantine":
        return QuarantineKey(institution_id, document_id, version_id)
    if kind in _OTHERS:
        return _OTHERS[kind](institution_id, document_id, version_id)
    raise ValueError(kind)


_OTHERS: Final[Mapping[str, Callable[[UUID, UUID, UUID], ObjectKey]]] = {
    "packages": PackageKey,
    "given": GivenFileKey,
}


def check_key(key: str) -> str:
    """Give back a key that every supported store can keep.

    Raises:
        InvalidKey: empty, too long, a segment that is empty, `.` or `..` or too long, or a character outside ASCII.
    """
    if not key or len(key) > MAX_KEY:
        raise InvalidKey(key, f"it has 1 to {MAX_KEY} characters")
    if not key.isascii() or not key.isprintable():
        raise InvalidKey(key, "it has printable ASCII characters only")
    for segment in key.split("/"):
        if segment in {"", ".", ".."} or len(segment) > MAX_SEGMENT:
            raise InvalidKey(key, f"each segment has 1 to {MAX_SEGMENT} characters and is not '.' or '..'")
    return key
