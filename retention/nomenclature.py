"""The case nomenclature («номенклатура дел») as it was read from a file, and what can be said of it without a database.

A draft holds every word of the file: as a row, as a section or as an ignored line with its reason. Nothing here decides
a term: the reading of each row comes from `retention.grammar`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Fact = str | int


class Severity(StrEnum):
    """What a finding does to an import."""

    NOTE = "note"
    """Worth knowing; nothing has to be done."""
    WARNING = "warning"
    """A person should look; the import may go on."""
    ERROR = "error"
    """The import stops until the file is corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark on a file or a row; its text is made where it is shown."""

    code: str
    """Stable, lower snake case."""
    severity: Severity
    row: int | None = None
    """Number of the row in the draft, from 1."""
    place: str = ""
    """Where in the file, in the words of its reader."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the text names: an index, a word, a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section («раздел») of the nomenclature."""

    code: str | None
    """As it stands in the file, with one kind of dash; None if the line has none."""
    title: str | None
    """None if the section is known from the indexes of its rows only."""
    lines: tuple[str, ...] = ()
    """The cells it was read from."""

    @property
    def name(self) -> str | None:
        """How rows name their section: by its code, without one by its title."""
        return self.code or self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """One record class («строка номенклатуры») as the file has it; absent cells are empty strings."""

    place: str
    section: str | None = None
    index: str = ""
    """With one kind of dash and without spaces."""
    index_written: str = ""
    """As it stands in the file."""
    title: str = ""
    quantity: str = ""
    term: str = ""
    article: str = ""
    note: str = ""
    footnotes: Mapping[str, str] = field(default_factory=dict)
    """Text by mark (`1`, `*`), of the marks this row refers to or brings in its note."""
    other: Mapping[str, str] = field(default_factory=dict)
    """Cells of further columns, by the heading of the column."""
    cells: tuple[str, ...] = ()
    """Every cell of the file that this row was made of, as it stands there."""
    findings: tuple[Finding, ...] = ()

    @property
    def is_reserve(self) -> bool:
        """Whether the row only keeps a number free («Резерв»): with a term it is a class like any other."""
        return (says_reserve(self.title) and not self.term.strip(" " + _DASHES)) or self.is_blank

    @property
    def is_blank(self) -> bool:
        """Whether the row holds an index and nothing else."""
        return bool(self.index) and not any((self.title, self.term, self.article, self.note))

    @property
    def footnote(self) -> str:
        """Note and footnotes in one text, as `retention.grammar` reads them: none of the note may be left out.

        A footnote that the note itself brings is not repeated.
        """
        outside = [f"({mark}) {text}" for mark, text in self.footnotes.items() if text not in self.note]
        bare = "" if _REFERENCES.fullmatch(self.note) else self.note
        return "\n".join(piece for piece in (bare, *outside) if piece)


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredLine:
    """A line of the file that is no row."""

    text: str
    """The cells of the line, separated by ` | `."""
    reason: str
    """Stable code: `title_block`, `header`, `column_numbers`, `signature`, …"""
    place: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NomenclatureDraft:
    """What a file says, nothing added."""

    year: int | None
    organisation: str | None
    sections: tuple[Section, ...]
    rows: tuple[DraftRow, ...]
    ignored: tuple[IgnoredLine, ...]
    findings: tuple[Finding, ...] = ()


IndexKey = tuple[tuple[int, str], ...]
"""Parts of an index for comparison: number and letter; `01-12` and `1–12` have the same key."""

_DASHES = "-‐‑‒–—−"
_SEPARATORS = re.compile(rf"\s*([{_DASHES}./\\])\s*")
_PART = re.compile(r"([^\W\d_]{0,3})(\d{0,5})([^\W\d_]?)")
_WORD_APART = re.compile(r"\W\s+[^\W\d_]")
_REFERENCES = re.compile(r"(?:\s*[(<\[](?:\d{1,2}|\*{1,4})[)>\]]\s*,?)+")
_RESERVE = re.compile(
    r"\W*резерв(?:ны[йе]\s+(?:номер|индекс|заголов|дел|строк|позици)\w*|\s+номеров|\s+индексов)?\W*"
    r"(?:\([^()]*\)|[\d\s\W])*",
    re.IGNORECASE,
)
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_LOOK_ALIKE = str.maketrans("ІХСЬі", "IXCIi")
_LONGEST_INDEX = 40


def says_reserve(title: str) -> bool:
    """Whether a title is that of a reserve number; «Резервные копии» is none."""
    return _RESERVE.fullmatch(title) is not None


def plain_index(text: str) -> str:
    """An index with one kind of dash, without spaces, apostrophes and a full stop at its end."""
    bare = " ".join(text.replace("\u200b", "").replace("\xad", "").split()).strip("'’`\" ").rstrip(" .,;")
    return _SEPARATORS.sub(lambda found: "-" if found[1] in _DASHES else found[1], bare)


