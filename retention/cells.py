"""A term cell: one term with its marks, events and references, and whatever of basis and footnotes stands inside it."""

import re
from dataclasses import dataclass, field
from typing import Final

from retention.articles import take_basis
from retention.clauses import ClauseReader, Findings
from retention.cores import ARTICLE_AHEAD, MARK
from retention.phrases import REFERENCE, Draft, labels
from retention.scanning import Scan, Text, closing_bracket
from retention.terms import Article, Doubt, Term, TermKind

_GAP: Final = re.compile(rf'(?:[\s;,.:"-]|/(?=\s*(?:{MARK}|{ARTICLE_AHEAD})))+')
_SEPARATORS: Final = re.compile("[;,.]")
_WORD: Final = re.compile(r"[\w№§%]+(?:[-/.,][\w№]+)*|.", re.DOTALL)
_NOTHING: Final = re.compile(r'[-."\s_–]*')


@dataclass(slots=True)
class Cell:
    """What a term cell came to.

    Attributes:
        draft: The term.
        found: Footnote texts that stand inside the cell, and doubts.
        references: Labels of the footnotes it refers to, in their order.
        answered: Labels whose text stands inside the cell, in brackets after the reference.
        articles: The basis, if it stands in the cell.
        compound: Whether a second term stands in it.
        printed: Whether every reference is printed like those of a published list: «<2>».
    """

    draft: Draft = field(default_factory=Draft)
    found: Findings = field(default_factory=Findings)
    references: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    articles: list[Article] = field(default_factory=list)
    compound: bool = False
    printed: bool = True


def is_blank(text: Text) -> bool:
    """Say whether a cell states no term: nothing or a dash."""
    return _NOTHING.fullmatch(text.plain) is not None


def read_cell(text: Text) -> Cell:
    """Read a cell to its end; every word of it is either understood or in `found.not_understood`."""
    reader = _CellReader(text)
    reader.read()
    return reader.cell


class _CellReader:
    def __init__(self, text: Text) -> None:
        self.scan = Scan(text)
        self.cell = Cell()
        self.inside: list[tuple[int, int]] = []
        self.tight: str | None = None
        """The label of a reference that stands directly before this place."""
        self.lost = False
        """Whether the words before this place, up to the last separator, were not understood."""

    def read(self) -> None:
        steps = (
            self._reference, self._mark, self._basis, self._core, self._events, self._brackets, self._clause,
        )  # fmt: skip
        self.scan.take(_GAP)
        while not self.scan.done:
            self.lost = not any(step() for step in steps)
            if self.lost:
                self._unknown()
            gap = self.scan.take(_GAP)
            self.lost = self.lost and (gap is None or not _SEPARATORS.search(gap[0]))

    def _reference(self) -> bool:
        found = self.scan.take(REFERENCE)
        if found is not None:
            self.cell.references += labels(found)
            self.cell.printed = self.cell.printed and found["angle"] is not None
            self.tight = self.cell.references[-1]
        return found is not None

    def _mark(self) -> bool:
        return self.cell.draft.take_mark(self.scan) and self._loose()

    def _loose(self) -> bool:
        self.tight = None
        return True

    def _basis(self) -> bool:
        articles = take_basis(self.scan)
        self.cell.articles += articles
        return bool(articles) and self._loose()

    def _core(self) -> bool:
        start = self.scan.at
        first = self.cell.draft.core
        if first is None:
            return self.cell.draft.take_core(self.scan) and self._loose()
        second = Draft()
        if not second.take_core(self.scan):
            return False
        self.cell.compound = True
        self.cell.found.doubt(Doubt.COMPOUND, self.scan.text.part(start, self.scan.at))
        self._keep_what_can_be_shown(second)
        return self._loose()

    def _keep_what_can_be_shown(self, second: Draft) -> None:
        draft = self.cell.draft
        draft.triggers += second.triggers
        if second.core is not None and draft.core is not None and draft.core.years is None and draft.core.dual is None:
            draft.core = second.core

    def _events(self) -> bool:
        return self.cell.draft.take_triggers(self.scan) and self._loose()

    def _brackets(self) -> bool:
        text = self.scan.text
        if text.plain[self.scan.at] != "(":
            return False
        closing = closing_bracket(text.plain, self.scan.at)
        if closing is None:
            return False
        inside = Text(text.shown[self.scan.at + 1 : closing])
        self.scan.at = closing + 1
        basis = Scan(inside)
        articles = take_basis(basis)
        if articles and basis.done:
            self.cell.articles += articles
            return self._loose()
        before = self.cell.found.conditional
        ClauseReader(inside, self._base(), self.cell.found, numbered=True).read()
        if self.tight is not None and self.cell.found.conditional > before:
            self.cell.answered.add(self.tight)
        return self._loose()

    def _clause(self) -> bool:
        """A clause of a footnote without brackets: «Постоянно, неутверждённые - до минования надобности»."""
        base = self._base()
        if base is None or self.lost:
            return False
        end = self.scan.clause_end()
        found = Findings()
        ClauseReader(Text(self.scan.text.shown[self.scan.at : end]), base, found, numbered=True).read()
        if found.doubts or not (found.conditions or found.remarks):
            return False
        self.cell.found.add(found)
        self.scan.at = end
        return self._loose()

    def _base(self) -> Term | None:
        return self.cell.draft.build()

    def _unknown(self) -> None:
        start = self.scan.at
        self.scan.at += len(_WORD.findall(self.scan.text.plain, start)[0])
        self.cell.found.doubt(Doubt.UNKNOWN_WORDS, self.scan.text.shown[start : self.scan.at])
        self._loose()


def partial_kind(cell: Cell) -> TermKind | None:
    """Return the kind that can be shown of a cell, understood or not."""
    if cell.compound:
        return TermKind.COMPOUND
    return None if cell.draft.core is None else cell.draft.core.kind
