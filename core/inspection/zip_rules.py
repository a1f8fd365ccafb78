"""What the directory of a ZIP or Office file must look like before any member of it is read."""

import re
import stat
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from core.inspection import media_types as types
from core.inspection.archives import BrokenArchive, Directory, Entry, overlapping
from core.inspection.names import clean_file_name
from core.inspection.policy import ArchiveLimits
from core.inspection.verdicts import Code, refusal
from core.sdk import Finding

_DRIVE = re.compile(r"[A-Za-z]:")
_RATIO_FROM = 1 << 20
"""Bytes from which the ratio of one entry counts: a short list of equal rows deflates well and harms nobody."""


def directory_findings(file: BinaryIO, directory: Directory, limits: ArchiveLimits) -> list[Finding]:
    """Every rule the directory breaks, one finding each.

    Raises:
        BrokenArchive: the local headers contradict the directory.
    """
    entries = directory.entries
    found = [*_names(entries), *_sizes(entries, limits), *_kinds(entries)]
    if any(finding.code in {Code.ZIP_SIZE, Code.ZIP_RATIO} for finding in found):
        return found
    try:
        culprit = overlapping(file, directory)
    except BrokenArchive:
        if found:
            return found
        raise
    if culprit is not None:
        found.append(refusal(Code.ZIP_OVERLAP, "Entries of the archive overlap", member=shown(culprit)))
    if directory.prefix or directory.trailing:
        message = "There are foreign bytes before or behind the archive"
        found.append(refusal(Code.POLYGLOT, message, before=directory.prefix, behind=directory.trailing))
    return found


def nested_archive(entries: tuple[Entry, ...]) -> Finding | None:
    """A refusal if a member's name says that it is an archive."""
    for entry in entries:
        if types.extension_of(clean_file_name(entry.name)) in types.ARCHIVE_EXTENSIONS - types.EXECUTABLE_EXTENSIONS:
            return refusal(Code.ZIP_NESTED, "The archive contains another archive", member=shown(entry))
    return None


def shown(entry: Entry) -> str:
    """The name of a member as it may be shown."""
    return clean_file_name(entry.name)


def _names(entries: tuple[Entry, ...]) -> Iterator[Finding]:
    for entry in entries:
        if not _is_safe(entry):
            yield refusal(Code.ZIP_PATH, "An entry of the archive would be unpacked outside", member=shown(entry))
            break
    seen: set[str] = set()
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.name).casefold().rstrip("/")
        if name in seen:
            yield refusal(Code.ZIP_OVERLAP, "Two entries of the archive have the same name", member=shown(entry))
            break
        seen.add(name)


def _is_safe(entry: Entry) -> bool:
    name = entry.name
    if not name or "\x00" in name or "\\" in name or name.startswith("/") or _DRIVE.match(name):
        return False
    return ".." not in name.split("/") and not stat.S_ISLNK(entry.mode)


def _sizes(entries: tuple[Entry, ...], limits: ArchiveLimits) -> Iterator[Finding]:
    total = sum(entry.size for entry in entries)
    compressed = sum(entry.compressed for entry in entries)
    if total > limits.total:
        yield refusal(Code.ZIP_SIZE, "The archive unpacks to too many bytes", bytes=total, limit=limits.total)
    steep = next(
        (entry for entry in entries if entry.size > _RATIO_FROM and entry.size > limits.ratio * entry.compressed), None
    )
    if steep is not None:
        ratio = round(steep.size / max(1, steep.compressed))
        yield refusal(Code.ZIP_RATIO, "An entry unpacks to far too much", ratio=ratio, member=shown(steep))
    elif total > _RATIO_FROM and total > limits.ratio * compressed:
        yield refusal(Code.ZIP_RATIO, "The archive unpacks to far too much", ratio=round(total / max(1, compressed)))


def _kinds(entries: tuple[Entry, ...]) -> Iterator[Finding]:
    for entry in entries:
        if entry.is_encrypted:
            yield refusal(Code.ZIP_ENCRYPTED, "The archive is protected by a password", member=shown(entry))
            return
