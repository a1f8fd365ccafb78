"""Rules: what the name of a scan and the folders above it say of the document.

A rule is a pattern such as `{number}_{document_kind}.pdf`. A named part goes as far as the text after it in the pattern
first occurs, so that a name is read in one way only, and quickly whatever it is.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

_TOKEN: Final = re.compile(r"\{([a-z_]+)\}|(\*)|([^{}*]+)|(.)", re.DOTALL)
_RUSSIAN_DAY: Final = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})")
_DIRECT: Final = ("number", "document_kind", "title", "issued_on")
METADATA: Final = (
    "series",
    "document_number",
    "registration_number",
    "issued_by",
    "programme",
    "hours",
    "authenticity",
    "paper_place",
    "note",
)
"""Further parts: metadata of the document."""
PARTS: Final = (*_DIRECT, *METADATA)


@dataclass(frozen=True, slots=True)
class Said:
    """What a path says of a document; empty: nothing."""

    number: str = ""
    """The learner's number in the institution."""
    document_kind: str = ""
    title: str = ""
    issued_on: date | None = None
    fields: Mapping[str, str] | None = None


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern as an expression for the end of a path, or for the whole of it if it begins with `/`.

    Raises `ValueError` with what is wrong with it.
    """
    whole = pattern.startswith("/")
    segments = pattern.removeprefix("/").split("/")
    names: list[str] = []
    parts = [_segment(segment, names) for segment in segments]
    if len(set(names)) != len(names):
        message = "a part stands in it twice"
        raise ValueError(message)
    return re.compile(("" if whole else "(?:.*/)?") + "/".join(parts), re.IGNORECASE | re.DOTALL)


def _segment(segment: str, names: list[str]) -> str:
    tokens = [match.groups() for match in _TOKEN.finditer(unicodedata.normalize("NFC", segment))]
    if not tokens or segment in {".", ".."}:
        message = "it has a folder or a name that is empty, or that is '.' or '..'"
        raise ValueError(message)
    found = []
    for place, (name, anything, text, strange) in enumerate(tokens):
        if strange is not None:
            message = "braces enclose the name of a part: " + ", ".join(f"{{{part}}}" for part in PARTS)
            raise ValueError(message)
        if text is not None:
            found.append(re.escape(text))
            continue
        if name is not None and name not in PARTS:
            message = f"there is no part {{{name}}}; there are: {', '.join(f'{{{part}}}' for part in PARTS)}"
            raise ValueError(message)
        following = tokens[place + 1][2] if place + 1 < len(tokens) else None
        if following is None and place + 1 < len(tokens):
            message = "two parts must have a text between them"
            raise ValueError(message)
        last = place + 2 >= len(tokens)
        # The last part before an ending takes all but the ending; every other stops where the text first occurs.
        each = "[^/]" if following is None or last else f"(?!{re.escape(following)})[^/]"
        count = "*" if anything else "+"
        found.append(f"(?:{each}){count}" if name is None else f"(?P<{name}>(?:{each}){count})")
        names += [name] if name is not None else []
    return "".join(found)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and what is true of every file that matches it."""

    expression: re.Pattern[str]
    said: Said


def read_path(path: str, rules: Sequence[Rule], kinds: Mapping[str, str]) -> Said | None:
    """Return what the first rule that matches says of a file; `kinds` are words (in lower case) for document kinds."""
    plain = unicodedata.normalize("NFC", path)
    for rule in rules:
        found = rule.expression.fullmatch(plain)
        if found is not None:
            parts = {name: value.strip() for name, value in found.groupdict().items() if value}
            return _said(rule.said, parts, kinds)
    return None


def _said(fixed: Said, parts: Mapping[str, str], kinds: Mapping[str, str]) -> Said:
    word = parts.get("document_kind", "").lower()
    fields = {_FIELDS.get(name, name): value for name, value in parts.items() if name not in _DIRECT}
    day = parts.get("issued_on", "")
    issued = _day(day)
    if day and issued is None:
        fields["issued_on"] = day
    return Said(
        number=parts.get("number", ""),
        document_kind=kinds.get(word, word) or fixed.document_kind,
        title=parts.get("title", "") or fixed.title,
        issued_on=issued,
        fields=fields,
    )


_FIELDS: Final = {"document_number": "number"}


def _day(text: str) -> date | None:
    russian = _RUSSIAN_DAY.fullmatch(text)
    try:
        return date.fromisoformat("-".join(reversed(russian.groups())) if russian else text)
    except ValueError:
        return None
