"""What libmagic thinks a file is."""

import tempfile
from functools import cache
from pathlib import Path

# It shows `magic` where the library and its database are, so it comes first.
import pylibmagic  # noqa: F401

# isort: split
import magic

from core.sdk import Candidate, Fact, Finding, Inspection, Inspector, Severity

_HEAD = 1 << 13
"""Every kind of file the intake takes shows itself here; more would only cost memory."""
_REHEARSALS = 24
_SAYS_NOTHING = frozenset({"application/octet-stream", "application/zip", "text/plain", "inode/x-empty"})
"""Valid Office files come out as unknown data or as plain archives, signatures and tables as plain text."""
_SAME = (
    frozenset({"image/heic", "image/heif"}),
    frozenset({"text/csv", "application/csv"}),
    frozenset({"application/x-ole-storage", "application/msword", "application/vnd.ms-excel", "application/CDFV2"}),
    frozenset({"video/mp4", "video/x-m4v", "audio/mp4", "audio/x-m4a"}),
    frozenset({"audio/wav", "audio/x-wav"}),
    frozenset({"application/xml", "text/xml"}),
    frozenset({"application/rtf", "text/rtf"}),
    frozenset({"application/x-rar", "application/x-rar-compressed"}),
)


class MediaTypeInspector(Inspector):
    """Warns where libmagic names another type than the host's own table."""

    name = "media_type"
    forgetful = True

    def prepare(self) -> None:
        """Read the database in, and look at a file of our own: what Python does the first twenty times is slow."""
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(b"%PDF-1.7\n")
            file.flush()
            own = Candidate(path=Path(file.name), file_name="own.pdf", size=9, sha256="", media_type="application/pdf")
            for _ in range(_REHEARSALS):
                self.inspect(own)

    def inspect(self, candidate: Candidate) -> Inspection:
        """Ask about the first 8 KiB."""
        with candidate.path.open("rb", 0) as file:
            head = file.read(_HEAD)
        opinion = str(_library().from_buffer(head))
        facts: dict[str, Fact] = {"libmagic": opinion}
        if _agree(opinion, candidate.media_type):
            return Inspection(facts=facts)
        message = "A second look at the content names another type"
        finding = Finding(code="media_type_disputed", severity=Severity.WARNING, message=message, facts=facts)
        return Inspection(findings=(finding,), facts=facts)


@cache
def _library() -> magic.Magic:
    """One object a process: its database is read in before the children are forked, and none of them has threads."""
    return magic.Magic(mime=True)


def _agree(opinion: str, media_type: str) -> bool:
    if opinion == media_type or opinion in _SAYS_NOTHING or media_type == "application/octet-stream":
        return True
    if media_type.startswith("text/") and opinion.startswith("text/"):
        return True
    return any({opinion, media_type} <= same for same in _SAME)
