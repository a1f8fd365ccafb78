"""Comma-, semicolon- and tab-separated text as lines of cells, in the encodings that Russian offices produce."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.kernel.texts import mark, translate
from core.nomenclature.reading.columns import header_score
from core.nomenclature.reading.content import Cell, FileContent, Line, Remark, within_limits
from core.nomenclature.reading.errors import BrokenNomenclatureFile
from core.nomenclature.reading.xlsx_values import readings_of_shown_date

DELIMITERS: Final = (",", ";", "\t", "|")
_LINE: Final = mark("line {number}")
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT: Final = 300
_FEW_NULS: Final = 0.2
_MOST_BREAKS: Final = 30


def read_csv(content: bytes) -> FileContent:
    """Every field of every line.

    Raises:
        BrokenNomenclatureFile: it is no text, or a quotation mark is never closed.
        NomenclatureFileTooLarge: there is too much of it.
    """
    text, remarks = decode(content)
    if "\0" in text:
        raise BrokenNomenclatureFile(part="text")
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"').lower()
    lines: list[Line] = []
    given = None
    if said.startswith("sep=") and len(said) <= len("sep=;"):
        given = said[4:] or "\t"
        text = "\n" + rest
        lines.append(
            Line(place=translate(_LINE, number=1), cells=(Cell(column=0, text=first.strip()),), source="separator")
        )
    cut = _cut(text, given) if given else max((_cut(text, each) for each in DELIMITERS), key=_fitness)
    if cut.lost_at is not None:
        raise BrokenNomenclatureFile(part=translate(_LINE, number=cut.lost_at))
    if not cut.is_clean:
        remarks = (*remarks, Remark(code="broken_quotes"))
    lines += within_limits(_line(number, fields) for number, fields in cut.rows)
    return FileContent(lines=tuple(lines), remarks=remarks)


def decode(content: bytes) -> tuple[str, tuple[Remark, ...]]:
    """The text of a file: by its mark, as UTF-8, as UTF-16 by its zeros, else as Windows-1251, which is said.

    Raises:
        BrokenNomenclatureFile: it is none of these.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _decoded(content[len(bom) :], encoding), ()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text:
        return text, ()
    # Without a mark the high bytes of UTF-16 tell: 0 for Latin, 4 for Cyrillic letters.
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high = content[offset::2]
        if len(content) % 2 == 0 and high and sum(byte in {0, 4} for byte in high) > (1 - _FEW_NULS) * len(high):
            return _decoded(content, encoding), (Remark(code="encoding_assumed", text="UTF-16"),)
    return _decoded(content, "windows-1251"), (Remark(code="encoding_assumed", text="Windows-1251"),)


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BrokenNomenclatureFile(part="encoding") from error


@dataclass(frozen=True, slots=True)
class _Fields:
    """A text cut by one delimiter."""

    rows: list[tuple[int, Sequence[str]]]
    """Number of the line and its fields."""
    is_clean: bool = True
    """Whether every quotation mark stands where it may."""
    lost_at: int | None = None
    """Line from which on a quotation mark that is never closed takes everything."""


def _cut(text: str, delimiter: str, *, strict: bool = True) -> _Fields:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    rows: list[tuple[int, Sequence[str]]] = []
    number = 1
    try:
        for fields in reader:
            rows.append((number, fields))
            number = reader.line_num + 1
    except csv.Error as error:
        # A quotation mark within a field that begins with one is common; one that is never closed eats the rest.
        if strict and "expected after" in str(error):
            return _cut(text, delimiter, strict=False)
        return _Fields(rows, is_clean=False, lost_at=number)
    eaten = next((at for at, fields in rows if any(each.count("\n") > _MOST_BREAKS for each in fields)), None)
    return _Fields(rows, is_clean=strict, lost_at=eaten)


def _fitness(cut: _Fields) -> tuple[bool, bool, bool, int, int]:
    """How well a delimiter fits: a header, nothing lost, clean quotes, the better header, more fields."""
    looked_at = [fields for _, fields in cut.rows[:_LOOKED_AT]]
    header = max((header_score(fields) for fields in looked_at), default=0)
    filled = sum(1 for fields in looked_at for each in fields if each.strip())
    return header > 0, cut.lost_at is None, cut.is_clean, header, filled


def _line(number: int, fields: Sequence[str]) -> Line:
    cells = tuple(
        Cell(column=column, text=text, readings=readings_of_shown_date(text))
        for column, each in enumerate(fields)
        if (text := each.replace("\r\n", "\n").strip())
    )
    return Line(place=translate(_LINE, number=number), cells=cells, table=1)
