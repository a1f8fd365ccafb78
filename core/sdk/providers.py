"""What a plugin hands to the host: named objects with typed methods.

A provider that computes (`Inspector`, `Extractor`, `Renderer`) runs in a child process with limits on memory,
processor time and wall-clock time; it is synchronous and gets everything by value or by path. A provider that
asks another service (`Scanner`) runs in the host and is asynchronous.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from core.sdk.candidates import Candidate, Inspection


class Provider(ABC):
    """A named thing a plugin offers."""

    name: ClassVar[str]
    """Unique among providers of its kind; lower snake case."""


class FileProvider(Provider):
    """A provider that works on files of certain media types."""

    media_types: ClassVar[frozenset[str]] = frozenset()
    """The media types it wants to see; empty means every one."""

    forgetful: ClassVar[bool] = False
    """Whether it keeps nothing of one file for the next, not even in a library it uses: then one child process may show
    it several files of the same uploader, one after the other. Otherwise each file has a child of its own."""

    def wants(self, media_type: str) -> bool:
        """Whether a file of this media type is to be shown to this provider."""
        return not self.media_types or media_type in self.media_types

    def prepare(self) -> None:
        """Load what every call needs; called once, in the process from which the children are forked."""


class Inspector(FileProvider):
    """Looks at a candidate file and says what it found. Runs in a child process."""

    @abstractmethod
    def inspect(self, candidate: Candidate) -> Inspection:
        """Look at `candidate.path`; an exception or a killed child quarantines it as `unsafe_to_parse`."""


class Scanner(FileProvider):
    """Asks another service about a candidate (an antivirus). Runs in the host, after every inspector."""

    @abstractmethod
    async def scan(self, candidate: Candidate) -> Inspection:
        """Ask; an exception or a time-out quarantines the file as `scanner_down`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedValue:
    """A value for one metadata field, for a clerk to confirm."""

    value: str
    source: str
    """Where it was read: `pdf_info`, `text`, `qr`, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Metadata proposed for a document, by field name of its kind."""

    fields: Mapping[str, ProposedValue] = field(default_factory=dict)
    text: str | None = None
    """Text found in the file, for search; at most 1,000,000 characters."""


class Extractor(FileProvider):
    """Proposes metadata for an accepted candidate. Runs in a child process."""

    @abstractmethod
    def extract(self, candidate: Candidate) -> Proposal:
        """Read `candidate.path`; an exception proposes nothing and is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPage:
    """A picture of one page, written into the folder the host gave."""

    number: int
    """1 for the first page."""
    path: Path
    media_type: str
    width: int
    height: int


class Renderer(FileProvider):
    """Makes pictures of a document for people to look at. Runs in a child process, as a job."""

    @abstractmethod
    def render(self, candidate: Candidate, folder: Path, *, pages: int, pixels: int) -> tuple[RenderedPage, ...]:
        """Write at most `pages` pictures, each of at most `pixels` pixels on its longer side, into `folder`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedPage:
    """The text of one page of a picture or scan."""

    number: int
    """1 for the first page."""
    text: str
    confidence: float | None = None
    """Mean over the words, from 0 to 1; `None` where the engine does not say."""


class OcrEngine(FileProvider):
    """Recognises text; never changes the original. Runs in a child process, as a job."""

    @abstractmethod
    def recognise(self, candidate: Candidate, *, languages: tuple[str, ...]) -> tuple[RecognisedPage, ...]:
        """Read `candidate.path`; `languages` are ISO 639-3 codes, the likeliest first. An exception means no text."""
