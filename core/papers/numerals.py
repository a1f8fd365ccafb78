"""Numbers in Russian words, nouns that agree with them, and dates as official papers write them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import groupby
from typing import Final

LARGEST: Final = 10**12 - 1


class Gender(Enum):
    """Grammatical gender («род») of what is counted."""

    MASCULINE = 0
    FEMININE = 1
    NEUTER = 2


@dataclass(frozen=True, slots=True)
class Noun:
    """What is counted, as it stands after 1, 2 and 5."""

    one: str
    few: str
    many: str
    gender: Gender

    def after(self, number: int) -> str:
        """Return the form that agrees with a number: 1 дело, 22 дела, 11 дел."""
        last_two = number % 100
        if _TEN < last_two < _TWENTY:
            return self.many
        last = number % 10
        return self.one if last == 1 else self.few if last in _FEW else self.many


CASE: Final = Noun("дело", "дела", "дел", Gender.NEUTER)
DOCUMENT: Final = Noun("документ", "документа", "документов", Gender.MASCULINE)
SHEET: Final = Noun("лист", "листа", "листов", Gender.MASCULINE)
STORAGE_UNIT: Final = Noun("единица хранения", "единицы хранения", "единиц хранения", Gender.FEMININE)
SUBJECT: Final = Noun("субъект", "субъекта", "субъектов", Gender.MASCULINE)
ENTRY: Final = Noun("запись", "записи", "записей", Gender.FEMININE)

_TEN: Final = 10
_TWENTY: Final = 20
_FEW: Final = frozenset({2, 3, 4})
_ONE: Final = {Gender.MASCULINE: "один", Gender.FEMININE: "одна", Gender.NEUTER: "одно"}
_TWO: Final = {Gender.MASCULINE: "два", Gender.FEMININE: "две", Gender.NEUTER: "два"}
_UP_TO_TWENTY: Final = (
    "ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать",
    "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать",
    "девятнадцать",
)  # fmt: skip
_TENS: Final = (
    "", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто",
)  # fmt: skip
_HUNDREDS: Final = (
    "", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот",
)  # fmt: skip
_GROUPS: Final = (
    (10**9, Noun("миллиард", "миллиарда", "миллиардов", Gender.MASCULINE)),
    (10**6, Noun("миллион", "миллиона", "миллионов", Gender.MASCULINE)),
    (10**3, Noun("тысяча", "тысячи", "тысяч", Gender.FEMININE)),
)
_MONTHS: Final = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip


def in_words(number: int, gender: Gender) -> str:
    """Return a number in words, nominative («двадцать одно» for 21 of neuter gender).

    Raises:
        ValueError: the number is negative or above `LARGEST`.
    """
    if not 0 <= number <= LARGEST:
        message = f"a number from 0 to {LARGEST} is needed, not {number}"
        raise ValueError(message)
    if number == 0:
        return _UP_TO_TWENTY[0]
    words: list[str] = []
    rest = number
    for size, noun in _GROUPS:
        count, rest = divmod(rest, size)
        if count:
            words += [*_below_thousand(count, noun.gender), noun.after(count)]
    return " ".join([*words, *_below_thousand(rest, gender)])


def _below_thousand(number: int, gender: Gender) -> Iterable[str]:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        yield _HUNDREDS[hundreds]
    if rest >= _TWENTY:
        yield _TENS[rest // 10]
        rest %= 10
    if rest == 1:
        yield _ONE[gender]
    elif rest == min(_FEW):
        yield _TWO[gender]
    elif rest:
        yield _UP_TO_TWENTY[rest]


def counted(number: int, noun: Noun) -> str:
    """Return figures, words and noun: «12 (двенадцать) дел»."""
    return f"{number} ({in_words(number, noun.gender)}) {noun.after(number)}"


def cases_and_units(cases: int, units: int) -> str:
    """Return «2 (два) дела»; where volumes make more units, «…, 5 (пять) единиц хранения (томов, частей)» after it."""
    named = counted(cases, CASE)
    return named if cases == units else f"{named}, {counted(units, STORAGE_UNIT)} (томов, частей)"


def years_phrase(years: Iterable[int]) -> str:
    """Return «за 2015 год», «за 2015–2018 годы», «за 2010, 2015–2018 годы»; empty without years."""
    known = sorted(set(years))
    runs = [[year for _, year in run] for _, run in groupby(enumerate(known), key=lambda pair: pair[1] - pair[0])]
    said = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
    return f"за {said} {'год' if len(known) == 1 else 'годы'}" if known else ""


def short_date(day: date) -> str:
    """Return 05.03.2026."""
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def long_date(day: date) -> str:
    """Return «5 марта 2026 г.», parts held together by no-break spaces."""
    return f"{day.day}\u00a0{_MONTHS[day.month - 1]} {day.year:04}\u00a0г."


def plain_decimal(number: Decimal) -> str:
    """Return a number with a decimal comma and no exponent: «12,5»."""
    return f"{number:f}".replace(".", ",")
