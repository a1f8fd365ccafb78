"""Reports of diaries that have no way in for programs: «Сетевой город», ЭлЖур."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Final

from core.sdk import ConnectorMisconfigured
from core.sdk.connectors import Sheet
from plugins.tabular.configuration import TabularConfiguration
from plugins.tabular.facts import Fact, Learner, named
from plugins.tabular.rows import joined
from plugins.tabular.titles import folded
from plugins.tabular.values import Unfit, present

_LINE: Final = re.compile(r"(Ученик|Учащийся|Обучающийся|Класс|Учебный год)\s*:\s*(\S.*)", re.IGNORECASE)
_YEARS: Final = re.compile(r"(\d{4})\s*[/–-]\s*(\d{2,4})")
_MONTHS: Final = {
    folded(name): number
    for number, name in enumerate(
        (
            *("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь"),
            *("Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"),
        ),
        start=1,
    )
}
_AUTUMN: Final = 9
_ABSENCES: Final = frozenset({"н", "б", "у", "уп", "оп", "о", "п"})
_SUBJECT: Final = folded("Предмет")
_FINAL: Final = re.compile(r"итог\s*оценка\s*(.*)")
_MEAN: Final = re.compile(r"средн")
_DAY: Final = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}))?")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the lines above a table say."""

    learner: Learner | None = None
    group: str = ""
    study_year: str = ""

    def after(self, row: Sequence[str]) -> "_Frame":
        frame = self
        for cell in row:
            said = _LINE.fullmatch(cell)
            if said is None:
                continue
            name, value = said[1].lower(), said[2].strip()
            if name == "класс":
                frame = replace(frame, group=value)
            elif name == "учебный год":
                frame = replace(frame, study_year=value)
            else:
                frame = replace(frame, learner=named(value))
        return frame

    def fact(self, line: int, raw: Mapping[str, str], **said: object) -> Fact:
        fact = Fact(line=line, raw=raw, learner=self.learner, group=self.group, study_year=self.study_year)
        return replace(fact, **said)  # type: ignore[arg-type] # fields of a fact, by name


def facts_of_totals(sheets: Sequence[Sheet], configuration: TabularConfiguration) -> Iterator[Fact]:
    """Yield final marks of «Итоги успеваемости»: № · Предмет · periods · Год · Экзамен · Итог, a table a learner."""
    for line, row, frame, titles in _tables(sheets, configuration):
        subject = _cell(row, titles, _SUBJECT)
        if not subject:
            continue
        yield frame.fact(line, {})
        for at, title in enumerate(titles):
            if title and folded(title) not in {_SUBJECT, "n", "n п п"} and at < len(row) and present(row[at]):
                yield frame.fact(line, {title: row[at]}, subject=subject, value=row[at], final_kind=title)


def facts_of_progress(sheets: Sequence[Sheet], configuration: TabularConfiguration) -> Iterator[Fact]:
    """Yield marks, absences and final marks of «Отчет об успеваемости и посещаемости»: months over days."""
    days: dict[int, date] = {}
    for line, row, frame, titles in _tables(sheets, configuration):
        subject = _cell(row, titles, _SUBJECT)
        if not subject:
            days = _days(titles, row, frame.study_year)
            continue
        yield frame.fact(line, {})
        for at, cell in enumerate(row):
            if at in days:
                for piece in filter(None, re.split(r"[\s/,]+", cell)):
                    said = {"absence": piece} if piece.lower() in _ABSENCES else {"value": piece}
                    yield frame.fact(line, {titles[at]: piece}, subject=subject, held_on=days[at], current=True, **said)
            elif at < len(titles) and present(cell) and (final := _FINAL.match(folded(titles[at]))):
                kind = final[1] or configuration.final_kind
                yield frame.fact(line, {titles[at]: cell}, subject=subject, value=cell, final_kind=kind)


def facts_of_journal(sheets: Sequence[Sheet], configuration: TabularConfiguration) -> Iterator[Fact]:
    """Yield marks of a page of a journal: rows of a head, then a name and marks; columns are days or works."""
    skipped = configuration.head_rows or 3
    for sheet in sheets:
        titles = joined(list(islice(sheet.lines(), skipped)))
        for line, row in enumerate(islice(sheet.lines(), skipped, None), start=skipped + 1):
            at, learner = _first_name(row)
            if learner is None:
                continue
            frame = _Frame(learner, configuration.group, configuration.study_year)
            yield frame.fact(line, {})
            for column in range(at + 1, len(row)):
                title = titles[column] if column < len(titles) else ""
                yield from _journal_cell(frame, line, title, row[column], configuration)


def _journal_cell(
    frame: _Frame, line: int, title: str, cell: str, configuration: TabularConfiguration
) -> Iterator[Fact]:
    if not present(cell) or _MEAN.search(folded(title)):
        return
    day = _day_in(title, configuration.study_year or frame.study_year)
    absent = cell.lower() in _ABSENCES
    if absent and day is None:
        return
    yield frame.fact(
        line,
        {title: cell},
        subject=configuration.subject,
        current=True,
        held_on=day,
        title="" if day else title,
        **({"absence": cell} if absent else {"value": cell}),
    )


def _tables(
    sheets: Sequence[Sheet], configuration: TabularConfiguration
) -> Iterator[tuple[int, list[str], _Frame, list[str]]]:
    """Yield the rows of every table below a title «Предмет», with what the lines above the table say."""
    frame, seen, line = _Frame(None, configuration.group, configuration.study_year), False, 0
    for sheet in sheets:
        titles: list[str] = []
        for row in sheet.lines():
            line += 1
            try:
                frame = frame.after(row)
            except Unfit:
                yield line, [], replace(frame, learner=None), []
                continue
            if any(folded(cell) == _SUBJECT for cell in row):
                titles, seen = row, True
            elif titles:
                yield line, row, frame, titles
    if not seen:
        detail = "there is no table with the title «Предмет»; is it a report of «Сетевой город»?"
        raise ConnectorMisconfigured(detail)


def _cell(row: Sequence[str], titles: Sequence[str], wanted: str) -> str:
    at = next((number for number, title in enumerate(titles) if folded(title) == wanted), None)
    return row[at] if at is not None and at < len(row) else ""


def _days(titles: Sequence[str], row: Sequence[str], study_year: str) -> dict[int, date]:
    """Return the day of each column, from the months in the titles and the days in the row below."""
    month, found = 0, {}
    for at, cell in enumerate(row):
        month = _MONTHS.get(folded(titles[at]), month) if at < len(titles) and titles[at] else month
        if cell.isdigit() and month and (day := _date(study_year, month, int(cell))):
            found[at] = day
    return found


def _date(study_year: str, month: int, day: int) -> date | None:
    years = _YEARS.search(study_year)
    if years is None:
        return None
    try:
        return date(int(years[1]) + (month < _AUTUMN), month, day)
    except ValueError:
        return None


def _day_in(title: str, study_year: str) -> date | None:
    found = _DAY.search(title)
    if found is None:
        return None
    if found[3] is None:
        return _date(study_year, int(found[2]), int(found[1]))
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def _first_name(row: Sequence[str]) -> tuple[int, Learner | None]:
    """Return the first cell that holds a name: at least two words of letters."""
    for at, cell in enumerate(row):
        words = cell.replace("-", "").split()
        if len(words) > 1 and all(word.strip(".()").isalpha() for word in words):
            return at, named(cell)
    return 0, None
