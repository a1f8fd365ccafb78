"""Folding: one spelling for what people take for the same word or number."""

import re
import unicodedata
from typing import Final

_LATIN_TWINS: Final = "abcehkmoptxy"
_LOOK_ALIKE: Final = str.maketrans(_LATIN_TWINS, "авсенкмортху")
_INSIDE: Final = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff'`\u02bc\u2018\u2019]")
"""Stress marks, soft hyphens, invisible joints and apostrophes: they stand inside words and part none."""
_WORD: Final = re.compile(r"[^\W_]+")
_LATIN: Final = re.compile("[a-z]")
_NEEDS_CYRILLIC: Final = re.compile(rf"[а-я0-9]|\A[{_LATIN_TWINS}]+\Z")


def fold_text(text: str) -> str:
    """Return the words of `text`: lower case, letters and digits only, е for ё, one space between them.

    Latin letters that look like Cyrillic ones become Cyrillic in words that hold Cyrillic letters or digits, or
    nothing but look-alikes, so that «АВ» is the same in either alphabet.
    """
    words = _WORD.findall(_plain(text))
    return " ".join(_one_alphabet(word) if _LATIN.search(word) else word for word in words)


def fold_number(number: str) -> str:
    """Return the letters and digits of a series or number, look-alike letters as Cyrillic, nothing else."""
    return "".join(_WORD.findall(_plain(number))).translate(_LOOK_ALIKE)


def _plain(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text.replace("№", " "))
    return _INSIDE.sub("", composed.lower()).replace("ё", "е")


def _one_alphabet(word: str) -> str:
    return word.translate(_LOOK_ALIKE) if _NEEDS_CYRILLIC.search(word) else word
