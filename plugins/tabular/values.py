"""Values of cells: days as Russian tables write them, names in one cell, sex; nothing is guessed."""

import re
from datetime import date
from typing import Final

_RUSSIAN_DAY: Final = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?: 0?0:00(?::00)?)?(?: ?г\.?)?")
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")
_NOTHING: Final = frozenset({"", "-", "—", "–", "нет", "н/д", "null", "none"})
_SEXES: Final = {"муж": "male", "мужской": "male", "м": "male", "жен": "female", "женский": "female", "ж": "female"}


class Unfit(ValueError):
    """A cell that does not fit its field; names the field, never the value."""


def present(text: str) -> str:
    """Return a cell, empty where it says in words that there is nothing."""
    return "" if text.strip().lower() in _NOTHING else text


def day(text: str, field: str) -> date | None:
    """Return the day of a cell, `None` for an empty one; raise `Unfit` for anything else than a day."""
    text = present(text)
    if not text:
        return None
    russian, iso = _RUSSIAN_DAY.fullmatch(text), _ISO_DAY.fullmatch(text)
    try:
        if russian is not None:
            return date(int(russian[3]), int(russian[2]), int(russian[1]))
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError as error:
        raise Unfit(field) from error
    raise Unfit(field)


def sex(text: str) -> str:
    """Return `male`, `female`, or nothing for any other word."""
    return _SEXES.get(text.strip(" .").lower(), "")


def split_name(full_name: str) -> tuple[str, str, str]:
    """Return family name, given name and patronymic of «Примерова Анна Тестовна»; raise `Unfit` for one word alone."""
    family, _, rest = full_name.partition(" ")
    given, _, patronymic = rest.strip().partition(" ")
    if not given:
        raise Unfit("full_name")
    return family, given, patronymic.strip()
