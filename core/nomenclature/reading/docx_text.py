"""The text of Word paragraphs: what counts, what was deleted, what is hidden, and which footnotes hang on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.nomenclature.reading.docx_numbering import Numbering
from core.nomenclature.reading.package import Node
from core.nomenclature.reading.raised import raised_mark
from core.nomenclature.reading.xlsx_values import STRUCK

_SILENT: Final = {
    "pPr", "rPr", "tcPr", "trPr", "tblPr", "tblGrid", "sdtPr", "sdtEndPr", "instrText", "fldChar", "proofErr", "sectPr",
    "bookmarkStart", "bookmarkEnd", "commentReference", "annotationRef", "footnoteRef", "endnoteRef", "del", "moveFrom",
    "separator", "continuationSeparator", "lastRenderedPageBreak", "softHyphen", "delInstrText", "rt",
}  # fmt: skip
_FIXED: Final = {"tab": " ", "ptab": " ", "cr": "\n", "noBreakHyphen": "-"}
_BLOCKS: Final = {"p", "tbl"}
_SURROGATES: Final = 0xD800


@dataclass(slots=True)
class Text:
    """What a cell or a paragraph says."""

    shown: str = ""
    bold: bool = False
    remarks: list[str] = field(default_factory=list)
    footnotes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    """Paragraphs of text boxes that hang on it."""
    deleted: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def add(self, other: "Text", *, between: str = "\n") -> None:
        """Append a further paragraph."""
        if self.shown and other.shown:
            self.shown += between
        self.shown += other.shown
        self.bold = self.bold or other.bold
        self.remarks += other.remarks
        self.boxes += other.boxes
        self.deleted += other.deleted
        self.hidden += other.hidden
        self.footnotes += other.footnotes


class TextReader:
    """Reads paragraphs in the order of the document, for its lists and footnotes count on."""

    def __init__(self, numbering: Numbering, styles: Node | None, notes: Mapping[tuple[str, str], str]) -> None:
        self._numbering = numbering
        self._notes = notes
        self._note_numbers: dict[tuple[str, str], int] = {}
        self._styles = {
            node.get("styleId"): properties
            for node in (styles.all("style") if styles is not None else ())
            if (properties := node.find("rPr")) is not None
        }
        self._custom: str | None = None

    def paragraph(self, node: Node) -> Text:
        """The text of one paragraph, with the number that Word puts before it."""
        text = Text()
        number = self._numbering.number_of(node)
        self._walk(node, text)
        self._custom = None
        text.shown = text.shown.strip()
        if number:
            text.shown = (number + text.shown).strip()
            text.remarks.append("auto_number")
        return text

    def content(self, node: Node) -> Text:
        """The text of everything in a cell, a note or a box; a table in it becomes lines of its own."""
        whole = Text()
        for block in blocks(node):
            if block.tag == "p":
                whole.add(self.paragraph(block))
            else:
                whole.remarks.append("nested_table")
                for row in descend(block, "tr"):
                    line = Text()
                    for cell in descend(row, "tc"):
                        line.add(self.content(cell), between=" ")
                    whole.add(line)
        return whole

    def _walk(self, node: Node, text: Text) -> None:
        for child in node.children:
            if child.tag == "r":
                self._run(child, text)
            elif child.tag in {"del", "moveFrom"}:
                self._deleted(child, text)
            elif child.tag in _SILENT:
                continue
            elif child.tag == "AlternateContent":
                chosen = child.find("Choice") or child.find("Fallback")
                if chosen is not None:
                    self._walk(chosen, text)
            elif child.tag == "txbxContent":
                boxed = self.content(child)
                text.boxes += [line for line in boxed.shown.split("\n") if line.strip()]
            else:
                if child.tag in {"ins", "moveTo"} and any(each.text.strip() for each in descend(child, "t")):
                    text.remarks.append("tracked_insertion")
                self._walk(child, text)
                text.shown += child.text if child.tag == "t" else ""

    def _deleted(self, node: Node, text: Text) -> None:
        said = "".join(each.text for tag in ("delText", "t") for each in descend(node, tag)).strip()
        if said:
            text.deleted.append(said)
            text.remarks.append("tracked_deletion")

    def _run(self, run: Node, text: Text) -> None:
        piece = Text()
        for child in run.children:
            self._piece(child, piece)
        properties = [each for each in (run.find("rPr"), self._style_of(run)) if each is not None]
        if any(each.is_set("vanish") for each in properties[:1]):
            if piece.shown.strip():
                text.hidden.append(piece.shown.strip())
                text.remarks.append("hidden_text")
            return
        if piece.shown.strip():
            if any(each.is_set("strike") or each.is_set("dstrike") for each in properties[:1]):
                text.remarks.append(STRUCK)
            text.bold = text.bold or any(each.is_set("b") for each in properties)
        raised = next((found for each in properties if (found := each.value("vertAlign")) is not None), None)
        if raised == "superscript" and not piece.footnotes:
            piece.shown = raised_mark(piece.shown, text.shown)
        text.add(piece, between="")

    def _style_of(self, run: Node) -> Node | None:
        properties = run.find("rPr")
        return self._styles.get(properties.value("rStyle") or "") if properties is not None else None

    def _piece(self, child: Node, piece: Text) -> None:
        if child.tag == "t":
            piece.shown += child.text
            if self._custom is not None and child.text.strip():
                piece.footnotes.append((child.text.strip(" ()"), self._custom))
                self._custom = None
        elif child.tag in _FIXED:
            piece.shown += _FIXED[child.tag]
        elif child.tag == "br":
            piece.shown += "" if child.get("type") in {"page", "column"} else "\n"
        elif child.tag == "sym":
            piece.shown += _symbol(child.get("char"))
        elif child.tag in {"footnoteReference", "endnoteReference"}:
            self._reference(child, piece)
        elif child.tag not in _SILENT:
            self._walk(Node("run", {}, [child]), piece)

    def _reference(self, node: Node, piece: Text) -> None:
        key = (node.tag.removesuffix("Reference"), node.get("id"))
        said = self._notes.get(key, "")
        if node.get("customMarkFollows") in {"1", "true", "on"}:
            self._custom = said
            return
        number = self._note_numbers.setdefault(key, len(self._note_numbers) + 1)
        piece.shown += f" ({number})"
        piece.footnotes.append((str(number), said))


def blocks(node: Node) -> Iterator[Node]:
    """Paragraphs and tables in order, also those within content controls and tracked moves."""
    for child in node.children:
        if child.tag in _BLOCKS:
            yield child
        elif child.tag not in _SILENT:
            yield from blocks(child)


def descend(node: Node, tag: str) -> Iterator[Node]:
    """The nearest descendants of a name: nothing within one of them, nothing within another table."""
    for child in node.children:
        if child.tag == tag:
            yield child
        elif child.tag != "tbl":
            yield from descend(child, tag)


def _symbol(code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    # Symbol fonts lie in the private area, where nobody else can read them.
    return chr(number) if ord(" ") <= number < _SURROGATES else "�"
