"""The case nomenclature («номенклатура дел») in the official form of five columns; XLSX is made elsewhere."""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from core.papers.errors import PaperContradicts
from core.papers.ink import Narrow, Sheet
from core.papers.paper import Minutes, Paper, Signature, require_counts, signature_sheet

COLUMNS: Final = (
    "Индекс дела",
    "Заголовок дела (тома, части)",
    "Кол-во дел (томов, частей)",
    "Срок хранения и № статей по перечню",
    "Примечание",
)
FINAL_COLUMNS: Final = (
    "По срокам хранения",
    "Всего",
    "В том числе переходящих",
    "В том числе с отметкой «ЭПК»",
)


def term_cell(term: str, article: str) -> str:
    """Return column 4 in one piece: the term, below it what was written apart, unless the term ends on it."""
    if re.search(rf"(?<!\w){re.escape(article)}\Z", term):
        return term
    return "\n".join(each for each in (term, article) if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class NomenclatureRow:
    """A record class («заголовок дела»), its cells as they were written."""

    index: str
    title: str
    quantity: str = ""
    term: str = ""
    """Column 4 as it was written, with references to footnotes («5 лет (1), ст. 19»)."""
    article: str = ""
    """What of column 4 was written apart from the term."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NomenclatureSection:
    """A section («раздел») with its rows; a section without code and title holds rows above the first heading."""

    code: str = ""
    title: str = ""
    rows: tuple[NomenclatureRow, ...]

    @property
    def heading(self) -> str:
        """Return the line before its rows: «Раздел 01. Руководство»."""
        if self.code:
            return f"Раздел {self.code}. {self.title}"
        return self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFootnote:
    """A footnote below the table; rows refer to it by `(mark)`."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalCount:
    """One line of the final record: a category of cases with their numbers."""

    cases: int
    carried_over: int
    appraised: int
    """Marked «ЭПК»."""

    def __post_init__(self) -> None:
        require_counts("final_record", self.cases, self.carried_over, self.appraised)
        if max(self.carried_over, self.appraised) > self.cases:
            raise PaperContradicts(part="final_record", reason="part_exceeds_whole")


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEndRecord:
    """«Итоговая запись о категориях и количестве дел, заведённых в … году»."""

    permanent: FinalCount
    over_ten_years: FinalCount
    up_to_ten_years: FinalCount
    made_by: Signature | None = None
    handed_to_archive: str = ""
    """The line «Итоговые сведения переданы в архив»: what follows it; empty leaves the line out."""

    @property
    def rows(self) -> tuple[tuple[str, int, int, int], ...]:
        """The four rows, the total last."""
        categories = (
            ("Постоянного", self.permanent),
            ("Временного (свыше 10 лет)", self.over_ten_years),
            ("Временного (до 10 лет включительно)", self.up_to_ten_years),
        )
        total = (
            "Итого",
            sum(count.cases for _, count in categories),
            sum(count.carried_over for _, count in categories),
            sum(count.appraised for _, count in categories),
        )
        return (*((name, each.cases, each.carried_over, each.appraised) for name, each in categories), total)


@dataclass(frozen=True, slots=True, kw_only=True)
class NomenclatureForm(Paper):
    """«Номенклатура дел на … год»."""

    kind: ClassVar[str] = "nomenclature_form"
    named: ClassVar[str] = "Номенклатура дел"

    year: int
    approval: Signature | None = None
    sections: tuple[NomenclatureSection, ...]
    footnotes: tuple[FormFootnote, ...] = ()
    signed_by: Signature | None = None
    """The person in charge of records."""
    agreements: tuple[Minutes, ...] = ()
    """«СОГЛАСОВАНО»: of the commission and, for source institutions, of the archive's board."""
    archive_visa: Signature | None = None
    """«Виза» of the archive keeper («заведующий архивом»)."""
    year_end: YearEndRecord | None = None

    @property
    def year_end_title(self) -> str:
        """Return the heading of the final record."""
        return f"Итоговая запись о категориях и количестве дел, заведённых в {self.year} году"

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        end = self.year_end
        return {
            "year": self.year,
            "approval": signature_sheet(self.approval),
            "columns": list(COLUMNS),
            "sections": [
                {"heading": section.heading, "rows": [_cells(row) for row in section.rows]} for section in self.sections
            ],
            "footnotes": [[each.mark, each.text] for each in self.footnotes],
            "signed_by": signature_sheet(self.signed_by),
            "agreements": [minutes.phrase for minutes in self.agreements],
            "visa": signature_sheet(self.archive_visa) if self.archive_visa else None,
            "year_end": None
            if end is None
            else {
                "title": self.year_end_title,
                "columns": list(FINAL_COLUMNS),
                "rows": [list(row) for row in end.rows],
                "made_by": signature_sheet(end.made_by),
                "handed": end.handed_to_archive,
            },
        }


def _cells(row: NomenclatureRow) -> list[str]:
    return [
        Narrow(row.index),
        row.title,
        Narrow(row.quantity),
        Narrow(term_cell(row.term, row.article)),
        Narrow(row.note),
    ]
