"""Which format a file is of, by its bytes, and who reads it. What it is called is never believed."""

import re
from collections.abc import Mapping
from typing import BinaryIO, Final

from core.inspection import media_types as types
from core.inspection.archives import ArchiveError, Directory, TooManyEntries, read_directory
from core.inspection.office import classify
from core.inspection.policy import ArchiveLimits
from core.inspection.verdicts import Code
from core.inspection.zip_rules import directory_findings
from core.nomenclature.reading.content import FileContent
from core.nomenclature.reading.csv_text import read_csv
from core.nomenclature.reading.docx import read_docx
from core.nomenclature.reading.errors import (
    BrokenNomenclatureFile,
    NomenclatureFileRefused,
    NomenclatureFileTooLarge,
    NomenclatureFileWithMacros,
    OldOfficeFile,
    OtherFileFormat,
    ProtectedNomenclatureFile,
)
from core.nomenclature.reading.package import MIB, Package
from core.nomenclature.reading.xlsx import read_xlsx

MAX_BYTES: Final = 20 * MIB
MAX_TEXT_BYTES: Final = 12 * MIB
LIMITS: Final = ArchiveLimits(entries=1_000, total=256 * MIB, ratio=1_100)
"""A formatted sheet without contents deflates as well as anything can; what counts is how much comes out."""

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: Final = (("EncryptedPackage", ""), ("WordDocument", "docx"), ("Workbook", "xlsx"), ("Book", "xlsx"))
_BEGINNINGS: Final = (
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
)
_MARKUP = re.compile(rb"\s*<(?:\?xml|!doctype|html|head|table|meta|body|style)\b", re.IGNORECASE)
_HEAD: Final = 4096
_BINARY = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_REFUSED: Final[Mapping[str, type[NomenclatureFileRefused]]] = {
    Code.OFFICE_MACRO: NomenclatureFileWithMacros,
    Code.ZIP_ENCRYPTED: ProtectedNomenclatureFile,
    Code.ZIP_SIZE: NomenclatureFileTooLarge,
    Code.ZIP_RATIO: NomenclatureFileTooLarge,
    Code.ZIP_ENTRIES: NomenclatureFileTooLarge,
}
# What is linked or embedded is neither followed nor opened.
_HARMLESS: Final = {Code.OFFICE_EXTERNAL, Code.OFFICE_EMBEDDED}


def read_content(file: BinaryIO, size: int) -> FileContent:
    """The lines of a file of `size` bytes.

    Raises:
        NomenclatureFileRefused: one of its family: the format is not read, or the file is broken, protected, too large.
    """
    if size > MAX_BYTES:
        raise NomenclatureFileTooLarge(what="bytes", limit=MAX_BYTES)
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip():
        raise BrokenNomenclatureFile(part="empty")
    if head.startswith(_OLE):
        raise _old_office(file)
    if head.startswith(b"PK"):
        return _read_package(file, size)
    other = _other_format(head)
    if other is not None:
        raise OtherFileFormat(format=other)
    if size > MAX_TEXT_BYTES:
        raise NomenclatureFileTooLarge(what="bytes", limit=MAX_TEXT_BYTES)
    file.seek(0)
    return read_csv(file.read())


def _other_format(head: bytes) -> str | None:
    """What the file is instead of text."""
    named = next((name for beginning, name in _BEGINNINGS if head.startswith(beginning)), None)
    if named is not None:
        return named
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "HTML/XML"
    return "?" if not head.startswith(_UTF16) and _looks_binary(head) else None


def _looks_binary(head: bytes) -> bool:
    # UTF-16 without a mark is full of 1…4, so zeros at every second place speak for it.
    zeros = max(head[0::2].count(0) + head[0::2].count(4), head[1::2].count(0) + head[1::2].count(4))
    return zeros * 4 < len(head) and _BINARY.search(head) is not None


def _old_office(file: BinaryIO) -> NomenclatureFileRefused:
    file.seek(0)
    content = file.read(MAX_BYTES)
    for name, save_as in _STREAMS:
        if name.encode("utf-16-le") in content:
            return OldOfficeFile(save_as=save_as) if save_as else ProtectedNomenclatureFile()
    return OldOfficeFile(save_as="docx, xlsx")


def _read_package(file: BinaryIO, size: int) -> FileContent:
    directory = _directory(file, size)
    for finding in directory_findings(file, directory, LIMITS):
        raise _REFUSED.get(finding.code, BrokenNomenclatureFile)(part=str(finding.code))
    kind = classify(file, directory)
    for finding in kind.findings:
        if finding.code not in _HARMLESS:
            raise _REFUSED.get(finding.code, BrokenNomenclatureFile)(part=str(finding.code))
    package = Package(file, directory)
    if kind.media_type not in {types.DOCX, types.XLSX}:
        raise OtherFileFormat(format=", ".join(sorted(types.EXTENSIONS.get(kind.media_type, {"zip"}))))
    mains = package.of_kind("", "officeDocument")
    if not mains:
        raise BrokenNomenclatureFile(part="main")
    return read_docx(package, mains[0]) if kind.media_type == types.DOCX else read_xlsx(package, mains[0])


def _directory(file: BinaryIO, size: int) -> Directory:
    try:
        return read_directory(file, size, LIMITS.entries)
    except TooManyEntries as error:
        raise NomenclatureFileTooLarge(what="entries", limit=LIMITS.entries) from error
    except ArchiveError as error:
        raise BrokenNomenclatureFile(part="archive") from error
