"""The footnote column: which text belongs to which reference of the cell."""

import re
from dataclasses import dataclass
from typing import Final

from retention.cores import find_fixed
from retention.normalising import plain
from retention.scanning import Text

_MARKER: Final = re.compile(
    r"(?<![\w(])(?:\(\s*(?P<round>[0-9]{1,2}|\*{1,3})\s*\)|<\s*(?P<angle>[0-9]{1,2}|\*{1,3})\s*>"
    r"|\[\s*(?P<square>[0-9]{1,2}|\*{1,3})\s*\]|\{\s*(?P<curly>[0-9]{1,2}|\*{1,3})\s*\}"
    r"|(?P<half>[0-9]{1,2})\)|(?P<stars>\*{1,3}))(?!\s*(?:лет|год|г\.|л\.))\s*[-.:]?\s*"
)
# Without brackets a figure is a label only where a footnote may begin.
_LOOSE_MARKER: Final = re.compile(r"(?:^|(?<=[;.] ))(?P<loose>[0-9])(?:\.\s*|\s*-\s*|\s?)(?=[а-я])")
_HEADING: Final = re.compile(r"(?:примечани[ея]|прим|сноск[аи])?")


@dataclass(frozen=True, slots=True)
class Note:
    """A piece of the footnote column.

    Attributes:
        label: «1», «*»; None for text that belongs to no reference.
        text: What it says.
        numbered: Whether the label stands before the text; otherwise it is that of the only reference.
    """

    label: str | None
    text: str
    numbered: bool


def split_notes(footnote: Text, references: tuple[str, ...]) -> list[Note]:
    """Return the pieces of the footnote column in their order; every word is in one of them.

    A single reference owns the whole column if nothing in it is numbered.
    """
    markers = _markers(footnote, references)
    if not markers:
        whole = footnote.shown.strip()
        label = references[0] if len(set(references)) == 1 else None
        return [Note(label, whole, numbered=False)] if whole else []
    before = footnote.shown[: markers[0][1]]
    notes = [] if _is_heading(before) else [Note(None, before.strip(), numbered=False)]
    ends = [start for _, start, _ in markers[1:]] + [len(footnote.shown)]
    for (label, _, start), end in zip(markers, ends, strict=True):
        notes.append(Note(label, footnote.shown[start:end].strip(" ;,"), numbered=True))
    return notes


def _markers(footnote: Text, references: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """Return label, start and end of every marker."""
    found = [
        (next(label for label in marker.groups() if label), marker.start(), marker.end())
        for marker in _MARKER.finditer(footnote.plain)
    ]
    if found:
        return found
    return [
        (marker["loose"], marker.start(), marker.end())
        for marker in _LOOSE_MARKER.finditer(footnote.plain)
        if marker["loose"] in references and not _begins_term(footnote, marker.start())
    ]


def _begins_term(footnote: Text, at: int) -> bool:
    core = find_fixed(footnote.plain, at, len(footnote.plain))
    return core is not None and core.start() == at


def _is_heading(before: str) -> bool:
    return bool(_HEADING.fullmatch(plain(before).strip(" ;,.:")))
