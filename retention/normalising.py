"""The text of a cell as it was meant: one kind of space, dash and quote, Cyrillic letters where Cyrillic was meant."""

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = re.compile("\u00ad\\s*[\n\r]\\s*|[\u00ad\u200b-\u200f\u2060\u202a-\u202e\ufeff]")
_LINE_END: Final = r"[ \t\xa0]*[\n\r]\s*"
_HYPHENATED: Final = re.compile(
    rf"(?<=[а-яёa-z])[-\u2010\u2011]{_LINE_END}(?=[а-яёa-z])|(?<=[А-ЯЁ])[-\u2010\u2011]{_LINE_END}(?=[А-ЯЁ])"
)
_SUPERSCRIPTS: Final = re.compile("[⁽(]?([\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)[⁾)]?")
_SUPERSCRIPT_DIGITS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("«»„“”‟″‹›‘’‚‛'`", '"'),
        **dict.fromkeys("\u2044\u2215\uff0f", "/"),
        **dict.fromkeys("＊∗⁎", "*"),
        "〈": "<",
        "〉": ">",
        "≤": "<=",
        "≥": ">=",
    }
)
_SPACES: Final = re.compile(r"\s+")
_NUMBER_SIGN: Final = re.compile(r"(?<!\w)(?:N[oо]?|Nº)\.?(?=\s?[0-9])")

_WORD: Final = re.compile(r"[A-Za-zА-Яа-яЁё0-9]*[A-Za-z][A-Za-zА-Яа-яЁё0-9]*")
_LATIN: Final = re.compile(r"[A-Za-z]")
_CYRILLIC: Final = re.compile(r"[А-Яа-яЁё]")
_SAME_SHAPE: Final = dict(zip("ABCEHKMOPTXYaceopxy", "АВСЕНКМОРТХУасеорху", strict=True))
_NEAR_SHAPE: Final = _SAME_SHAPE | dict(zip("kmthb", "кмтнв", strict=True))
_NEAR: Final = str.maketrans(_NEAR_SHAPE)
# A word of nothing but Latin letters may well be Latin; these are short words that stand in cells of terms.
_SHORT_WORDS: Final = frozenset({"ст", "не", "с", "со", "от", "о", "а", "е", "в", "к", "м", "н", "р", "т", "у", "х"})
_ZERO_FOR_LETTER: Final = re.compile(r"(?<=[А-Яа-яЁё])0(?![0-9])|(?<![0-9A-Za-zА-Яа-яЁё])0(?=[А-Яа-яЁё]{2})")
_LETTER_FOR_ZERO: Final = re.compile(r"(?<=[0-9])[ОоOo](?=\s*(?:лет|год|л\.|г\.|/\s*[0-9]))", re.IGNORECASE)


def clean(text: str) -> str:
    """Return `text` on one line with plain spaces, dashes and quotes, without hyphenation, look-alikes set right.

    A superscript digit becomes a reference: «лет¹» → «лет(1)». The result is its own clean form.
    """
    text = unicodedata.normalize("NFC", text)
    text = _HYPHENATED.sub("", _INVISIBLE.sub("", text))
    text = _SUPERSCRIPTS.sub(lambda found: f"({found[1].translate(_SUPERSCRIPT_DIGITS)})", text)
    text = _SPACES.sub(" ", text.translate(_SIGNS)).strip()
    if _LATIN.search(text):
        text = _NUMBER_SIGN.sub("№", text)
        text = _WORD.sub(_cyrillic, text)
    if "0" in text:
        text = _ZERO_FOR_LETTER.sub(_zero_to_letter, text)
    return _LETTER_FOR_ZERO.sub("0", text)


def plain(text: str) -> str:
    """Return `text` for comparing: lower case, «е» for «ё»; every letter stays at its place."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return lowered.replace("ё", "е")


def _cyrillic(found: re.Match[str]) -> str:
    word = found[0]
    shapes = _NEAR_SHAPE if _CYRILLIC.search(word) else _SAME_SHAPE
    if any(letter not in shapes for letter in _LATIN.findall(word)):
        return word
    meant = word.translate(_NEAR)
    return meant if shapes is _NEAR_SHAPE or plain(meant) in _SHORT_WORDS else word


def _zero_to_letter(found: re.Match[str]) -> str:
    letters = _CYRILLIC.findall(found.string, max(0, found.start() - 2), found.end() + 1)
    return "О" if len(letters) > 1 and "".join(letters).isupper() else "о"
