"""CSV as Russian programs write it: UTF-8 with or without a mark, windows-1251; semicolons, commas, tabs."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from charset_normalizer import from_bytes

from core.tables.errors import TableEncodingUnknown

_DELIMITERS: Final = ";,\t|"
_SAMPLE: Final = 64 * 1024
_LINES: Final = 20
_CYRILLIC: Final = ("cp1251", "utf_16", "koi8_r", "cp866", "mac_cyrillic")
_FIELD: Final = 1024 * 1024


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file; raise `TableEncodingUnknown` rather than guess among equals.

    UTF-8 is proved by the whole file. Else it must be an encoding in which the file reads as Russian.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf_16"
    if _is_utf8(path):
        return "utf_8_sig"
    best = from_bytes(head, cp_isolation=list(_CYRILLIC)).best()
    if best is None or (best.encoding != "cp1251" and not best.alphabets):
        raise TableEncodingUnknown
    return best.encoding


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="strict") as file:
            while file.read(_SAMPLE):
                pass
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(lines: list[str]) -> str:
    """Return the delimiter that parts most of the first lines into the same number of fields, more than one."""

    def score(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, count = max(((w, c) for w, c in widths.items() if w > 1), default=(1, 0), key=lambda found: found[1])
        return count, width

    return max(_DELIMITERS, key=score)


def rows_of(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a CSV file as they stand there; raise `TableEncodingUnknown`."""
    encoding = encoding_of(path)
    csv.field_size_limit(_FIELD)
    with path.open(encoding=encoding, newline="") as file:
        first = [line for line, _ in zip(file, range(_LINES), strict=False)]
        file.seek(0)
        yield from csv.reader(file, delimiter=delimiter_of(first))