def index_key(text: str) -> IndexKey | None:
    """The parts of an index (rule 1 of the form: section code and running number); None if this is no index."""
    bare = plain_index(text)
    # «02. Кадры» and «01 - ОК» are sections.
    if not bare or len(bare) > _LONGEST_INDEX or _WORD_APART.search(text):
        return None
    parts: list[tuple[int, str]] = []
    for piece in re.split(r"[-./\\]", bare):
        found = _PART.fullmatch(piece)
        if found is None or not piece:
            return None
        letters, digits, suffix = found.groups()
        parts.append((int(digits or 0), (letters + suffix).casefold()))
    return tuple(parts) if any(number for number, _ in parts) or bare.strip("0-./") == "" else None


def section_key(code: str) -> IndexKey | None:
    """The key of a section's code; Roman numerals count as the numbers they are."""
    roman = code.translate(_LOOK_ALIKE).upper()
    if roman and set(roman) <= set(_ROMAN):
        values = [_ROMAN[letter] for letter in roman]
        pairs = zip(values, [*values[1:], 0], strict=True)
        return ((sum(-value if value < following else value for value, following in pairs), ""),)
    return index_key(code)


def check_rows(draft: NomenclatureDraft) -> Iterator[Finding]:
    """What is wrong between and within the rows of a draft, whatever file it came from."""
    yield from _check_cells(draft.rows)
    yield from _check_duplicates(draft.rows)
    yield from _check_sections(draft)
    yield from _check_gaps(draft.rows)
    if not draft.rows:
        yield Finding(code="no_rows", severity=Severity.ERROR)
    if draft.year is None and not _speaks_of(draft.findings, "year_"):
        yield Finding(code="year_not_found", severity=Severity.WARNING)
    if draft.organisation is None and not _speaks_of(draft.findings, "organisation_"):
        yield Finding(code="organisation_not_found", severity=Severity.WARNING)


def _speaks_of(findings: Iterable[Finding], beginning: str) -> bool:
    return any(finding.code.startswith(beginning) for finding in findings)


def _check_cells(rows: Sequence[DraftRow]) -> Iterator[Finding]:
    for number, row in enumerate(rows, start=1):
        if not row.index and not _speaks_of(row.findings, "index_"):
            severity = Severity.WARNING if row.is_reserve else Severity.ERROR
            yield Finding(code="missing_index", severity=severity, row=number, place=row.place)
        if row.is_blank:
            yield Finding(code="reserve_unnamed", severity=Severity.NOTE, row=number, place=row.place)
        elif not row.title:
            yield Finding(code="missing_title", severity=Severity.ERROR, row=number, place=row.place)
        if not row.term.strip(" " + _DASHES) and not row.is_reserve:
            yield Finding(code="missing_term", severity=Severity.WARNING, row=number, place=row.place)
        if says_reserve(row.title) and not row.is_reserve:
            yield Finding(code="reserve_with_term", severity=Severity.WARNING, row=number, place=row.place)


def _check_duplicates(rows: Sequence[DraftRow]) -> Iterator[Finding]:
    first: dict[IndexKey, int] = {}
    for number, row in enumerate(rows, start=1):
        key = index_key(row.index)
        if key is None:
            continue
        if key in first:
            facts: dict[str, Fact] = {"index": row.index, "first": rows[first[key] - 1].place}
            yield Finding(code="duplicate_index", severity=Severity.ERROR, row=number, place=row.place, facts=facts)
        first.setdefault(key, number)


def _check_sections(draft: NomenclatureDraft) -> Iterator[Finding]:
    seen: set[str] = set()
    for section in draft.sections:
        if section.code is not None and section.code in seen:
            yield Finding(code="section_repeated", severity=Severity.NOTE, facts={"section": section.code})
        seen.add(section.code or "")
    codes = {section.name: section.code for section in draft.sections}
    for number, row in enumerate(draft.rows, start=1):
        code, key = codes.get(row.section), index_key(row.index)
        expected = section_key(code) if code else None
        # A plain index (`01`) names no section.
        if expected is None or key is None or len(key) <= len(expected):
            continue
        if key[: len(expected)] != expected:
            facts: dict[str, Fact] = {"index": row.index, "section": row.section or ""}
            severity = Severity.WARNING
            yield Finding(code="index_outside_section", severity=severity, row=number, place=row.place, facts=facts)


def _check_gaps(rows: Sequence[DraftRow]) -> Iterator[Finding]:
    last: dict[IndexKey, tuple[int, str]] = {}
    for number, row in enumerate(rows, start=1):
        key = index_key(row.index)
        if key is None:
            continue
        running, (before, written) = key[-1][0], last.get(key[:-1], (0, ""))
        facts: dict[str, Fact] = {"before": written, "index": row.index}
        if written and running > before + 1:
            yield Finding(code="gap_in_indexes", severity=Severity.NOTE, row=number, place=row.place, facts=facts)
        if written and running < before:
            yield Finding(code="index_out_of_order", severity=Severity.NOTE, row=number, place=row.place, facts=facts)
        last[key[:-1]] = (running, row.index)


def usual_depth(keys: Iterable[IndexKey]) -> int:
    """How many parts most of the indexes have, 1 if there are none."""
    depths = Counter(len(key) for key in keys)
    return max(depths, key=lambda depth: (depths[depth], depth)) if depths else 1
