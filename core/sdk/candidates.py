"""The file that waits for a verdict, and what inspectors may say about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

Fact = str | int | float | bool | None
"""A value that may stand in a finding: plain enough for JSON and for a clerk."""


class Severity(StrEnum):
    """How much weight a finding carries."""

    NOTE = "note"
    WARNING = "warning"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file on the local disk whose bytes are complete and will not change."""

    path: Path
    file_name: str
    """The name its sender gave, already cleaned; for display only, never a path."""
    size: int
    """Bytes."""
    sha256: str
    """64 lower-case hexadecimal digits."""
    media_type: str
    """What the host's own signature table says of the content."""
    declared_type: str | None = None
    """What the sender said, if anything."""
    document_kind: str | None = None
    """Key of the document kind it is meant for, if known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an inspector noticed.

    `code` is stable and lower snake case. A `REFUSAL` never decides by itself: the host looks the code up
    in its table of verdicts, and a code it does not know quarantines the file.
    """

    code: str
    severity: Severity
    message: str
    """English; what was seen, without personal data."""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything one inspector says about one candidate."""

    findings: tuple[Finding, ...] = ()
    pages: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """Technical facts worth keeping: `signed`, `encrypted`, `width`, `height`, `pdf_version`, …"""
