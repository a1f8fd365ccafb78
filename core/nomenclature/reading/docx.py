"""Word documents (.docx) as lines of cells: paragraphs, rows of tables, text boxes, page headers, comments."""

from collections.abc import Iterator, Mapping
from typing import Final

from core.kernel.texts import mark, translate
from core.nomenclature.reading.content import Cell, FileContent, Line, within_limits
from core.nomenclature.reading.docx_numbering import Numbering
from core.nomenclature.reading.docx_text import Text, TextReader, blocks, descend
from core.nomenclature.reading.package import Node, Package

_MAX_SPAN: Final = 200
_IN_TABLE: Final = mark("table {table}, row {row}")
_IN_TEXT: Final = mark("paragraph {number}")


def read_docx(package: Package, main: str) -> FileContent:
    """Every paragraph and row of the document, in order.

    Raises:
        BrokenNomenclatureFile: a part is damaged.
        NomenclatureFileTooLarge: there is too much of it.
    """
    styles = _tree(package, main, "styles")
    numbering = Numbering(_tree(package, main, "numbering"), styles)
    plain = TextReader(Numbering(None, styles), styles, {})
    notes = dict(_notes(package, main, plain))
    body = package.tree(main).find("body")
    lines: list[Line] = []
    if body is not None:
        lines += within_limits(_Body(TextReader(numbering, styles, notes)).lines(body))
    for kind, source in (("header", "page_header"), ("footer", "page_header"), ("comments", "comment")):
        for name in package.of_kind(main, kind):
            for block in _all_paragraphs(package.tree(name)):
                lines.append(Line(place=kind, cells=(_paragraph_cell(plain.paragraph(block)),), source=source))
    return FileContent(lines=tuple(within_limits(iter(lines))))


def _tree(package: Package, main: str, kind: str) -> Node | None:
    names = package.of_kind(main, kind)
    return package.tree(names[0]) if names else None


def _notes(package: Package, main: str, reader: TextReader) -> Iterator[tuple[tuple[str, str], str]]:
    for kind in ("footnote", "endnote"):
        for name in package.of_kind(main, f"{kind}s"):
            for node in package.tree(name).all(kind):
                if node.get("type", "normal") == "normal":
                    yield (kind, node.get("id")), reader.content(node).shown


def _all_paragraphs(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.tag == "p":
            yield child
        else:
            yield from _all_paragraphs(child)


def _paragraph_cell(text: Text) -> Cell:
    return Cell(
        column=0,
        text=text.shown.strip(),
        bold=text.bold,
        remarks=tuple(dict.fromkeys(text.remarks)),
        footnotes=tuple(text.footnotes),
    )


class _Body:
    """Goes through the body and counts paragraphs, tables and rows."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self._paragraphs = 0
        self._tables = 0

    def lines(self, body: Node) -> Iterator[Line]:
        for block in blocks(body):
            if block.tag == "p":
                self._paragraphs += 1
                place = translate(_IN_TEXT, number=self._paragraphs)
                text = self._reader.paragraph(block)
                yield Line(place=place, cells=(_paragraph_cell(text),))
                yield from _beside(text, place)
            else:
                self._tables += 1
                yield from self._table(block, self._tables)

    def _table(self, table: Node, number: int) -> Iterator[Line]:
        above: dict[int, Cell] = {}
        for count, row in enumerate(descend(table, "tr"), start=1):
            place = translate(_IN_TABLE, table=number, row=count)
            properties = row.find("trPr")
            cells, texts = self._row(row, properties, above)
            if properties is not None and properties.find("del") is not None:
                said = " | ".join(each for text in texts for each in (text.shown, *text.deleted) if each)
                yield Line(place=place, cells=(Cell(column=0, text=said),), table=number, source="deleted_text")
                continue
            above = {cell.column: cell for cell in cells}
            yield Line(place=place, cells=tuple(cells), table=number)
            for text in texts:
                yield from _beside(text, place)

    def _row(self, row: Node, properties: Node | None, above: Mapping[int, Cell]) -> tuple[list[Cell], list[Text]]:
        column = _count(properties.value("gridBefore") if properties is not None else None, 0)
        cells: list[Cell] = []
        texts: list[Text] = []
        for node in descend(row, "tc"):
            properties = node.find("tcPr")
            span = max(1, _count(properties.value("gridSpan") if properties is not None else None, 1))
            text = self._reader.content(node)
            texts.append(text)
            sideways = _merge(properties, "hMerge")
            if sideways == "continue" and cells and not text.shown.strip():
                cells[-1] = _wider(cells[-1], span)
            else:
                origin = above.get(column) if _merge(properties, "vMerge") == "continue" else None
                cells.append(_table_cell(text, column, span, origin))
            column += span
        return cells, texts


def _count(written: str | None, default: int) -> int:
    return min(int(written), _MAX_SPAN) if written is not None and written.isdigit() else default


def _merge(properties: Node | None, kind: str) -> str | None:
    found = properties.find(kind) if properties is not None else None
    return None if found is None else found.get("val") or "continue"


def _wider(cell: Cell, more: int) -> Cell:
    return Cell(
        column=cell.column,
        text=cell.text,
        span=cell.span + more,
        down=cell.down,
        bold=cell.bold,
        remarks=cell.remarks,
        footnotes=cell.footnotes,
    )


def _table_cell(text: Text, column: int, span: int, origin: Cell | None) -> Cell:
    shown = text.shown.strip()
    remarks = tuple(dict.fromkeys(text.remarks))
    if origin is not None and not shown:
        return Cell(column=column, text=origin.text, span=span, down=True, bold=origin.bold, footnotes=origin.footnotes)
    if origin is not None:
        remarks = (*remarks, "text_under_merge")
    return Cell(column=column, text=shown, span=span, bold=text.bold, remarks=remarks, footnotes=tuple(text.footnotes))


def _beside(text: Text, place: str) -> Iterator[Line]:
    """Lines for what hangs on a paragraph or was taken out of it."""
    for said, source in (
        *((box, "text_box") for box in text.boxes),
        *((piece, "deleted_text") for piece in text.deleted),
        *((piece, "hidden_text") for piece in text.hidden),
    ):
        yield Line(place=place, cells=(Cell(column=0, text=said),), source=source)
