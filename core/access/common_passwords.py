"""Passwords that are guessed first: well-known words and rows of keys, however they are lengthened."""

import re
from pathlib import Path
from typing import Final

_WORDS: Final = frozenset(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split())
_ROWS: Final = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "qwertyuiopasdfghjklzxcvbnm",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_NO_LETTER: Final = re.compile(r"[\W\d_]+")


def is_common(password: str) -> bool:
    """Say whether `password` is one word, row of keys or short pattern, with nothing but digits and marks around."""
    folded = password.casefold()
    letters = _NO_LETTER.sub("", folded)
    compact = re.sub(r"[\W_]+", "", folded)
    return (
        letters in _WORDS
        or _repeats(letters) in _WORDS
        or len(_repeats(folded)) <= 4  # noqa: PLR2004 - a pattern this short is no password, however often repeated
        or any(compact in row + row for row in _ROWS)
        or not letters
    )


def _repeats(text: str) -> str:
    """Return the shortest text whose repetition is `text`."""
    return text[: (text + text).find(text, 1)] if text else ""
