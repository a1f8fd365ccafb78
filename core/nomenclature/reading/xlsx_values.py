"""What an Excel cell shows: numbers by their format, dates, runs of rich text (ECMA-376 part 1, 18.3 and 18.8)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.nomenclature.reading.package import Node
from core.nomenclature.reading.raised import raised_mark

STRUCK: Final = "struck_text"
_BUILT_IN: Final = {
    1: "0", 2: "0.00", 14: "dd.mm.yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss",
    20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "dd.mm.yyyy"),
}  # fmt: skip
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LATEST_SERIAL: Final = 2_958_466
_FIRST_OF_MARCH_1900: Final = 61
_MOST: Final = 1e15
"""From here on a float holds no single units."""
_SURROGATES: Final = (0xD800, 0xDFFF)


@dataclass(frozen=True, slots=True)
class Style:
    """What a cell's format says that matters here."""

    number_format: str = ""
    bold: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell's text, with what was odd about it."""

    text: str
    remarks: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    bold: bool = False


def read_styles(root: Node) -> list[Style]:
    """The cell formats of a workbook, by their number."""
    formats = dict(_BUILT_IN)
    for node in _children(root, "numFmts"):
        if node.get("numFmtId").isdigit():
            formats[int(node.get("numFmtId"))] = node.get("formatCode")
    fonts = [(node.is_set("b"), node.is_set("strike")) for node in _children(root, "fonts")]
    styles = []
    for node in _children(root, "cellXfs"):
        number, font = node.get("numFmtId", "0"), node.get("fontId", "0")
        bold, struck = fonts[int(font)] if font.isdigit() and int(font) < len(fonts) else (False, False)
        styles.append(Style(formats.get(int(number), "") if number.isdigit() else "", bold, struck))
    return styles


def _children(root: Node, name: str) -> Sequence[Node]:
    found = root.find(name)
    return found.children if found is not None else ()


def read_string(node: Node) -> Shown:
    """A plain or rich string (`si`, `is`); raised digits become `(1)`, phonetic hints are left out."""
    text, remarks, bold = "", [], False
    for child in node.children:
        if child.tag == "t":
            text += child.text
        elif child.tag == "r":
            piece = "".join(each.text for each in child.all("t"))
            properties = child.find("rPr")
            if properties is not None:
                if properties.is_set("strike") and piece.strip():
                    remarks.append(STRUCK)
                bold = bold or properties.is_set("b")
                if properties.value("vertAlign") == "superscript":
                    piece = raised_mark(piece, text)
            text += piece
    return Shown(unescaped(text), tuple(dict.fromkeys(remarks)), bold=bold)


def unescaped(text: str) -> str:
    """Undo `_x000D_` and its like (ECMA-376 part 1, 22.9.2.19)."""
    return _ESCAPE.sub(lambda found: _character(int(found[1], 16)), text)


def _character(code: int) -> str:
    return (
        "\n" if code in {10, 13} else "" if code < ord(" ") or _SURROGATES[0] <= code <= _SURROGATES[1] else chr(code)
    )


def show_number(written: str, style: Style, *, since_1904: bool) -> Shown:
    """What a number cell shows, and what may have been typed if a program took it for a date or a number."""
    try:
        value = float(written)
    except ValueError:
        return Shown(written)
    letters = set(_LITERAL.sub("", style.number_format.partition(";")[0]).lower())
    if letters & set("dyh") or ("m" in letters and not letters & set("0#")):
        day = _day(value, since_1904=since_1904)
        if day is not None:
            return Shown(f"{day:%d.%m.%Y}", (), date_readings(day, letters))
    text = _formatted(value, style.number_format.partition(";")[0])
    if text is not None:
        return Shown(text)
    if value.is_integer() and abs(value) < _MOST:
        return Shown(str(int(value)))
    text = f"{value:.12g}"
    return Shown(text, (), (text, f"{text}0") if re.fullmatch(r"\d+\.\d", text) else (text,))


