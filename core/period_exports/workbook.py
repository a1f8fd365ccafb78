"""The tables of a snapshot as one workbook for people, written row by row; the same rows give the same bytes.

It is written as ECMA-376 has it, by ourselves: a general library takes for a cell what a row takes here. What a person
looks for stands first, the codes by which programs know a row last; days are days, everything else is text, so that
nothing is taken for a number or a formula.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import IO, Final
from xml.sax.saxutils import escape

from core.period_exports.tables import TABLES, Table

MOST_ROWS: Final = 1_000_000
"""Rows of one sheet, the heading aside; more go on in a further sheet."""
_FIRST_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_EVERYBODY_READS: Final = 0o644 << 16
_LONGEST: Final = 32_000
_NOT_AS_IT_IS: Final = re.compile("[&<>\x01-\x1f\ufffe\uffff]")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIKE_AN_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DAY_ZERO: Final = date(1899, 12, 30)
_FIRST_COUNTED_RIGHT: Final = date(1900, 3, 1)
_TEXT, _HEAD, _DATE, _LABEL = range(4)
"""Places in `_STYLES`."""
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    '<border><left/><right/><top/><bottom style="thin"/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
    ' applyAlignment="1"><alignment vertical="top"/></xf>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1"'
    ' applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">'
    '<alignment horizontal="left" vertical="top"/></xf>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_ABOUT: Final = "О выгрузке"


class TablesWorkbook:
    """Every table on a sheet of its own, and one that says what they are of; rows come in the order of the tables."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._sheets: list[tuple[str, str]] = []
        """Name and area of each sheet that is begun, without the one that says what they are of."""
        self._part = -1
        self._rows = 0
        """Of the table that is written."""
        self._columns = _Columns(TABLES[0])
        self._stream: IO[bytes] | None = None

    def add(self, part: int, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of the table that is `TABLES[part]`; the one before is then over."""
        self._advance(part)
        start = 0
        while start < len(rows):
            on_sheet = self._rows % MOST_ROWS
            if self._rows and not on_sheet:
                self._begin(f" ({self._rows // MOST_ROWS + 1})")
            some = rows[start : start + MOST_ROWS - on_sheet]
            self._write("".join(map(self._columns.row, range(on_sheet + 2, on_sheet + 2 + len(some)), some)))
            self._rows += len(some)
            start += len(some)

    def close(self, facts: Mapping[str, str]) -> None:
        """End the file with a sheet of `facts`, by what each is called; it is shown first."""
        self._advance(len(TABLES))
        names = [_ABOUT, *(name for name, _ in self._sheets)]
        self._put(f"xl/worksheets/sheet{len(names)}.xml", _about(facts))
        for name, content in _frame(names, [area for _, area in self._sheets]).items():
            self._put(name, content)
        self._archive.close()

    def abandon(self) -> None:
        """Give up what was begun."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._archive.close()

    def _advance(self, part: int) -> None:
        while self._part < part:
            self._part += 1
            self._end()
            if self._part < len(TABLES):
                self._columns = _Columns(TABLES[self._part])
                self._rows = 0
                self._begin("")

    def _begin(self, suffix: str) -> None:
        self._end()
        area = f"$A$1:${self._columns.letters[-1]}$"
        self._sheets.append((f"{TABLES[self._part].title}{suffix}", area))
        self._stream = self._archive.open(_info(f"xl/worksheets/sheet{len(self._sheets)}.xml"), "w")
        self._write(self._columns.head)

    def _end(self) -> None:
        if self._stream is None:
            return
        written = (self._rows - 1) % MOST_ROWS + 1 if self._rows else 0
        name, area = self._sheets[-1]
        self._sheets[-1] = name, f"{area}{written + 1}"
        self._write(_tail(self._sheets[-1][1].replace("$", "")))
        self._stream.close()
        self._stream = None

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text.encode("utf-8", "replace"))

    def _put(self, name: str, content: str) -> None:
        self._archive.writestr(_info(name), content.encode())


