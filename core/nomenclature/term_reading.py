"""What the cells of a row say about how long records live, as JSON that never changes once it is kept."""

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["understood", "needs_review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCells:
    """The cells a rule is read from."""

    term: str
    footnote: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class TermReading:
    """A reading: whether all was understood, and what was."""

    status: Status
    content: dict[str, Any]
    """As it is kept: the normal form, the rule, what was not understood and why."""

    @property
    def not_understood(self) -> list[str]:
        """The words that nothing is known of."""
        return [str(each) for each in self.content["not_understood"]]


def read_term(cells: RuleCells) -> TermReading:
    """Read a term with its footnotes and articles; whatever is not fully understood needs review."""
    return TermReading("needs_review", {"normal": "", "not_understood": [cells.term], "doubts": []})
