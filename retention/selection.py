"""The yearly selection: due cases grouped into the lines of one consolidated act.

Cases are grouped by section; cases of one kind (same section, index, title, term and basis) stand on one line under a
common title with their number (приказ Минприроды 26.12.2012 № 456, п. 6.4.3). Which cases are due is not decided here.
"""

from collections.abc import Iterable
from typing import NamedTuple


class DueCase(NamedTuple):
    """A case as it is proposed for an act, in the words of its nomenclature."""

    id: str
    section: str
    """Code of the section (unit of the staff list)."""
    class_index: str
    title: str
    """Title of the record class; the common title where several cases share it."""
    first_year: int
    """Year of the first document."""
    last_year: int
    """Year of closing."""
    nomenclature_year: int
    volumes: int
    """Volumes and parts, what an archive counts; at least one."""
    term: str
    """The term as the nomenclature has it."""
    basis: str
    """Articles as the nomenclature has them."""


class ActLine(NamedTuple):
    """One line of the act's table."""

    section: str
    class_index: str
    title: str
    first_year: int
    last_year: int
    nomenclature_years: tuple[int, ...]
    """In ascending order, each once."""
    volumes: int
    term: str
    basis: str
    cases: tuple[str, ...]
    """Ids of the cases that stand on this line, oldest first."""


class Proposal(NamedTuple):
    """What the service proposes for the act of one period."""

    lines: tuple[ActLine, ...]
    first_year: int
    """The period that the inventories have to cover: «за … – … годы»."""
    last_year: int
    volumes: int
    cases: int


def propose(due: Iterable[DueCase]) -> Proposal | None:
    """Group due cases into lines, by section, index and title; return None if nothing is due."""
    kinds: dict[tuple[str, str, str, str, str], list[DueCase]] = {}
    for case in due:
        kinds.setdefault((case.section, case.class_index, case.title, case.term, case.basis), []).append(case)
    if not kinds:
        return None
    lines = tuple(_line(kinds[kind]) for kind in sorted(kinds))
    return Proposal(
        lines=lines,
        first_year=min(line.first_year for line in lines),
        last_year=max(line.last_year for line in lines),
        volumes=sum(line.volumes for line in lines),
        cases=sum(len(line.cases) for line in lines),
    )


def _line(cases: list[DueCase]) -> ActLine:
    cases.sort(key=lambda case: (case.last_year, case.first_year, case.id))
    one = cases[0]
    return ActLine(
        section=one.section,
        class_index=one.class_index,
        title=one.title,
        first_year=min(case.first_year for case in cases),
        last_year=max(case.last_year for case in cases),
        nomenclature_years=tuple(sorted({case.nomenclature_year for case in cases})),
        volumes=sum(case.volumes for case in cases),
        term=one.term,
        basis=one.basis,
        cases=tuple(case.id for case in cases),
    )
