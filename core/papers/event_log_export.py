"""The export from the event log («выгрузка из журнала регистрации событий»): five fields of п. 5 of order № 179."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from core.papers.ink import Sheet
from core.papers.numerals import ENTRY, counted, short_date
from core.papers.paper import Paper, Signature, signature_sheet

FIELDS: Final = (
    "Фамилия, имя, отчество (при наличии) субъекта (субъектов)",
    "Перечень категорий уничтоженных персональных данных",
    "Наименование информационной системы",
    "Причина уничтожения",
    "Дата уничтожения",
)
"""The headings, in the order of the letters а–д."""
_NOT_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_RUN_BY_SPREADSHEETS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLogEntry:
    """One event of destruction."""

    subjects: str
    categories: str
    system: str
    reason: str
    destroyed_on: date

    @property
    def cells(self) -> tuple[str, ...]:
        """The five fields in the order of the letters."""
        return self.subjects, self.categories, self.system, self.reason, short_date(self.destroyed_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLogExport(Paper):
    """«Выгрузка из журнала регистрации событий в информационной системе персональных данных»."""

    kind: ClassVar[str] = "event_log_export"
    named: ClassVar[str] = "Выгрузка из журнала регистрации событий"

    entries: tuple[EventLogEntry, ...]
    made_by: Signature | None = None

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        return {
            "fields": list(FIELDS),
            "rows": [list(each.cells) for each in self.entries],
            "total": counted(len(self.entries), ENTRY),
            "made_by": signature_sheet(self.made_by),
        }


def render_csv(export: EventLogExport) -> bytes:
    """Return the five fields as CSV: UTF-8 with a byte order mark, semicolons, CRLF, a row of headings.

    That is what spreadsheets with Russian settings open without asking. A cell that they would run as a formula gets an
    apostrophe in front; NUL and half surrogate pairs become U+FFFD.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(FIELDS)
    writer.writerows([_guarded(cell) for cell in entry.cells] for entry in export.entries)
    return text.getvalue().encode("utf-8-sig")


def _guarded(cell: str) -> str:
    bare = _NOT_TEXT.sub("\ufffd", cell)
    return f"'{bare}" if bare.lstrip(" \u00a0\ufeff\u200b").startswith(_RUN_BY_SPREADSHEETS) else bare
