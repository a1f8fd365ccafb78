"""The report of a dry run: every row with its reading and findings, and what the file as a whole is told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from core.kernel.texts import DEFAULT_LANGUAGE, Language
from core.nomenclature.reading.texts import text_of
from retention.explaining import explain
from retention.grammar import read
from retention.nomenclature import DraftRow, Finding, NomenclatureDraft, Severity, check_rows
from retention.terms import Reading, ReadingStatus

Json = dict[str, Any]
_SHOWN_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row with what its cells mean."""

    row: DraftRow
    reading: Reading
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A draft, looked at from every side."""

    draft: NomenclatureDraft
    rows: tuple[CheckedRow, ...]
    findings: tuple[Finding, ...]
    """Of the file and of its rows; those of rows carry the number of the row."""

    @property
    def stops_import(self) -> bool:
        """Whether something has to be corrected in the file first."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def check(draft: NomenclatureDraft) -> Report:
    """Read the term of every row with its footnotes and look for what is wrong."""
    general = list(draft.findings)
    by_row: dict[int, list[Finding]] = {}
    for finding in check_rows(draft):
        (by_row.setdefault(finding.row, []) if finding.row is not None else general).append(finding)
    rows = []
    for number, row in enumerate(draft.rows, start=1):
        reading = read(row.term, row.footnote, article=row.article)
        own = [*row.findings, *by_row.get(number, []), *_doubt(row, reading)]
        rows.append(CheckedRow(row, reading, tuple(replace(each, row=number) for each in own)))
    found = (*general, *(finding for row in rows for finding in row.findings))
    return Report(draft, tuple(rows), found)


def _doubt(row: DraftRow, reading: Reading) -> Iterable[Finding]:
    if reading.status is ReadingStatus.NEEDS_REVIEW and row.term and not row.is_reserve:
        words = " ".join(reading.not_understood)[:_SHOWN_WORDS]
        yield Finding(code="term_needs_review", severity=Severity.WARNING, place=row.place, facts={"words": words})


def report_to_json(report: Report, language: Language = DEFAULT_LANGUAGE) -> Json:
    """The report as `deloteka nomenclature check --json` prints it (docs/reference/nomenclature-files.md)."""
    draft = report.draft
    return {
        "year": draft.year,
        "organisation": draft.organisation,
        "stops_import": report.stops_import,
        "sections": [{"code": section.code, "title": section.title} for section in draft.sections],
        "rows": [_row_to_json(checked, language) for checked in report.rows],
        "ignored": [{"text": line.text, "reason": line.reason, "place": line.place} for line in draft.ignored],
        "findings": [finding_to_json(finding, language) for finding in report.findings],
    }


def _row_to_json(checked: CheckedRow, language: Language) -> Json:
    row = checked.row
    return {
        "place": row.place,
        "section": row.section,
        "index": row.index,
        "index_written": row.index_written,
        "title": row.title,
        "quantity": row.quantity,
        "term": row.term,
        "article": row.article or _article(checked.reading),
        "note": row.note,
        "footnotes": dict(row.footnotes),
        "reserve": row.is_reserve,
        "other": dict(row.other),
        "findings": [finding_to_json(finding, language) for finding in checked.findings],
        "reading": explain(checked.reading),
    }


def _article(reading: Reading) -> str:
    """The basis that stands in the cell of the term."""
    rule = reading.rule or reading.partial
    return "; ".join(article.raw for article in rule.articles) if rule is not None else ""


def finding_to_json(finding: Finding, language: Language = DEFAULT_LANGUAGE) -> Json:
    """One finding with its text in the reader's language."""
    message: Json = {"code": finding.code, "severity": finding.severity.value, "text": text_of(finding, language)}
    if finding.row is not None:
        message["row"] = finding.row
    if finding.place:
        message["place"] = finding.place
    return message
