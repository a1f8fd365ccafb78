"""From lines to a draft: which line is a row, which a section, and why every other line is neither."""

import re
from typing import Final

from core.nomenclature.reading import lines as words
from core.nomenclature.reading.columns import Column, Columns, Role, continues_header, is_header, normal, read_header
from core.nomenclature.reading.content import BODY, Cell, FileContent, Line, plain
from core.nomenclature.reading.drafting import Footnotes, Placed, RowInProgress, placed_index, placed_text
from core.nomenclature.reading.guessing import guess_columns, lines_by_table
from core.nomenclature.reading.heading import read_heading
from core.nomenclature.reading.indexes import is_index, read_index
from core.nomenclature.reading.ledger import TITLE_BLOCK, Ledger, with_sections_of_indexes
from retention.nomenclature import (
    IndexKey,
    NomenclatureDraft,
    Section,
    Severity,
    index_key,
    plain_index,
    says_reserve,
    section_key,
    usual_depth,
)

_BROKEN_TABLE = re.compile(r"\W*(?:продолжение|окончание)(?:\s+таблицы)?\b[\s\d№.]*", re.IGNORECASE)
_NUMBER = re.compile(r"\d+[\s.]*")
_LONGEST_SECTION: Final = 250
_FRAGMENTS: Final = {Role.TERM, Role.ARTICLE, Role.NOTE, Role.QUANTITY}
_LOOK_AHEAD: Final = 12
_MOST_HEADERS: Final = 12
"""Different headers that are looked at closely; a real file has a few."""
_MOST_OF_SECTION: Final = 3
"""Cells of a line that is a section: code, title, and a quantity or running number."""


def recognise(content: FileContent) -> NomenclatureDraft:
    """The draft that a file's lines make; every line ends in it, as a row, a section or ignored with a reason."""
    return _Recogniser(content).draft()


