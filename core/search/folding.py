"""Folding: one spelling for what people take for the same word or number."""

import re
import unicodedata
from typing import Final

_LOOK_ALIKE: Final = str.maketrans("abcehkmoptxy", "авсенкмортху")
_LATIN_TWINS: Final = frozenset("abcehkmoptxy")
_WORD: Final = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_CYRILLIC: Final = re.compile(r"[а-я]")
_DIGIT: Final = re.compile(r"\d")


def fold_text(text: str) -> str:
    """Return `text` in lower case, with е for ё, words only, and Latin look-alikes in Cyrillic words made Cyrillic."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    return " ".join(_fold_word(word) for word in _WORD.findall(plain))


def _fold_word(word: str) -> str:
    if _CYRILLIC.search(word) and not _DIGIT.search(word):
        return word.translate(_LOOK_ALIKE)
    return word


def fold_number(number: str) -> str:
    """Return the letters and digits of a series or number, look-alike letters as Cyrillic, nothing else."""
    plain = unicodedata.normalize("NFKC", number).lower().replace("ё", "е").replace("№", "")
    kept = (character for character in plain if character.isalnum())
    return "".join(_twin(character) for character in kept)


def _twin(character: str) -> str:
    return character.translate(_LOOK_ALIKE) if character in _LATIN_TWINS else character
