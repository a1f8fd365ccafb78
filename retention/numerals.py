"""Numbers in figures and in Russian words, as terms have them."""

import re
from typing import Final

_UNITS: Final = {
    "один": 1, "одного": 1, "одна": 1, "одну": 1, "два": 2, "двух": 2, "две": 2, "три": 3, "трех": 3, "четыре": 4,
    "четырех": 4, "пять": 5, "пяти": 5, "шесть": 6, "шести": 6, "семь": 7, "семи": 7, "восемь": 8, "восьми": 8,
    "девять": 9, "девяти": 9,
}  # fmt: skip
_TEENS: Final = {
    "десять": 10, "десяти": 10, "одиннадцать": 11, "одиннадцати": 11, "двенадцать": 12, "двенадцати": 12,
    "тринадцать": 13, "тринадцати": 13, "четырнадцать": 14, "четырнадцати": 14, "пятнадцать": 15, "пятнадцати": 15,
    "шестнадцать": 16, "шестнадцати": 16, "семнадцать": 17, "семнадцати": 17, "восемнадцать": 18, "восемнадцати": 18,
    "девятнадцать": 19, "девятнадцати": 19,
}  # fmt: skip
_TENS: Final = {
    "двадцать": 20, "двадцати": 20, "тридцать": 30, "тридцати": 30, "сорок": 40, "сорока": 40, "пятьдесят": 50,
    "пятидесяти": 50, "шестьдесят": 60, "шестидесяти": 60, "семьдесят": 70, "семидесяти": 70, "восемьдесят": 80,
    "восьмидесяти": 80, "девяносто": 90, "девяноста": 90, "сто": 100, "ста": 100,
}  # fmt: skip
_VALUES: Final = _UNITS | _TEENS | _TENS

IN_WORDS: Final = rf"(?:(?:{'|'.join(_TENS)})(?: (?:{'|'.join(_UNITS)}))?|{'|'.join(_TEENS | _UNITS)})(?![а-я])"
"""Pattern of a number in words, over plain text."""

NUMBER: Final = rf"(?:[0-9]{{1,4}}|{IN_WORDS})"
"""Pattern of a number in figures or words, over plain text."""

_WORD: Final = re.compile("[а-я]+")


def value(number: str) -> int:
    """Return what a text that matches `NUMBER` amounts to."""
    if number.isdigit():
        return int(number)
    return sum(_VALUES[word] for word in _WORD.findall(number))
