"""What the intake checks say of one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.inspection.verdicts import Verdict
from core.sdk import Fact, Finding, Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdict on one file and everything it rests on."""

    verdict: Verdict
    code: str | None
    """The reason: the strictest refusal, the first one found; None for an accepted file."""
    file_name: str
    """Cleaned."""
    media_type: str
    """By content; `application/octet-stream` if unknown."""
    size: int
    """Bytes."""
    sha256: str
    """64 lower-case hexadecimal digits; empty if the file could not be read."""
    pages: int | None = None
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """`signed`, `encrypted`, `width`, `height`, `pdf_version`, … as the inspectors say."""
    proposal: Proposal = field(default_factory=Proposal)
    ms: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds of wall clock by step: `digest`, `type`, `parse`, `members`, `scan`, `total`."""


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain values."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "facts": dict(finding.facts),
    }


def report_to_json(report: Report) -> dict[str, Any]:
    """A report as plain values, its text included."""
    return {
        "verdict": report.verdict.value,
        "code": report.code,
        "file_name": report.file_name,
        "media_type": report.media_type,
        "size": report.size,
        "sha256": report.sha256,
        "pages": report.pages,
        "findings": [finding_to_json(finding) for finding in report.findings],
        "facts": dict(report.facts),
        "proposal": {
            "fields": {
                name: {"value": proposed.value, "source": proposed.source}
                for name, proposed in report.proposal.fields.items()
            },
            "text": report.proposal.text,
        },
        "ms": {step: round(ms, 3) for step, ms in report.ms.items()},
    }
