"""Any text becomes one that can be set: every character is printed, and what cannot be printed is named instead.

The fonts are those inside the typst wheel: Libertinus Serif (SIL Open Font License 1.1), and DejaVu Sans Mono for a
few signs. `tests/papers` sets every character that `_PRINTED` promises, under PDF/A rules that refuse a missing glyph.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

Sheet = Mapping[str, object]
"""What a template gets: strings, numbers, booleans, None, lists and further mappings."""

_PRINTED: Final = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x346), (0x384, 0x386), (0x388, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1),
    (0x3A3, 0x3CE), (0x400, 0x45F), (0x462, 0x463), (0x470, 0x477), (0x490, 0x4C4), (0x4C7, 0x4CC), (0x4CF, 0x4F9),
    (0x1E00, 0x1E9B), (0x1E9E, 0x1E9E), (0x1EA0, 0x1EF9), (0x200B, 0x200B), (0x2010, 0x2027), (0x2030, 0x2037),
    (0x2039, 0x203E), (0x2044, 0x2044), (0x2070, 0x2071), (0x2074, 0x208E), (0x20AC, 0x20AC), (0x20BD, 0x20BD),
    (0x2103, 0x2103), (0x2116, 0x2116), (0x2122, 0x2122), (0x2153, 0x215E), (0x2160, 0x217F), (0x2190, 0x2199),
    (0x2212, 0x2212), (0x221A, 0x221A), (0x221E, 0x221E), (0x2248, 0x2248), (0x2260, 0x2260), (0x2264, 0x2265),
    (0x2460, 0x2473), (0x25A0, 0x25A1), (0x2610, 0x2611), (0x2713, 0x2713),
)  # fmt: skip
"""First and last code point of what both fonts together can show in regular and bold, in order."""
_STARTS: Final = [first for first, _ in _PRINTED]
_SPACES: Final = re.compile(r"[ \t\v\f\x1c-\x1f\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]+")
_LINE_ENDS: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
_NUMBER: Final = re.compile(r"№ (?=\w)")
_NO_BREAK: Final = str.maketrans({"\u2007": "\u00a0", "\u202f": "\u00a0"})
_MOST_MARKS: Final = 2
"""Combining marks on one letter; more would grow into the lines above and below."""
_BREAK: Final = "\u200b"
_RUN: Final = re.compile(rf"[^\s{_BREAK}\-–—]+")
_NAMED: Final = re.compile(r"‹U\+[0-9A-F]{4,6}›")
_WHOLE: Final = re.compile(
    r"[«(„\"]{0,2}(?!\w*[бвгджзйклмнпрстфхцчшщъь]{5})(?!\w*[аеёиоуыэюя]{4})[А-ЯЁа-яё][а-яё]{0,29}[»)“\".,;:!?…]{0,3}"
    rf"|{_NAMED.pattern}"
)
"""What is not cut: a Russian word in lower case, which typst hyphenates by itself, and the number of a character."""
_WIDE: Final = frozenset("щшыюжфмђљњmwæœЩШЊЉЖЮЫМWMÆŒ@")
_THIN: Final = frozenset(".,:;!|'/\\°")
_WIDTHS: Final = {"Ll": 0.66, "Lu": 0.89, "Nd": 0.52, "Po": 0.6, "Ps": 0.4, "Pe": 0.4, "Pi": 0.6, "Pf": 0.6, "Sm": 0.6}
_ROOM: Final = 12.0
"""Em that a run without a break may take: the narrowest column for titles, and any paragraph."""


class Narrow(str):
    """A text for a narrow column: a run without a break gets less room in it."""

    __slots__ = ()
    room: Final = 5.0


class Slim(str):
    """A text for a column that is as wide as a mark."""

    __slots__ = ()
    room: Final = 2.8


class Unhyphenated(str):
    """A text such as a name or a post, whose words are not hyphenated."""

    __slots__ = ()
    room: Final = 10.5


class Whole(str):
    """A text that has its own room and must be copied as it is, such as a digest: it gets no chance to break."""

    __slots__ = ()
    room: Final = 10_000.0


def inked(text: str, *, room: float = _ROOM, hyphenated: bool = True) -> str:
    """Return a text in which every character has a glyph and no run without a break takes more than `room` em.

    A character that cannot be printed, or that would reorder its neighbours (bidirectional controls), stands there by
    its number: `‹U+202E›`. Line breaks stay, other white space becomes a space (after «№» one that holds), letters
    and their marks are composed (NFC).
    """
    composed = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    spaced = _SPACES.sub(" ", composed).translate(_NO_BREAK)
    return _broken(_named(_NUMBER.sub("№\u00a0", spaced)), room, hyphenated=hyphenated)


def inked_sheet(value: object) -> object:
    """Return a sheet with every text of it inked, however deep; other values as they are."""
    if isinstance(value, str):
        room = value.room if isinstance(value, Narrow | Slim | Unhyphenated | Whole) else _ROOM
        return inked(value, room=room, hyphenated=not isinstance(value, Unhyphenated))
    if isinstance(value, Mapping):
        return {name: inked_sheet(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [inked_sheet(each) for each in value]
    return value


def can_be_printed(character: str) -> bool:
    """Whether the fonts have a glyph for it, or it is a chance to break a line."""
    code = ord(character)
    at = bisect_right(_STARTS, code) - 1
    return at >= 0 and code <= _PRINTED[at][1]


def _named(text: str) -> str:
    printed: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        is_bare_mark = marks > 0 and (not printed or printed[-1].isspace())
        fits = character == "\n" or (can_be_printed(character) and marks <= _MOST_MARKS and not is_bare_mark)
        printed.append(character if fits else f"{_BREAK}‹U+{ord(character):04X}›{_BREAK}")
    return "".join(printed)


def _broken(text: str, room: float, *, hyphenated: bool) -> str:
    whole = _WHOLE if hyphenated else _NAMED
    return _RUN.sub(lambda run: run[0] if whole.fullmatch(run[0]) else _cut(run[0], room), text)


def _cut(run: str, room: float) -> str:
    pieces: list[str] = []
    width = 0.0
    for character in run:
        own = _width(character)
        if width + own > room and own:
            pieces.append(_BREAK)
            width = 0.0
        pieces.append(character)
        width += own
    return "".join(pieces)


def _width(character: str) -> float:
    """At most how wide a character is, bold, in em."""
    if unicodedata.combining(character):
        return 0.0
    if character in _WIDE:
        return 1.2 if character.isupper() else 0.95
    if character in _THIN:
        return 0.35
    return _WIDTHS.get(unicodedata.category(character), 1.0)