class _Columns:
    """How rows of one table become rows of a sheet."""

    def __init__(self, table: Table) -> None:
        self.letters = [chr(ord("A") + place) for place in range(len(table.columns))]
        shown = table.shown
        self._pick = itemgetter(*[table.columns.index(column) for column in shown])
        self._days = [place for place, column in enumerate(shown) if column.day]
        widths = "".join(
            f'<col min="{place}" max="{place}" width="{column.width}" style="{_TEXT}" customWidth="1"/>'
            for place, column in enumerate(shown, 1)
        )
        heads = "".join(_cell(column.title, _HEAD) for column in shown)
        self.head = (
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
            '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"'
            f' state="frozen"/></sheetView></sheetViews><cols>{widths}</cols><sheetData><row r="1">{heads}</row>'
        )

    def row(self, number: int, cells: Sequence[str]) -> str:
        """Return the XML of a row."""
        picked = self._pick(cells)
        if _odd("\x00".join(picked)):
            found = [_cell(cell) for cell in picked]
        else:
            found = [f'<c t="inlineStr"><is><t>{cell}</t></is></c>' if cell else "<c/>" for cell in picked]
        for place in self._days:
            if counted := _counted(picked[place]):
                found[place] = f'<c s="{_DATE}"><v>{counted}</v></c>'
        return f'<row r="{number}">{"".join(found)}</row>'


def _odd(cells: str) -> bool:
    """Whether a cell of a row cannot be written as it is; there is a zero between two of them, and none in any."""
    return (
        _NOT_AS_IT_IS.search(cells) is not None
        or "_x" in cells
        or "\x00 " in cells
        or " \x00" in cells
        or cells != cells.strip(" ")
        or len(cells) > _LONGEST
    )


@lru_cache(maxsize=4096)
def _counted(text: str) -> str:
    """Return a day as spreadsheets count them; empty for what is none, or none that they count rightly."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else _DAY_ZERO
    except ValueError:
        return ""
    return str((day - _DAY_ZERO).days) if day >= _FIRST_COUNTED_RIGHT else ""


def _cell(text: str, style: int = _TEXT) -> str:
    """Return a cell of any text; control characters and the end of the longest texts are in the CSV only."""
    if not text:
        return "<c/>"
    shown = _NOT_XML.sub("\ufffd", text)
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
    shown = escape(_LIKE_AN_ESCAPE.sub("_x005F_", shown)).replace("\r", "_x000D_")
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _tail(area: str) -> str:
    """Return the end of a sheet: cells to be sorted by their columns, printed across, and no warnings beside marks."""
    return (
        f'</sheetData><autoFilter ref="{area}"/>'
        '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
        "<headerFooter><oddHeader>&amp;A</oddHeader><oddFooter>Лист &amp;P из &amp;N</oddFooter></headerFooter>"
        f'<ignoredErrors><ignoredError sqref="{area}" numberStoredAsText="1"/></ignoredErrors></worksheet>'
    )


def _about(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f'<row r="{number}">{_cell(name, _LABEL)}{_cell(said, _LABEL)}</row>'
        for number, (name, said) in enumerate(facts.items(), 1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews>'
        f'<cols><col min="1" max="1" width="32" customWidth="1"/><col min="2" max="2" width="80" customWidth="1"/>'
        f"</cols><sheetData>{rows}</sheetData></worksheet>"
    )


def _frame(names: Sequence[str], areas: Sequence[str]) -> dict[str, str]:
    """Return the other parts of the file; the sheet that is named first was written last."""
    files = [len(names), *range(1, len(names))]
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"/>' for place, name in enumerate(names, 1)
    )
    named = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">\'{names[place]}\'!{area}'
        f'</definedName><definedName name="_xlnm.Print_Titles" localSheetId="{place}">\'{names[place]}\'!$1:$1'
        "</definedName>"
        for place, area in enumerate(areas, 1)
    )
    linked = [(f"{_OFFICE}/worksheet", f"worksheets/sheet{number}.xml") for number in files]
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for number in sorted(files)
    )
    return {
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets><definedNames>{named}</definedNames></workbook>",
        "xl/_rels/workbook.xml.rels": _links([*linked, (f"{_OFFICE}/styles", "styles.xml")]),
        "xl/styles.xml": _STYLES,
        "_rels/.rels": _links([(f"{_OFFICE}/officeDocument", "xl/workbook.xml")]),
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml"'
        f' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{types}</Types>',
    }


def _links(found: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(found, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_FIRST_MOMENT)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = _EVERYBODY_READS
    return info
