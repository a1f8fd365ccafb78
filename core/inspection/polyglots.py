"""Files that are two things at once, and files with something behind their end."""

import os
import struct
from typing import BinaryIO

from core.inspection import media_types as types
from core.inspection.archives import MAX_COMMENT, find_end_record
from core.inspection.verdicts import Code, refusal
from core.sdk import Finding

TRAILING_ALLOWED = 1024
"""Bytes behind the last end mark of a PDF; more stood in 6 of 4,439 real files."""

_TAIL = MAX_COMMENT + 22
_BLOCK = 1 << 20
_PDF_HEADER_WITHIN = 1024
_EOF = b"%%EOF"


def polyglot_findings(file: BinaryIO, size: int, media_type: str, head: bytes, shifted: int) -> list[Finding]:
    """What speaks against a PDF or image being only that."""
    found: list[Finding] = []
    if media_type != types.PDF and media_type not in types.IMAGES:
        return found
    if shifted:
        found.append(refusal(Code.POLYGLOT, "The PDF does not begin at the start of the file", before=shifted))
    if media_type in types.IMAGES and b"%PDF-" in head[: _PDF_HEADER_WITHIN + 5]:
        found.append(refusal(Code.POLYGLOT, "The image is also a PDF"))
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    if _is_zip(file, tail, size):
        found.append(refusal(Code.POLYGLOT, "The file is also a ZIP archive"))
    if media_type == types.PDF:
        behind = _behind_end(file, size, tail)
        if behind > TRAILING_ALLOWED:
            found.append(refusal(Code.TRAILING_DATA, "There is foreign data behind the end of the PDF", bytes=behind))
    return found


def _is_zip(file: BinaryIO, tail: bytes, size: int) -> bool:
    at = find_end_record(tail)
    if at < 0:
        return False
    entries: int
    length: int
    entries, length = struct.unpack_from("<HL", tail, at + 10)
    start = size - len(tail) + at - length
    if entries == 0 or start < 0:
        return entries == 0 and length == 0
    file.seek(start)
    return file.read(4) in {b"PK\x01\x02", b"PK\x06\x06"}


def _behind_end(file: BinaryIO, size: int, tail: bytes) -> int:
    """Bytes behind the last end mark; 0 if there is none at all, which is another matter."""
    at = tail.rfind(_EOF)
    if at >= 0:
        return len(tail) - at - len(_EOF)
    end = size - len(tail)
    while end > 0:
        begin = max(0, end - _BLOCK)
        file.seek(begin, os.SEEK_SET)
        block = file.read(end - begin + len(_EOF) - 1)
        at = block.rfind(_EOF)
        if at >= 0:
            return size - begin - at - len(_EOF)
        end = begin
    return 0
