"""From reason codes to a verdict: one closed table, and the strictest code wins."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from core.sdk import Finding, Severity


class Verdict(StrEnum):
    """What becomes of a file, from the mildest to the strictest."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    """Kept, and a person decides."""
    REJECTED = "rejected"
    """Answered and not kept."""


class Code(StrEnum):
    """The reasons the core knows; a plugin's own code quarantines."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    TOO_BIG = "too_big"
    UNKNOWN_TYPE = "unknown_type"
    TYPE_MISMATCH = "type_mismatch"
    NOT_ALLOWED_HERE = "not_allowed_here"
    POLYGLOT = "polyglot"
    TRAILING_DATA = "trailing_data"
    EXECUTABLE = "executable"
    ZIP_ENTRIES = "zip_entries"
    ZIP_SIZE = "zip_size"
    ZIP_RATIO = "zip_ratio"
    ZIP_OVERLAP = "zip_overlap"
    ZIP_PATH = "zip_path"
    ZIP_ENCRYPTED = "zip_encrypted"
    ZIP_NESTED = "zip_nested"
    PDF_BROKEN = "pdf_broken"
    PDF_ENCRYPTED = "pdf_encrypted"
    PDF_PAGES = "pdf_pages"
    PDF_OBJECTS = "pdf_objects"
    PDF_PAGE_SIZE = "pdf_page_size"
    PDF_ACTIVE = "pdf_active"
    IMAGE_PIXELS = "image_pixels"
    IMAGE_FRAMES = "image_frames"
    IMAGE_BROKEN = "image_broken"
    OFFICE_MACRO = "office_macro"
    OFFICE_EXTERNAL = "office_external"
    OFFICE_EMBEDDED = "office_embedded"
    OFFICE_ENCRYPTED = "office_encrypted"
    VIRUS = "virus"
    SCANNER_DOWN = "scanner_down"
    UNSAFE_TO_PARSE = "unsafe_to_parse"
    NO_PREVIEW = "no_preview"


_REJECTED = (
    Code.EMPTY,
    Code.UNREADABLE,
    Code.TOO_BIG,
    Code.NOT_ALLOWED_HERE,
    Code.EXECUTABLE,
    Code.ZIP_ENTRIES,
    Code.ZIP_SIZE,
    Code.ZIP_RATIO,
    Code.ZIP_OVERLAP,
    Code.ZIP_PATH,
    Code.ZIP_NESTED,
    Code.IMAGE_PIXELS,
    Code.OFFICE_MACRO,
)
_ACCEPTED = (Code.NO_PREVIEW,)

VERDICTS: Mapping[str, Verdict] = (
    dict.fromkeys(map(str, Code), Verdict.QUARANTINED)
    | dict.fromkeys(map(str, _REJECTED), Verdict.REJECTED)
    | dict.fromkeys(map(str, _ACCEPTED), Verdict.ACCEPTED)
)
"""The verdict of every code; codes that are not here quarantine."""

_STRICTNESS = {verdict: rank for rank, verdict in enumerate(Verdict)}


def verdict_of(code: str, stricter: Mapping[str, Verdict] | None = None) -> Verdict:
    """The verdict of one code; `stricter` may raise it, never lower it."""
    usual = VERDICTS.get(code, Verdict.QUARANTINED)
    wanted = (stricter or {}).get(code, usual)
    return max(usual, wanted, key=_STRICTNESS.__getitem__)


def judge(findings: Iterable[Finding], stricter: Mapping[str, Verdict] | None = None) -> tuple[Verdict, str | None]:
    """The strictest verdict among the refusals, and the first code that led to it (None for an accepted file)."""
    verdict, code = Verdict.ACCEPTED, None
    for finding in findings:
        if finding.severity is not Severity.REFUSAL:
            continue
        own = verdict_of(finding.code, stricter)
        if _STRICTNESS[own] > _STRICTNESS[verdict]:
            verdict, code = own, finding.code
    return verdict, code


def refusal(code: Code, message: str, **facts: str | float | bool | None) -> Finding:
    """A finding that refuses a file."""
    return Finding(code=code.value, severity=Severity.REFUSAL, message=message, facts=facts)


def warning(code: str, message: str, **facts: str | float | bool | None) -> Finding:
    """A finding that a person should know of; it refuses nothing."""
    return Finding(code=code, severity=Severity.WARNING, message=message, facts=facts)
