"""Values behind labels in the text of Russian educational documents.

The rules are modest on purpose: a value that is not clearly labelled is not proposed, because a wrong proposal that
looks right costs more than an empty field.
"""

import re
from datetime import date

_MONTHS = {
    "января": 1,
    "февраля": 2,
    "марта": 3,
    "апреля": 4,
    "мая": 5,
    "июня": 6,
    "июля": 7,
    "августа": 8,
    "сентября": 9,
    "октября": 10,
    "ноября": 11,
    "декабря": 12,
}
_DATE = rf"(?:(\d{{1,2}})[.](\d{{1,2}})[.](\d{{4}})|[«\"]?(\d{{1,2}})[»\"]?\s+({'|'.join(_MONTHS)})\s+(\d{{4}}))"
_ISSUED = re.compile(rf"(?:дата\s+выдачи|выдан[ао]?|от)\s*[:—-]?\s*{_DATE}", re.IGNORECASE)
_TOKEN = r"([0-9A-ZА-ЯЁ][0-9A-ZА-ЯЁ/.-]{0,30})"  # noqa: S105  a pattern
_REGISTRATION = re.compile(rf"регистрационный\s+(?:номер|№)\s*[:№]*\s*{_TOKEN}", re.IGNORECASE)
_SERIES = re.compile(rf"сери[яи]\s*[:]?\s*{_TOKEN}", re.IGNORECASE)
_NUMBER = re.compile(r"(?:сери[яи]\s*:?\s*\S+\s+)?(?<![А-Яа-яё] )(?:№|номер)\s*:?\s*(\d{4,13})\b", re.IGNORECASE)
_HOURS = re.compile(
    r"(?:в\s+объ[её]ме|объ[её]м[^\n]{0,30}?)\s*:?\s*(\d{1,5})\s*(?:академических\s+)?час", re.IGNORECASE
)


def read_labels(text: str) -> dict[str, str]:
    """Fields by name: `registration_number`, `series`, `number`, `issued_on` (ISO date), `hours`."""
    head = text[:20_000]
    found = {
        "registration_number": _first(_REGISTRATION, head),
        "series": _first(_SERIES, head),
        "number": _first(_NUMBER, _REGISTRATION.sub(" ", head)),
        "hours": _first(_HOURS, head),
        "issued_on": _issued_on(head),
    }
    return {name: value for name, value in found.items() if value}


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1].rstrip(".,;") if match else None


def _issued_on(text: str) -> str | None:
    """The first date behind a label of issue; two to four other dates usually stand on the page."""
    for match in _ISSUED.finditer(text):
        day, month, year, named_day, month_name, named_year = match.groups()
        try:
            if month_name:
                return date(int(named_year), _MONTHS[month_name.lower()], int(named_day)).isoformat()
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
    return None
