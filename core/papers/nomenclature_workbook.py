"""The case nomenclature as XLSX: what `core.nomenclature.reading` reads comes back as it was."""

import io
import re
from collections.abc import Sequence
from datetime import UTC
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.papers.errors import PaperContradicts
from core.papers.nomenclature_form import COLUMNS, FINAL_COLUMNS, NomenclatureForm, YearEndRecord
from core.papers.numerals import long_date, short_date
from core.papers.paper import Signature

LONGEST_CELL: Final = 32_767
"""Characters that a cell of XLSX holds."""
_WIDTHS: Final = (12, 52, 12, 26, 26)
_TERM: Final = 3
_DIVIDED: Final = ("Срок хранения", "№ статей по перечню")
"""What stands below the heading of column 4 where articles are written apart."""
_SIGNATURE: Final = 2
_LINE: Final = 15
"""Points of a line of text."""
_MOST_LINES: Final = 27
"""What the highest row of XLSX holds."""
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def render_xlsx(form: NomenclatureForm) -> bytes:
    """Return the nomenclature as one sheet, every cell a text; the same form gives the same bytes.

    Raises:
        PaperContradicts: a cell is longer than XLSX can hold.
    """
    target = io.BytesIO()
    book = Workbook(target, _PLAIN)
    book.set_properties(
        {
            "title": form.title,
            "comments": f"Сформировано Deloteka. SHA-256 данных документа: {form.digest}",
            "created": form.created_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    apart = any(row.article for section in form.sections for row in section.rows)
    _Writer(book, apart=apart).write(form)
    book.close()
    return target.getvalue()


class _Writer:
    """Writes line after line of the only sheet."""

    def __init__(self, book: Workbook, *, apart: bool) -> None:
        text = {"font_name": "Times New Roman", "font_size": 11, "text_wrap": True, "valign": "top"}
        boxed = text | {"border": 1}
        self._text: Format = book.add_format(text)
        self._centred: Format = book.add_format(text | {"align": "center", "bold": True})
        self._head: Format = book.add_format(boxed | {"align": "center", "valign": "vcenter", "bold": True})
        self._cell: Format = book.add_format(boxed)
        self._middle: Format = book.add_format(boxed | {"align": "center"})
        self._band: Format = book.add_format(boxed | {"align": "center", "bold": True})
        self._sheet: Worksheet = book.add_worksheet("Номенклатура дел")
        self._row = 0
        self._height = 1
        self._apart = apart
        self._widths = (*_WIDTHS[:_TERM], 20, 20, *_WIDTHS[_TERM + 1 :]) if apart else _WIDTHS
        self._last = len(self._widths) - 1
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, width)
        self._sheet.set_paper(9)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._sheet.set_footer("&C&P из &N")

    def write(self, form: NomenclatureForm) -> None:
        self._heading(form)
        self._table(form)
        for note in form.footnotes:
            self._across(f"({note.mark}) {note.text}", self._text)
        self._row += 1
        self._signature("", form.signed_by)
        if form.agreements:
            self._across("СОГЛАСОВАНО", self._text)
            for minutes in form.agreements:
                self._across(minutes.phrase, self._text)
        if form.archive_visa:
            self._signature("Виза заведующего архивом: ", form.archive_visa)
        if form.year_end:
            self._year_end(form.year_end_title, form.year_end)

    def _heading(self, form: NomenclatureForm) -> None:
        if form.project:
            self._across("ПРОЕКТ", self._centred)
        approval = form.approval or Signature()
        approved_on = long_date(approval.signed_on) if approval.signed_on else "«___» ____________ 20___ г."
        left = (form.issuer.name, form.issuer.address, "", "")
        right = ("УТВЕРЖДАЮ", approval.post, f"_____________ {approval.name}", approved_on)
        for beside in zip(left, right, strict=True):
            self._height = 1
            for column, end, text in ((0, _SIGNATURE, beside[0]), (_SIGNATURE + 1, self._last, beside[1])):
                if text:
                    self._merge(column, end, text, self._text)
            self._row += 1
        self._across("НОМЕНКЛАТУРА ДЕЛ", self._centred)
        number = f" № {form.number}" if form.number else ""
        self._across(f"{short_date(form.dated)}{number}", self._text)
        if form.place:
            self._across(form.place, self._text)
        self._across(f"на {form.year} год", self._centred)
        self._row += 1

    def _table(self, form: NomenclatureForm) -> None:
        first = self._row
        self._heads(COLUMNS, self._head)
        if self._apart:
            self._cells(("", "", "", *_DIVIDED, ""), self._head)
        self._heads([str(number) for number in range(1, len(COLUMNS) + 1)], self._middle)
        self._sheet.repeat_rows(first, self._row - 1)
        for section in form.sections:
            if section.heading:
                self._across(section.heading, self._band)
            for row in section.rows:
                article = (row.article,) if self._apart else ()
                self._cells((row.index, row.title, row.quantity, row.term, *article, row.note), self._cell)

    def _year_end(self, title: str, end: YearEndRecord) -> None:
        self._row += 1
        self._across(title, self._centred)
        places = (1, *range(2, len(FINAL_COLUMNS) + 1))
        for row in (FINAL_COLUMNS, *end.rows):
            for column, value in zip(places, row, strict=True):
                self._put(column, str(value), self._head if row is FINAL_COLUMNS else self._cell)
            self._row += 1
        self._signature("", end.made_by)
        if end.handed_to_archive:
            self._across(f"Итоговые сведения переданы в архив: {end.handed_to_archive}.", self._text)

    def _signature(self, label: str, known: Signature | None) -> None:
        who = known or Signature()
        day = f" {short_date(who.signed_on)}" if who.signed_on else ""
        self._across(f"{label}{who.post} _____________ {who.name}{day}", self._text)

    def _cells(self, texts: Sequence[str], style: Format) -> None:
        for column, text in enumerate(texts):
            self._put(column, text, style)
        self._row += 1

    def _heads(self, texts: Sequence[str], style: Format) -> None:
        if self._apart:
            self._sheet.merge_range(self._row, _TERM, self._row, _TERM + 1, "", style)
        for column, text in zip((*range(_TERM + 1), self._last), texts, strict=True):
            self._put(column, text, style)
        self._row += 1

    def _across(self, text: str, style: Format) -> None:
        self._height = 1
        self._merge(0, self._last, text, style)
        self._row += 1

    def _merge(self, first: int, last: int, text: str, style: Format) -> None:
        self._sheet.merge_range(self._row, first, self._row, last, "", style)
        self._put(first, text, style)
        # Spreadsheets fit the height of a row to its cells, but not to merged ones.
        room = sum(self._widths[first : last + 1])
        lines = sum(1 + len(line) // room for line in text.split("\n"))
        self._height = max(self._height, lines)
        self._sheet.set_row(self._row, _LINE * min(self._height, _MOST_LINES))

    def _put(self, column: int, text: str, style: Format) -> None:
        shown = _shown(text)
        if shown:
            self._sheet.write_string(self._row, column, shown, style)
        else:
            self._sheet.write_blank(self._row, column, None, style)


def _shown(text: str) -> str:
    """What XML cannot hold stands there by its number, as on paper."""
    shown = _NOT_XML.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)
    if len(shown) > LONGEST_CELL:
        raise PaperContradicts(part="cell", reason="too_long", limit=LONGEST_CELL)
    return shown