class _Recogniser:
    def __init__(self, content: FileContent) -> None:
        self._content = content
        self._lines = [line for line in content.lines if line.source == BODY]
        self._by_table = lines_by_table(self._lines)
        self._columns: Columns | None = None
        self._table: int | None = None
        self._headers: set[tuple[str, ...]] = set()
        self._misfits: dict[int, bool] = {}
        self._heading: list[Line] = [line for line in content.lines if line.source == "text_box"]
        self._rows: list[RowInProgress] = []
        self._last: RowInProgress | None = None
        self._sections: list[Section] = []
        self._section: Section | None = None
        self._is_untitled = False
        self._previous: IndexKey | None = None
        self._ledger = Ledger()
        self._footnotes = Footnotes()
        self._over = False
        self._final = False
        self._final_table: int | None = None
        self._depth = 1
        self._last_row = -1
        self._marks: set[str] = set()
        self._measured: dict[Columns, tuple[int, int]] = {}

    def draft(self) -> NomenclatureDraft:
        guessed = None if any(is_header(line) for line in self._lines) else guess_columns(self._lines)
        at = 0
        while at < len(self._lines):
            if guessed is not None and at == guessed[0]:
                self._begin(guessed[1], at)
                self._ledger.say("header_missing", Severity.WARNING, self._lines[at].place)
            at += self._take(at)
        self._ledger.ignore_the_rest(self._content.lines, headed=bool(self._rows))
        heading = read_heading(self._heading)
        rows = tuple(row.finished(self._footnotes) for row in self._rows)
        for mark, text in self._footnotes.unused():
            self._ledger.say("footnote_unused", Severity.WARNING, "", mark=mark, text=text)
        for remark in self._content.remarks:
            severity = Severity.WARNING if remark.code == "broken_quotes" else Severity.NOTE
            self._ledger.say(remark.code, severity, remark.place, text=remark.text)
        sections, rows = with_sections_of_indexes(self._sections, rows)
        return NomenclatureDraft(
            year=heading.year,
            organisation=heading.organisation,
            sections=sections,
            rows=rows,
            ignored=tuple(self._ledger.ignored),
            findings=(*heading.findings, *self._ledger.findings),
        )

    def _take(self, at: int) -> int:
        line = self._lines[at]
        if is_header(line):
            columns, taken = read_header(self._lines, at)
            for header in self._lines[at : at + taken]:
                known = tuple(normal(cell.text) for cell in header.filled)
                self._ledger.ignore(header, "repeated_header" if known in self._headers else "header")
                self._headers.add(known)
            self._begin(columns, at)
            return taken
        if self._columns is None:
            self._heading.append(line)
            self._ledger.ignore(line, TITLE_BLOCK)
        elif words.is_column_numbers(line):
            self._ledger.ignore(line, "column_numbers")
        elif line.table is None:
            self._paragraph(at, line)
        else:
            self._table_line(at, line, self._columns)
        return 1

    def _begin(self, columns: Columns, at: int) -> None:
        """Take over the columns of a header; sections may stand right above the first one."""
        first = self._columns is None
        self._columns, self._table, self._over, self._final = columns, self._lines[at].table, False, False
        if columns not in self._measured and len(self._measured) < _MOST_HEADERS:
            self._measured[columns] = self._measure(columns, at)
        self._depth, self._last_row = self._measured.get(columns, (self._depth, self._last_row))
        if not first:
            return
        above: list[Line] = []
        while self._heading and words.is_section_above(self._heading[-1]):
            above.insert(0, self._heading.pop())
        if above:
            self._ledger.take_back(len(above))
        for line in above:
            code, title = words.parse_section(line.text) or (None, None)
            self._open(line, code, title)

    def _measure(self, columns: Columns, at: int) -> tuple[int, int]:
        """How many parts the indexes have under these columns, and where the last row stands."""
        keys: list[IndexKey] = []
        last = -1
        for position, line in enumerate(self._lines[at:], start=at):
            if line.table is None or words.is_column_numbers(line):
                continue
            placed = columns.place(line)
            cell = placed_index(placed)
            key = index_key(cell.text) if cell is not None else None
            if key is not None and not says_reserve(placed_text(placed, Role.TITLE)):
                keys.append(key)
            last = position if self._looks_like_row(placed) else last
        return usual_depth(keys), last

    def _paragraph(self, at: int, line: Line) -> None:
        text = plain(line.text)
        explicit = words.parse_section(text)
        if self._take_footnotes(at, line) or self._take_end(line):
            return
        leads = len(text) <= _LONGEST_SECTION and self._leads_to_row(at) and not words.is_signed(line)
        if _BROKEN_TABLE.fullmatch(text):
            self._ledger.ignore(line, "page_break")
        elif leads and explicit is not None:
            self._open(line, *explicit)
        elif leads and not text.endswith((":", ";")) and not words.goes_on(text):
            self._open(line, None, text)
        else:
            self._ledger.ignore(line, self._reason_after(line))

    def _table_line(self, at: int, line: Line, columns: Columns) -> None:
        if line.table != self._table and not self._fits(line.table or 0, columns):
            if not self._take_footnotes(at, line) and not self._take_end(line):
                self._ledger.ignore(line, self._reason_after(line) if self._over else "other_table")
            return
        placed = columns.place(line)
        own = line.filled
        if len(own) > 1 and self._take_footnotes(at, line):
            return
        if len({plain(cell.text) for cell in own}) == 1 and not any(is_index(cell) for cell in own[1:]):
            self._single(at, line, placed)
        elif self._is_section_in_two_cells(at, line, placed):
            code = placed_index(placed)
            title = " ".join(cell.text for cell in own if cell is not code)
            self._open(line, words.bare_code(code.text) if code else None, title)
        elif self._is_row(placed):
            self._row(at, line, placed, columns)
        elif self._continues(placed):
            self._continue(line, placed, columns)
        elif not self._take_end(line):
            self._doubtful(at, line, placed, columns)

    def _doubtful(self, at: int, line: Line, placed: Placed, columns: Columns) -> None:
        """A line of several cells without an index."""
        section = words.parse_section(plain(" ".join(cell.text for cell in line.filled)))
        if self._looks_like_row(placed) or says_reserve(placed_text(placed, Role.TITLE)):
            self._row(at, line, placed, columns)
        elif words.is_signature(line) or self._over:
            self._ledger.ignore(line, self._reason_after(line))
        elif section is not None and self._leads_to_row(at):
            self._open(line, *section)
        else:
            self._unplaced(line)

    def _single(self, at: int, line: Line, placed: Placed) -> None:
        """A line with one text: a section, a footnote, a fragment, a reserve number or something below the table."""
        columns = self._columns or Columns(())
        column, cell = next(pair for pair in placed if not pair[1].down)
        wide = len(columns.covered(cell)) > 1 or len(line.filled) > 1
        if self._take_footnotes(at, line) or self._take_end(line):
            return
        if _BROKEN_TABLE.fullmatch(plain(cell.text)):
            self._ledger.ignore(line, "page_break")
        elif self._is_fragment(column, cell, wide=wide):
            self._continue(line, placed, columns)
        elif says_reserve(plain(cell.text)):
            self._row(at, line, [(columns.under(Role.TITLE, column), cell)], columns)
            self._rows[-1].cells = [each.text for each in line.filled]
        elif self._is_row(placed) and not wide and not self._is_code_of_next(at, cell):
            self._row(at, line, placed, columns)
        else:
            self._alone(at, line, plain(cell.text))

    def _alone(self, at: int, line: Line, text: str) -> None:
        """A text that is a section if rows follow it."""
        explicit, leads = words.parse_section(text), self._leads_to_row(at)
        if explicit is not None and (leads or not self._over):
            self._open(line, *explicit)
        elif words.is_signed(line) or (words.is_signature(line) and not leads):
            self._ledger.ignore(line, self._reason_after(line))
        elif leads and len(text) <= _LONGEST_SECTION:
            self._open(line, None, text)
        elif self._over or at >= self._last_row:
            self._ledger.ignore(line, self._reason_after(line))
        else:
            self._unplaced(line)

    def _is_fragment(self, column: Column, cell: Cell, *, wide: bool) -> bool:
        if self._last is None or self._last.is_full or wide or self._over:
            return False
        if column.role in _FRAGMENTS:
            return True
        unfinished = words.is_unfinished(self._last.value(Role.TITLE)) and words.parse_section(cell.text) is None
        return column.role in {Role.TITLE, Role.INDEX_AND_TITLE} and (words.goes_on(cell.text) or unfinished)

    def _is_row(self, placed: Placed) -> bool:
        index = placed_index(placed)
        if not is_index(index) or (self._final and not words.states_term(placed_text(placed, Role.TERM))):
            return False
        texts = [placed_text(placed, role) for role in (Role.TITLE, Role.TERM, Role.ARTICLE, Role.NOTE)]
        return any(texts) or (index is not None and len(index_key(index.text) or ()) >= self._depth)

    def _is_section_in_two_cells(self, at: int, line: Line, placed: Placed) -> bool:
        index = placed_index(placed)
        title = placed_text(placed, Role.TITLE)
        if index is None or index.readings or words.bare_code(index.text) is None or not title or says_reserve(title):
            return False
        if (
            any(placed_text(placed, role) for role in (Role.TERM, Role.ARTICLE, Role.NOTE))
            or len(line.filled) > _MOST_OF_SECTION
        ):
            return False
        shallow = len(section_key(index.text) or ()) < self._depth and self._leads_to_row(at)
        return shallow or self._is_code_of_next(at, index)

    def _is_code_of_next(self, at: int, cell: Cell) -> bool:
        """Whether the index of the next row begins with this one."""
        code, following = section_key(plain_index(cell.text)), self._next_index(at)
        return (
            code is not None and following is not None and len(following) > len(code) and following[: len(code)] == code
        )

    def _continues(self, placed: Placed) -> bool:
        if self._last is None or self._last.is_full or placed_index(placed) is not None or self._over:
            return False
        title, term = placed_text(placed, Role.TITLE), placed_text(placed, Role.TERM)
        if words.states_term(term) and words.states_term(self._last.value(Role.TERM)):
            return False
        if not title:
            return any(column.role in _FRAGMENTS for column, _ in placed)
        return words.goes_on(title) or words.is_unfinished(self._last.value(Role.TITLE))

    def _fits(self, table: int, columns: Columns) -> bool:
        """Whether a table without a header of its own goes on where the last one ended."""
        if table not in self._misfits:
            whole = self._by_table[table]
            own = [columns.place(line) for line in whole]
            rows = [placed for placed in own if is_index(placed_index(placed))]
            stated = [placed for placed in rows if words.states_term(placed_text(placed, Role.TERM))]
            self._misfits[table] = not stated or len(stated) * 2 < len(rows)
            if self._misfits[table] and any(
                words.states_term(line.text) and is_index(line.filled[0]) for line in whole
            ):
                self._ledger.say("table_not_read", Severity.ERROR, whole[0].place)
        return not self._misfits[table]

    def _leads_to_row(self, at: int) -> bool:
        """Whether a row comes next, with nothing between but headers, column numbers and further sections."""
        columns = self._columns
        for distance, line in enumerate(self._lines[at + 1 : at + 1 + _LOOK_AHEAD], start=at + 1):
            if is_header(line):
                columns, _ = read_header(self._lines, distance)
            elif columns is None or words.is_column_numbers(line) or continues_header(line, self._lines[distance - 1]):
                continue
            elif line.table is not None and self._looks_like_row(columns.place(line)):
                return True
            elif len(line.filled) != 1 or words.parse_section(line.text) is None:
                return False
        return False

    def _looks_like_row(self, placed: Placed) -> bool:
        if not placed_text(placed, Role.TITLE):
            return False
        return self._is_row(placed) or words.states_term(placed_text(placed, Role.TERM))

    def _next_index(self, at: int) -> IndexKey | None:
        for line in self._lines[at + 1 : at + 1 + _LOOK_AHEAD]:
            cell = placed_index(self._columns.place(line)) if self._columns and line.table is not None else None
            if cell is not None and is_index(cell) and not words.is_column_numbers(line):
                return index_key(cell.readings[0] if cell.readings else cell.text)
        return None

    def _row(self, at: int, line: Line, placed: Placed, columns: Columns) -> None:
        row = RowInProgress(line.place, at, self._section.name if self._section else None)
        for column, cell in sorted(placed, key=lambda pair: pair[1].down):
            row.take(column, cell, columns)
        index = placed_index(placed)
        if index is not None:
            code = self._section.code if self._section else None
            row.index, findings = read_index(index, self._previous, code, line.place)
            row.findings += findings
            if says_reserve(row.value(Role.TITLE)) and len(index_key(row.index) or ()) not in {1, self._depth}:
                row.index = plain(index.text)
                row.remark("reserve_range", Severity.WARNING, index=row.index)
            self._previous = index_key(row.index) or self._previous
            if row.index and index_key(row.index) is None and not says_reserve(row.value(Role.TITLE)):
                row.remark("index_unusual", Severity.WARNING, index=row.index)
        if line.hidden:
            row.remark("hidden_row", Severity.WARNING)
        self._over = False
        self._is_untitled = False
        self._marks.update(words.references_in(row.value(Role.TERM)))
        self._rows.append(row)
        self._last = row

    def _continue(self, line: Line, placed: Placed, columns: Columns) -> None:
        if self._last is None:
            self._unplaced(line)
        else:
            self._last.join(placed, line, columns)
            self._marks.update(words.references_in(self._last.value(Role.TERM)))

    def _open(self, line: Line, code: str | None, title: str | None) -> None:
        cells = tuple(cell.text for cell in line.filled)
        above = self._section
        if code is None and self._is_untitled and above is not None:
            # «Раздел 1» in one line, its title in the next.
            code, cells = above.code, (*above.lines, *cells)
            self._sections.pop()
        self._is_untitled = title is None
        self._section = Section(code=code, title=plain(title) if title else None, lines=cells)
        self._sections.append(self._section)
        self._last, self._previous, self._over = None, None, False
        for remark in dict.fromkeys(remark for cell in line.filled for remark in cell.remarks):
            self._ledger.say(remark, Severity.WARNING, line.place, text=plain(line.text))
        if code is None:
            self._ledger.say("section_without_code", Severity.NOTE, line.place, section=title or "")

    def _take_footnotes(self, at: int, line: Line) -> bool:
        texts = list(dict.fromkeys(cell.text for cell in line.filled))
        if words.announces_footnotes(plain(texts[0])):
            self._ledger.ignore(line, "footnote")
            return True
        pairs = words.footnotes_in_cells(texts)
        if not pairs:
            return False
        # «1) Руководство» right above rows is a section, and «1 | Акты» a row, unless somebody refers to it.
        known, leads = pairs[0][0] in self._marks, self._leads_to_row(at)
        if (not known and leads and texts[0].lstrip()[:1].isdigit()) or (
            _NUMBER.fullmatch(texts[0]) and (leads or not known)
        ):
            return False
        self._footnotes.define(at, pairs)
        self._ledger.ignore(line, "footnote")
        return True

    def _take_end(self, line: Line) -> bool:
        text = plain(line.text)
        if words.is_final_record(text):
            self._final = self._over = True
            self._final_table = line.table
        elif not words.is_total(text):
            return False
        self._ledger.ignore(line, "final_record")
        return True

    def _reason_after(self, line: Line) -> str:
        if words.is_signature(line):
            self._over = True
            return "signature"
        return "final_record" if self._final and self._final_table in {None, line.table} else "text"

    def _unplaced(self, line: Line) -> None:
        self._ledger.say("unplaced_line", Severity.ERROR, line.place, text=plain(line.text))
        self._ledger.ignore(line, "unplaced")
