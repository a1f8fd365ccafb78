"""Numbers that Word makes by itself (ECMA-376 part 1, 17.9): an index from an automatic list stands in no text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from core.nomenclature.reading.package import Node

_PLACEHOLDER = re.compile(r"%([1-9])")
_ROMAN: Final = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_RUSSIAN: Final = "абвгдежзиклмнопрстуфхцчшщэюя"
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_MAX_NUMBER: Final = 3999
_LEVELS: Final = 9
_DEEPEST_STYLE: Final = 20


@dataclass(slots=True)
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = ""
    gap: str = " "
    legal: bool = False


@dataclass(slots=True)
class _List:
    abstract: str
    levels: dict[int, _Level]
    restarts: dict[int, int] = field(default_factory=dict)
    """Numbers at which levels start again when this list is first used."""


class Numbering:
    """Counts the automatic lists of a document while its paragraphs go by."""

    def __init__(self, numbering: Node | None, styles: Node | None) -> None:
        self._styles = {node.get("styleId"): node for node in styles.all("style")} if styles is not None else {}
        self._lists = dict(self._read(numbering)) if numbering is not None else {}
        self._counters: dict[str, dict[int, int]] = {}
        self._used: set[str] = set()

    def number_of(self, paragraph: Node) -> str:
        """What Word shows before this paragraph, with the gap behind it; empty without a list or for bullets."""
        number, level = self._reference(paragraph)
        found = self._lists.get(number)
        if found is None or level not in found.levels:
            return ""
        counters = self._counters.setdefault(found.abstract, {})
        if number not in self._used:
            self._used.add(number)
            for each, start in found.restarts.items():
                counters[each] = start - 1
        described = found.levels[level]
        counters[level] = counters.get(level, described.start - 1) + 1
        for deeper in range(level + 1, _LEVELS):
            counters.pop(deeper, None)
        if described.format in {"bullet", "none"}:
            return ""
        text = _PLACEHOLDER.sub(lambda place: _shown(int(place[1]) - 1, found, counters, described), described.text)
        return text + described.gap if text else ""

    def _reference(self, paragraph: Node) -> tuple[str, int]:
        properties = paragraph.find("pPr")
        number, level = _numbered(properties)
        style = (properties.value("pStyle") or "") if properties is not None else ""
        for _ in range(_DEEPEST_STYLE):
            if number is not None or style not in self._styles:
                break
            described = self._styles[style]
            number, own = _numbered(described.find("pPr"))
            level = own if level is None else level
            style = described.value("basedOn") or ""
        return number or "0", level or 0

    def _read(self, numbering: Node) -> Iterator[tuple[str, _List]]:
        abstracts = {node.get("abstractNumId"): node for node in numbering.all("abstractNum")}
        numbers = {node.get("numId"): node.value("abstractNumId") or "" for node in numbering.all("num")}
        for node in numbering.all("num"):
            abstract = abstracts.get(numbers[node.get("numId")])
            if abstract is None:
                continue
            linked = self._linked(abstract)
            if linked is not None:
                abstract = abstracts.get(numbers.get(linked, ""), abstract)
            levels = dict(_levels(abstract))
            restarts: dict[int, int] = {}
            for override in node.all("lvlOverride"):
                level = int(override.get("ilvl")) if override.get("ilvl").isdigit() else 0
                start = override.value("startOverride")
                levels |= dict(_levels(override))
                if start is not None and start.isdigit():
                    restarts[level] = int(start)
            yield node.get("numId"), _List(abstract.get("abstractNumId"), levels, restarts)

    def _linked(self, abstract: Node) -> str | None:
        style = self._styles.get(abstract.value("numStyleLink") or "")
        return _numbered(style.find("pPr"))[0] if style is not None else None


def _numbered(properties: Node | None) -> tuple[str | None, int | None]:
    if properties is None:
        return None, None
    level = properties.value("numPr", "ilvl")
    return properties.value("numPr", "numId"), int(level) if level is not None and level.isdigit() else None


def _levels(parent: Node) -> Iterator[tuple[int, _Level]]:
    for node in parent.all("lvl"):
        start = node.value("start")
        if node.get("ilvl").isdigit():
            yield (
                int(node.get("ilvl")),
                _Level(
                    start=int(start) if start is not None and start.isdigit() else 1,
                    format=node.value("numFmt") or "decimal",
                    text=node.value("lvlText") or "",
                    gap="" if node.value("suff") == "nothing" else " ",
                    legal=node.find("isLgl") is not None,
                ),
            )


def _shown(level: int, found: _List, counters: dict[int, int], asking: _Level) -> str:
    described = found.levels.get(level, _Level())
    kind = "decimal" if asking.legal else described.format
    return numeral(counters.get(level, described.start), kind)


def numeral(number: int, kind: str) -> str:
    """A number as a `numFmt` shows it; a kind that is not known is shown in digits."""
    if kind == "decimalZero":
        return f"{number:02}"
    if not 0 < number <= _MAX_NUMBER:
        return str(number)
    if kind in {"upperRoman", "lowerRoman"}:
        shown = ""
        for value, letters in _ROMAN:
            times, number = divmod(number, value)
            shown += letters * times
        return shown if kind == "upperRoman" else shown.lower()
    alphabet = {"russian": _RUSSIAN, "upperLet": _LATIN.upper(), "lowerLet": _LATIN}.get(kind.removesuffix("ter")[:8])
    if kind in {"russianLower", "russianUpper"}:
        alphabet = _RUSSIAN if kind == "russianLower" else _RUSSIAN.upper()
    if alphabet is None:
        return str(number)
    turns, place = divmod(number - 1, len(alphabet))
    return alphabet[place] * (turns + 1)