def _day(serial: float, *, since_1904: bool) -> date | None:
    if not 0 < serial < _LATEST_SERIAL:
        return None
    # Excel counts a 29 February 1900 that never was.
    start = (
        date(1904, 1, 1) if since_1904 else date(1899, 12, 30) if serial >= _FIRST_OF_MARCH_1900 else date(1899, 12, 31)
    )
    return start + timedelta(days=int(serial))


def date_readings(day: date, letters: set[str]) -> tuple[str, ...]:
    """Indexes that Excel turns into this date as they are typed; `letters` are those of the format."""
    month_first, day_first = f"{day:%m-%d}", f"{day:%d-%m}"
    with_year = f"{day:%m-%y}"
    whole = f"{day:%d-%m-%y}"
    if "d" not in letters:
        return (with_year,)
    if "y" not in letters:
        return (day_first, month_first)
    # «13-25» is typed, 2025-13 is no month: what has a first of the month may have been month and year.
    return (whole, day_first, month_first, with_year) if day.day == 1 else (whole, day_first, month_first)


def _formatted(value: float, code: str) -> str | None:
    """Whole numbers under a mask of zeros and literals (`00`, `00"-"00`); None for every other format."""
    literal = _LITERAL.sub(lambda found: "\0" * len(found[1] or found[2] or ""), code)
    said = "".join(found[1] or found[2] or "" for found in _LITERAL.finditer(code))
    if not value.is_integer() or value < 0 or value >= _MOST or "0" not in literal:
        return None
    if not re.fullmatch(r"[0#\0 /-]+", literal):
        return None
    digits, literals, shown = list(str(int(value))), list(said), []
    for character in reversed(literal):
        if character == "\0":
            shown.append(literals.pop())
        elif character in "0#":
            shown.append(digits.pop() if digits else "0" if character == "0" else "")
        else:
            shown.append(character)
    return "".join(digits) + "".join(reversed(shown))


def show_cell(kind: str, value: str | None, style: Style, strings: Sequence[Shown], *, since_1904: bool) -> Shown:
    """A cell by its type (`t`) and value, without its formula."""
    if value is None:
        return Shown("")
    if kind == "s":
        return strings[int(value)] if value.isdigit() and int(value) < len(strings) else Shown(value, ("cell_error",))
    if kind == "b":
        return Shown("ИСТИНА" if value == "1" else "ЛОЖЬ")
    if kind == "e":
        return Shown(value, ("cell_error",))
    if kind == "d":
        return _iso_date(value)
    return Shown(unescaped(value)) if kind in {"str", "inlineStr"} else show_number(value, style, since_1904=since_1904)


def _iso_date(value: str) -> Shown:
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return Shown(value)
    return Shown(f"{day:%d.%m.%Y}", (), date_readings(day, {"d", "m", "y"}))


_RUSSIAN_MONTHS: Final = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_ENGLISH_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS: Final[Mapping[str, int]] = {
    **{name: number for number, name in enumerate(_RUSSIAN_MONTHS, start=1)},
    **{name: number for number, name in enumerate(_ENGLISH_MONTHS, start=1)},
    "мая": 5,
}
_SHOWN_DATE = re.compile(r"(\d{1,2})[ .-]([^\W\d_]{3,4})\.?|([^\W\d_]{3,4})\.?[ .-](\d{2})")
_FULL_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)|((?:19|20)\d\d)-(\d\d)-(\d\d)(?: 00:00:00)?")


def readings_of_shown_date(text: str) -> tuple[str, ...]:
    """The same for a text that Excel wrote into a CSV: «01.дек», «янв.13», «01.12.2025»."""
    found = _SHOWN_DATE.fullmatch(text.strip().lower())
    if found:
        month = _MONTHS.get((found[2] or found[3])[:3])
        if month is None:
            return ()
        if found[1]:
            return (f"{int(found[1]):02}-{month:02}", f"{month:02}-{int(found[1]):02}")
        return (f"{month:02}-{found[4]}",)
    full = _FULL_DATE.fullmatch(text.strip())
    if not full:
        return ()
    written = (full[3], full[2], full[1]) if full[1] else (full[4], full[5], full[6])
    try:
        day = date(int(written[0]), int(written[1]), int(written[2]))
    except ValueError:
        return ()
    return date_readings(day, {"d", "m", "y"})
