"""Tables with a row a thing: lists of learners, marks one below the other, sheets of ФИС ФРДО, manifests of scans."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from core.sdk import ConnectorMisconfigured
from core.sdk.connectors import Sheet
from plugins.tabular.configuration import TabularConfiguration
from plugins.tabular.facts import Fact, key_of, learner_of
from plugins.tabular.titles import folded, head_of, matched
from plugins.tabular.values import Unfit, day, present

_LOOK: Final = 30
_DOCUMENT: Final = {
    "series": "series",
    "document_number": "number",
    "registration_number": "registration_number",
    "issued_by": "issued_by",
    "programme": "programme",
    "hours": "hours",
}
"""Fields of a row by the metadata field of a document."""


def head(sheet: Sheet, configuration: TabularConfiguration) -> tuple[int, list[str], dict[str, int]]:
    """Return the number of rows down to the last title, the titles, and the column of each field.

    Raises `ConnectorMisconfigured` for a table whose titles name no people.
    """
    rows = list(islice(sheet.lines(), max(_LOOK, configuration.head_rows)))
    if configuration.head_rows:
        titles = joined(rows[: configuration.head_rows])
        return configuration.head_rows, titles, matched(titles, configuration.columns)
    found = head_of(rows, configuration.columns, least=1 if configuration.layout == "marks" else 2)
    if found is None:
        detail = (
            f"sheet {sheet.name!r}: no row of titles names people (ФИО, or Фамилия and Имя); name the titles of this"
            " table in “columns”"
        )
        raise ConnectorMisconfigured(detail)
    number, columns = found
    return number + 1, list(rows[number]), columns


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one title a column from several rows of a head."""
    width = max((len(row) for row in rows), default=0)
    return [" ".join(row[at] for row in rows if at < len(row) and row[at]) for at in range(width)]


def facts_of_rows(sheet: Sheet, configuration: TabularConfiguration) -> Iterator[Fact]:
    """Yield a fact a row; rows without any name are skipped (totals, empty lines)."""
    skipped, titles, columns = head(sheet, configuration)
    for number, row in enumerate(islice(sheet.lines(), skipped, None), start=skipped + 1):
        cells = {field: row[at] for field, at in columns.items() if at < len(row) and row[at]}
        if not (cells.keys() & {"full_name", "family_name", "file"}):
            continue
        raw = {titles[at] or str(at + 1): cell for at, cell in enumerate(row) if cell and at < len(titles)}
        yield _fact(number, raw, cells, configuration)


def _fact(number: int, raw: Mapping[str, str], cells: Mapping[str, str], configuration: TabularConfiguration) -> Fact:
    try:
        issued = day(cells.get("issued_on", ""), "issued_on")
        document = {name: present(cells[field]) for field, name in _DOCUMENT.items() if present(cells.get(field, ""))}
        return Fact(
            line=number,
            raw=raw,
            learner=learner_of(cells) if cells.keys() & {"full_name", "family_name"} else None,
            group=cells.get("group", configuration.group),
            study_year=cells.get("study_year", configuration.study_year),
            subject=cells.get("subject", configuration.subject),
            value=present(cells.get("value", "")),
            final_kind=cells.get("final_kind", configuration.final_kind),
            decided_on=issued or day(cells.get("decided_on", ""), "decided_on"),
            comment=cells.get("comment", ""),
            award=present(cells.get("award", "")),
            file=cells.get("file", ""),
            document=document,
            document_kind=cells.get("document_kind", configuration.document_kind),
            title=cells.get("title", ""),
        )
    except Unfit as error:
        key = key_of(present(cells.get("number", "")), present(cells.get("snils", "")))
        return Fact(line=number, raw=raw, key=key, problem=f"row {number}: {error} does not fit")


def facts_of_marks(sheet: Sheet, configuration: TabularConfiguration) -> Iterator[Fact]:
    """Yield a fact a mark of a table whose rows are learners and whose columns are subjects."""
    skipped, titles, columns = head(sheet, configuration)
    taken = set(columns.values())
    others = {at: title for at, title in enumerate(titles) if title and at not in taken}
    subjects = {at: title for at, title in others.items() if folded(title) not in _ORDER}
    for number, row in enumerate(islice(sheet.lines(), skipped, None), start=skipped + 1):
        cells = {field: row[at] for field, at in columns.items() if at < len(row) and row[at]}
        if not (cells.keys() & {"full_name", "family_name"}):
            continue
        raw = {titles[at] or str(at + 1): cell for at, cell in enumerate(row) if cell and at < len(titles)}
        base = _fact(number, raw, {**cells, "value": "", "subject": ""}, configuration)
        yield base
        for at, subject in subjects.items():
            if base.learner is not None and at < len(row) and present(row[at]):
                yield Fact(
                    line=number,
                    raw={subject: row[at]},
                    learner=base.learner,
                    group=base.group,
                    study_year=base.study_year,
                    subject=subject,
                    value=row[at],
                    final_kind=base.final_kind,
                )


_ORDER: Final = frozenset({folded(title) for title in ("№", "№ п/п", "п/п", "Номер по порядку")})
