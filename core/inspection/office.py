"""What kind of Office file a ZIP container is, and what in it can act or reach out (ECMA-376 part 2).

Only the list of content types and the relationship parts are read, at most 1 MiB of each. Macros show in the names of
parts and content types, and libmagic sees none of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from core.inspection import media_types as types
from core.inspection.archives import BrokenArchive, Directory, Entry, LyingEntry, read_member
from core.inspection.verdicts import Code, refusal
from core.inspection.zip_rules import shown
from core.sdk import Finding

CONTENT_TYPES = "[Content_Types].xml"
_MAX_PART = 1 << 20
_MAX_PARTS_READ = 16 << 20
_MAX_MIMETYPE = 200

_MAIN_PARTS = {
    f"{types.DOCX}.main+xml": types.DOCX,
    f"{types.XLSX}.main+xml": types.XLSX,
    f"{types.PPTX}.main+xml": types.PPTX,
}
_MACRO_TYPES = ("macroenabled", "vbaproject", "macrosheet", "ms-office.activex", "vbadata")
_MACRO_NAMES = ("vbaproject.bin", "vbadata.xml")
_MACRO_FOLDERS = ("/macrosheets/", "/activex/", "/dialogsheets/")
_ODF = "application/vnd.oasis.opendocument."


class UnsafeMarkup(Exception):
    """A part declares a document type, is too long, or is not well-formed."""


@dataclass(frozen=True, slots=True)
class OfficeKind:
    """The media type of a ZIP container and what was found in it."""

    media_type: str
    findings: tuple[Finding, ...] = ()


def guess_by_names(directory: Directory) -> str:
    """The media type the names of the entries suggest, for a container that must not be read."""
    names = {entry.name for entry in directory.entries}
    if CONTENT_TYPES not in names:
        return types.ZIP
    for folder, media_type in (("word/", types.DOCX), ("xl/", types.XLSX), ("ppt/", types.PPTX)):
        if any(name.startswith(folder) for name in names):
            return media_type
    return types.OOXML


def classify(file: BinaryIO, directory: Directory) -> OfficeKind:
    """Name the kind of a ZIP container whose directory was found in order."""
    by_name = {entry.name.casefold(): entry for entry in directory.entries}
    listed = by_name.get(CONTENT_TYPES.casefold())
    if listed is None:
        return OfficeKind(_open_document(file, by_name.get("mimetype")))
    try:
        content_types = _content_types(file, listed)
        external = _external_targets(file, directory)
    except (UnsafeMarkup, BrokenArchive, LyingEntry) as error:
        message = "The parts of the Office file cannot be read safely"
        finding = refusal(Code.UNSAFE_TO_PARSE, message, reason=type(error).__name__)
        return OfficeKind(guess_by_names(directory), (finding,))
    macro = _macro(content_types, directory)
    main = next((_MAIN_PARTS[content_type] for content_type in content_types if content_type in _MAIN_PARTS), None)
    media_type = main or (guess_by_names(directory) if macro else types.OOXML)
    findings = [finding for finding in (macro, _embedded(directory), *external) if finding is not None]
    return OfficeKind(media_type, tuple(findings))


def _open_document(file: BinaryIO, mimetype: Entry | None) -> str:
    if mimetype is None or mimetype.size > _MAX_MIMETYPE:
        return types.ZIP
    try:
        named = b"".join(read_member(file, mimetype)).decode("ascii", "replace").strip()
    except (BrokenArchive, LyingEntry):
        return types.ZIP
    return named if named.startswith(_ODF) and named in types.EXTENSIONS else types.ZIP


def _content_types(file: BinaryIO, listed: Entry) -> list[str]:
    return [
        attributes.get("ContentType", "").strip()
        for tag, attributes in _elements(_part(file, listed))
        if tag in {"Override", "Default"}
    ]


def _macro(content_types: list[str], directory: Directory) -> Finding | None:
    lowered = " ".join(content_types).lower()
    if any(mark in lowered for mark in _MACRO_TYPES):
        return refusal(Code.OFFICE_MACRO, "The file contains macros or controls")
    for entry in directory.entries:
        name = "/" + entry.name.lower()
        if name.endswith(_MACRO_NAMES) or any(folder in name for folder in _MACRO_FOLDERS):
            return refusal(Code.OFFICE_MACRO, "The file contains macros or controls", member=shown(entry))
    return None


def _embedded(directory: Directory) -> Finding | None:
    for entry in directory.files:
        name = "/" + entry.name.lower()
        if "/embeddings/" in name or "oleobject" in name:
            return refusal(Code.OFFICE_EMBEDDED, "The file contains another file", member=shown(entry))
    return None


def _external_targets(file: BinaryIO, directory: Directory) -> list[Finding]:
    """One refusal a kind of external relationship; hyperlinks are no reason."""
    found: dict[str, Finding] = {}
    read = 0
    for entry in directory.entries:
        if not entry.name.lower().endswith(".rels"):
            continue
        read += entry.size
        if read > _MAX_PARTS_READ:
            raise UnsafeMarkup
        for tag, attributes in _elements(_part(file, entry)):
            kind = attributes.get("Type", "").rpartition("/")[2]
            if tag == "Relationship" and attributes.get("TargetMode", "").lower() == "external" and kind != "hyperlink":
                message = "The file loads something from outside when it is opened"
                found.setdefault(kind, refusal(Code.OFFICE_EXTERNAL, message, kind=kind))
    return list(found.values())


def _part(file: BinaryIO, entry: Entry) -> bytes:
    if entry.size > _MAX_PART:
        raise UnsafeMarkup
    return b"".join(read_member(file, entry))


def _elements(document: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Local name and attributes of every element; no document type, hence no entity, is let in."""
    elements: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator="\n")
    parser.StartElementHandler = lambda name, attributes: elements.append((name.rpartition("\n")[2], attributes))
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(document, True)  # noqa: FBT003  the parameter has no name
    except (expat.ExpatError, ValueError) as error:
        raise UnsafeMarkup from error
    return iter(elements)


def _refuse_doctype(*_: object) -> None:
    raise UnsafeMarkup
