"""What a single line is by its words: section, footnote, total, signature, row of column numbers."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from core.nomenclature.reading.content import BODY, Line, plain
from retention.nomenclature import plain_index

_MONTH: Final = r"(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)"
_UNIT: Final = r"(?:лет|год|л\b|г\b|час|мес|дн|руб|экз|лист|шт)"
_NAMED_SECTION = re.compile(
    r"\W*(?:раздел|подраздел|глава)\s*(?:№\s*)?(?:([0-9IVXLIІХС]{1,6}(?:\s*[-–—.]\s*\d{1,3})*)(?![^\W\d]))?\s*[.:)\-–—]*\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_CODED_SECTION = re.compile(
    rf"\s*(\d{{1,3}}(?:\s*[-–—.]\s*\d{{1,3}}){{0,3}})(?:\s*[.:)]\s*[-–—]?\s*|\s+[-–—]?\s*|[-–—]\s*(?=(?-i:[А-ЯЁ«])))(?!\s*{_MONTH}|\s*{_UNIT})([^\W\d_].*|[«\"“(].*)",
    re.DOTALL | re.IGNORECASE,
)
_ROMAN_SECTION = re.compile(r"\s*([IVXLІХ]{1,6})(?:\s*[.:)]\s*[-–—]?\s*|\s+[-–—]\s*|\s+(?=[А-ЯЁ]))(\S.*)", re.DOTALL)
_BARE_CODE = re.compile(r"\d{1,3}(?:\s*[-–—.]\s*\d{1,3}){0,3}\s*[.)]?|[IVXLІХ]{1,6}\s*[.)]?")
_MARK = r"\d{1,2}|\*{1,4}"
_FOOTNOTE = re.compile(
    rf"\s*(?:\(\s*({_MARK})\s*\)|<\s*({_MARK})\s*>|\[\s*({_MARK})\s*\]|({_MARK})\)|([¹²³⁰⁴-⁹]{{1,2}})\)?|(\*{{1,4}}))\s*[-–—.]?\s*(\S.*)",
    re.DOTALL,
)
_LONE_MARK = re.compile(r"[\s(<\[]*(?:(\d{1,2})|(\*{1,4})|([¹²³⁰⁴-⁹]{1,2}))[\s)>\].]*")
_PAIR: Final = 2
_REFERENCE = re.compile(
    rf"\(\s*({_MARK})\s*\)|<\s*({_MARK})\s*>|\[\s*({_MARK})\s*\]|([¹²³⁰⁴-⁹]{{1,2}})|(\*{{1,4}})|(?<=[а-яё])(\d)(?!\w|\s*(?:лет|год|г\.|л\.))"
)
_IN_NOTE = re.compile(
    rf"(?:^|(?<=[\s;.,]))(?:\(\s*({_MARK})\s*\)|<\s*({_MARK})\s*>|\[\s*({_MARK})\s*\]|([¹²³⁰⁴-⁹]{{1,2}})\)?|(\*{{1,4}})|"
    rf"(?:(?<=\n)|^)({_MARK})\))\s*"
)
_SMALL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TOTAL = re.compile(r"\W*(?:итого|всего|итогов)", re.IGNORECASE)
_FINAL_RECORD = re.compile(r"\W*итогов\w+\s+(?:запись|сведени)", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"_{3,}|^\W*(?:согласован|утвержд|виза|подпис|расшифровк|протокол\s+(?:заседани|эк\b|эпк|цэк|от|№)|составил|"
    r"наименование должности|итоговые сведения|исполнител|м\.\s?п\.|дата\b)|\b[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]+|"
    r"[А-ЯЁ][а-яё]+\s[А-ЯЁ]\.\s?[А-ЯЁ]\.|^\W*[\d_]{1,4}\W+(?:"
    + _MONTH
    + r"\w*|_+)\s+20[\d_ ]{2}|^\d\d\.\d\d\.20\d\d(?:\s*г\.?)?$",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"\b[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]+|[А-ЯЁ][а-яё]+\s[А-ЯЁ]\.\s?[А-ЯЁ]\.|_{3,}")
_POST = re.compile(
    r"^\W*(?:заведующ|зав\.|директор|ректор|секретар|делопроизводител|архивариус|руководител|начальник|председател|"
    r"ответственн\w+\s+за|специалист|документовед|методист|член\w*\s+комисси|экспертн|эк\b|эпк\b|архив)",
    re.IGNORECASE,
)
_NOTES_FOLLOW = re.compile(r"\W*(?:примечани[ея]|сноски|пояснени[ея])\W*$", re.IGNORECASE)
_CONTINUED = re.compile(r"[,(–—-]$|\b(?:и|или|о|об|по|для|в|во|на|с|со|к|от|из|при|за|не|а)$", re.IGNORECASE)
_SUB_ITEM = re.compile(r"\s*[^\W\d_]\)\s*\S")
_FEWEST_NUMBERS: Final = 3
_WIDEST_STEP: Final = 2
"""A column over two columns of the grid may count for both."""
_WORDED_TERM = re.compile(
    r"\d+\s*(?:\([^)]*\)\s*)?(?:лет|год|г\.|л\.|л\b)|пост\b|постоянно|дмн|дзн|\bдо\s+\w{4}|не менее", re.IGNORECASE
)


def parse_section(text: str) -> tuple[str | None, str | None] | None:
    """Code and title of a line that says itself that it is a section; None if it does not."""
    said = plain(text)
    named = _NAMED_SECTION.fullmatch(said)
    if named and (named[1] or named[2]):
        code = plain_index(named[1]) if named[1] else None
        return code, named[2].strip() or None
    for pattern in (_CODED_SECTION, _ROMAN_SECTION):
        found = pattern.fullmatch(said)
        if found:
            return plain_index(found[1]), found[2].strip()
    return None


def is_section_above(line: Line) -> bool:
    """Whether a line right above the first table is its section and no part of the heading."""
    if line.source != BODY or len(line.filled) != 1 or "номенклатура" in line.text.lower():
        return False
    return parse_section(line.text) is not None and not is_signed(line)


def bare_code(text: str) -> str | None:
    """The code in a cell that holds nothing else."""
    return plain_index(text) if _BARE_CODE.fullmatch(plain(text)) else None


def is_column_numbers(line: Line) -> bool:
    """Whether the line numbers the columns: «1 2 3 4 5»."""
    texts = [plain(cell.text).strip(".() ") for cell in line.filled]
    if len(texts) < _FEWEST_NUMBERS or not all(text.isdecimal() for text in texts):
        return False
    numbers = [int(text) for text in texts]
    return numbers[0] <= 1 and all(0 < after - before <= _WIDEST_STEP for before, after in pairwise(numbers))


def footnotes_in(text: str) -> list[tuple[str, str]]:
    """Marks and texts of the footnotes that a line below the table brings, one or several; empty if it brings none."""
    found: list[tuple[str, str]] = []
    for piece in text.split("\n"):
        match = _FOOTNOTE.fullmatch(piece)
        if match:
            found.append((_mark(match.groups()[:-1]), match[7].strip()))
        elif found and piece.strip():
            found[-1] = (found[-1][0], f"{found[-1][1]} {piece.strip()}")
        elif piece.strip():
            return []
    return found


def footnotes_in_cells(texts: Sequence[str]) -> list[tuple[str, str]]:
    """The same for the cells of a line: one text, or a mark and its text."""
    if len(texts) == 1:
        return footnotes_in(texts[0])
    mark = _LONE_MARK.fullmatch(texts[0])
    return [(_mark(mark.groups()), plain(texts[1]))] if mark and len(texts) == _PAIR else []


def footnotes_of_note(note: str) -> list[tuple[str, str]]:
    """Marks and texts of the footnotes within a note; a mark without a text is a reference, no footnote."""
    marks = list(_IN_NOTE.finditer(note))
    if not marks:
        return []
    ends = [*(found.start() for found in marks[1:]), len(note)]
    pairs = [
        (_mark(found.groups()), note[found.end() : end].strip(" ;\n")) for found, end in zip(marks, ends, strict=True)
    ]
    return [(mark, text) for mark, text in pairs if text]


def references_in(text: str) -> Iterator[str]:
    """The marks a cell refers to, in order: `1`, `*`."""
    for found in _REFERENCE.finditer(text):
        mark = _mark(found.groups())
        if mark.strip("0") or mark.startswith("*"):
            yield mark


def _mark(groups: Sequence[str | None]) -> str:
    return next((group for group in groups if group), "").translate(_SMALL)


def is_total(text: str) -> bool:
    """Whether a line begins a total («Итого», «Итоговая запись»)."""
    return _TOTAL.match(text) is not None


def is_final_record(text: str) -> bool:
    """Whether a line begins the year-end record («Итоговая запись о категориях и количестве дел»)."""
    return _FINAL_RECORD.match(text) is not None


def is_signature(line: Line) -> bool:
    """Whether a line signs, agrees or approves."""
    pieces = [plain(cell.text) for cell in line.filled]
    return any(_SIGNATURE.search(piece) or _POST.match(piece) for piece in pieces)


def is_signed(line: Line) -> bool:
    """Whether a line carries a name with initials or room for a signature, whatever else it says."""
    return any(_INITIALS.search(cell.text) for cell in line.filled)


def announces_footnotes(text: str) -> bool:
    """Whether a line says that footnotes follow."""
    return _NOTES_FOLLOW.fullmatch(text) is not None


def is_unfinished(title: str) -> bool:
    """Whether a title breaks off: a bracket is open, a comma or a preposition stands at its end."""
    return title.count("(") > title.count(")") or _CONTINUED.search(plain(title)) is not None


def goes_on(text: str) -> bool:
    """Whether a text begins in the middle of a sentence."""
    bare = text.lstrip()
    return bool(bare) and (bare[0].islower() or bare[0] in ",;)") and not _SUB_ITEM.match(bare)


def states_term(text: str) -> bool:
    """Whether a cell holds words of a term."""
    return _WORDED_TERM.search(plain(text)) is not None
