"""Inventories («описи дел») of cases kept permanently, of personnel records, and of cases kept over ten years."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import ClassVar, Final

from core.papers.ink import Narrow, Sheet
from core.papers.numerals import STORAGE_UNIT, counted
from core.papers.paper import Minutes, Paper, Signature, Years, require_counts, signature_sheet


class Listed(StrEnum):
    """What the inventory lists."""

    PERMANENT = "permanent"
    PERSONNEL = "personnel"
    LONG_TERM = "long_term"


_SUBJECTS: Final = {
    Listed.PERMANENT: "дел постоянного хранения",
    Listed.PERSONNEL: "дел по личному составу",
    Listed.LONG_TERM: "дел временных (свыше 10 лет) сроков хранения",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryLine:
    """One case (volume, part)."""

    index: str
    title: str
    dates: str
    """«Крайние даты»."""
    sheets: int | None = None
    """None of an electronic case without pages."""
    term: str = ""
    """Printed for cases kept over ten years only."""
    note: str = ""

    def __post_init__(self) -> None:
        require_counts("sheets", self.sheets)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventorySection:
    """The cases of one section; without a title, all of them."""

    title: str
    lines: tuple[InventoryLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory(Paper):
    """«Опись № … дел … за … год»."""

    kind: ClassVar[str] = "inventory"
    named: ClassVar[str] = "Опись дел"

    listed: Listed
    years: Years
    fonds_number: str = ""
    fonds_name: str = ""
    first_number: int = 1
    """Number of the first case: an inventory of a later year goes on where the last one ended."""
    sections: tuple[InventorySection, ...]
    approval: Signature | None = None
    compiled_by: Signature | None = None
    agreements: tuple[Minutes, ...] = ()

    def __post_init__(self) -> None:
        require_counts("first_number", self.first_number)

    @property
    def total(self) -> int:
        """How many units of storage (volumes, parts) it lists, each under a number of its own."""
        return sum(len(section.lines) for section in self.sections)

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        numbers = count(self.first_number)
        return {
            "subject": f"{_SUBJECTS[self.listed]} {self.years.phrase}",
            "fonds": [self.fonds_number, self.fonds_name],
            "with_term": self.listed is Listed.LONG_TERM,
            "sections": [
                {"title": section.title, "rows": list(self._rows(section, numbers))} for section in self.sections
            ],
            "total": self._total(),
            "approval": signature_sheet(self.approval) if self.approval else None,
            "compiled_by": signature_sheet(self.compiled_by),
            "agreements": [minutes.phrase for minutes in self.agreements],
        }

    def _rows(self, section: InventorySection, numbers: Iterator[int]) -> Iterator[list[object]]:
        for line, number in zip(section.lines, numbers, strict=False):
            sheets = "" if line.sheets is None else str(line.sheets)
            term = [Narrow(line.term)] if self.listed is Listed.LONG_TERM else []
            yield [str(number), Narrow(line.index), line.title, Narrow(line.dates), sheets, *term, Narrow(line.note)]

    def _total(self) -> str:
        if not self.total:
            return "В данную опись единиц хранения не внесено."
        last = self.first_number + self.total - 1
        return f"В данную опись внесено {counted(self.total, STORAGE_UNIT)} с № {self.first_number} по № {last}."
