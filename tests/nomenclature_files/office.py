"""Writers of small Office files: only what the reader must cope with, written straight from ECMA-376."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "application/vnd.openxmlformats-officedocument"


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def relations(targets: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{items}</Relationships>'


def content_types(main: str, content_type: str) -> str:
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        f'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{content_type}"/></Types>'
    )


# --- workbooks ---------------------------------------------------------------------------------------------------

STYLES = (
    f'<styleSheet xmlns="{SHEETS}"><numFmts><numFmt numFmtId="164" formatCode="00&quot;-&quot;00"/></numFmts>'
    "<fonts><font/><font><b/></font><font><strike/></font></fonts><cellXfs>"
    '<xf numFmtId="0" fontId="0"/><xf numFmtId="16" fontId="0"/><xf numFmtId="17" fontId="0"/>'
    '<xf numFmtId="14" fontId="0"/>'
    '<xf numFmtId="164" fontId="0"/><xf numFmtId="0" fontId="1"/><xf numFmtId="0" fontId="2"/></cellXfs></styleSheet>'
)
DAY_MONTH, MONTH_YEAR, FULL_DATE, MASK, BOLD, STRUCK = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True)
class Value:
    """A cell that is more than a text."""

    number: float | None = None
    formula: str | None = None
    result: str | None = None
    style: int = 0
    text: str | None = None
    runs: tuple[tuple[str, str], ...] = ()
    """Text and properties (`<vertAlign val="superscript"/>`) of rich text."""


@dataclass
class Sheet:
    rows: Sequence[Sequence[object]]
    """Texts, `Value`s and blanks."""
    name: str = "Лист1"
    merges: Sequence[str] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: Sequence[int] = ()
    state: str = "visible"
    extra: str = ""
    """XML behind the rows."""


def letters(column: int) -> str:
    return (letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def cell_xml(reference: str, value: object) -> str:
    if not isinstance(value, Value):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
    if value.runs:
        runs = "".join(
            f'<r><rPr>{properties}</rPr><t xml:space="preserve">{escape(text)}</t></r>'
            for text, properties in value.runs
        )
        return f'<c r="{reference}" t="inlineStr"><is>{runs}</is></c>'
    if value.text is not None:
        return f'<c r="{reference}" s="{value.style}" t="inlineStr"><is><t>{escape(value.text)}</t></is></c>'
    if value.formula is not None:
        result = "" if value.result is None else f"<v>{escape(value.result)}</v>"
        return f'<c r="{reference}" s="{value.style}" t="str"><f>{escape(value.formula)}</f>{result}</c>'
    return f'<c r="{reference}" s="{value.style}"><v>{value.number}</v></c>'


def sheet_xml(sheet: Sheet) -> str:
    rows = ""
    for number, row in enumerate(sheet.rows, start=1):
        hidden = ' hidden="1"' if number in sheet.hidden_rows else ""
        cells = "".join(
            cell_xml(f"{letters(column)}{number}", value) for column, value in enumerate(row) if value not in (None, "")
        )
        rows += f'<row r="{number}"{hidden}>{cells}</row>'
    columns = "".join(f'<col min="{column + 1}" max="{column + 1}" hidden="1"/>' for column in sheet.hidden_columns)
    merges = "".join(f'<mergeCell ref="{reference}"/>' for reference in sheet.merges)
    return (
        f'<worksheet xmlns="{SHEETS}">{f"<cols>{columns}</cols>" if columns else ""}<sheetData>{rows}</sheetData>'
        f"{f'<mergeCells>{merges}</mergeCells>' if merges else ''}{sheet.extra}</worksheet>"
    )


def xlsx(
    *sheets: Sheet,
    parts: Mapping[str, str | bytes] | None = None,
    content_type: str = f"{TYPES}.spreadsheetml.sheet.main+xml",
) -> bytes:
    listed = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{number}" state="{sheet.state}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, start=1)
    )
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
    return zipped(
        {
            "[Content_Types].xml": content_types("xl/workbook.xml", content_type),
            "_rels/.rels": relations([("officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations([*targets, ("styles", "styles.xml")]),
            "xl/styles.xml": STYLES,
            **{f"xl/worksheets/sheet{number}.xml": sheet_xml(sheet) for number, sheet in enumerate(sheets, start=1)},
            **(parts or {}),
        }
    )


# --- documents ---------------------------------------------------------------------------------------------------


@dataclass
class Tc:
    """A cell of a Word table; `text` with line breaks makes paragraphs, `xml` takes the place of them all."""

    text: str = ""
    span: int = 1
    down: str = ""
    """`restart` or `continue`."""
    xml: str = ""


@dataclass
class Tbl:
    rows: Sequence[Sequence[object]]
    """Texts and `Tc`s."""
    deleted: frozenset[int] = field(default_factory=frozenset)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(text: str = "", *, xml: str = "", properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{xml or (run(text) if text else '')}</w:p>"


def table_xml(table: Tbl) -> str:
    rows = ""
    for number, row in enumerate(table.rows):
        cells = ""
        for each in row:
            cell = each if isinstance(each, Tc) else Tc(str(each))
            merge = f'<w:vMerge w:val="{cell.down}"/>' if cell.down else ""
            span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
            inside = cell.xml or "".join(paragraph(line) for line in cell.text.split("\n"))
            cells += f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{inside}</w:tc>"
        deleted = '<w:trPr><w:del w:id="1" w:author="a"/></w:trPr>' if number in table.deleted else ""
        rows += f"<w:tr>{deleted}{cells}</w:tr>"
    return f"<w:tbl>{rows}</w:tbl>"


def docx(
    *blocks: str | Tbl,
    parts: Mapping[str, tuple[str, str]] | None = None,
    content_type: str = f"{TYPES}.wordprocessingml.document.main+xml",
    doctype: str = "",
) -> bytes:
    """A document of paragraphs (texts, or XML that begins with `<`) and tables; `parts` by kind: file name and XML."""
    body = ""
    for block in blocks:
        if isinstance(block, Tbl):
            body += table_xml(block)
        else:
            body += block if block.startswith("<") else paragraph(block)
    more = parts or {}
    return zipped(
        {
            "[Content_Types].xml": content_types("word/document.xml", content_type),
            "_rels/.rels": relations([("officeDocument", "word/document.xml")]),
            "word/_rels/document.xml.rels": relations([(kind, name) for kind, (name, _) in more.items()]),
            "word/document.xml": f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{WORDS}">'
            f"<w:body>{body}</w:body></w:document>",
            **{f"word/{name}": content for name, content in more.values()},
        }
    )


def footnotes_part(texts: Mapping[int, str]) -> tuple[str, str]:
    notes = "".join(f'<w:footnote w:id="{number}">{paragraph(text)}</w:footnote>' for number, text in texts.items())
    separator = f'<w:footnote w:type="separator" w:id="-1">{paragraph("-")}</w:footnote>'
    return "footnotes.xml", f'<w:footnotes xmlns:w="{WORDS}">{separator}{notes}</w:footnotes>'


def numbering_part(*levels: tuple[str, str]) -> tuple[str, str]:
    """One list with the given `numFmt` and `lvlText` by level."""
    shown = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for level, (kind, text) in enumerate(levels)
    )
    return "numbering.xml", (
        f'<w:numbering xmlns:w="{WORDS}"><w:abstractNum w:abstractNumId="0">{shown}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def numbered(level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
