"""What the cells of a row say about how long records live, as JSON that never changes once it is kept."""

from dataclasses import dataclass
from typing import Any, Literal

from core.nomenclature.rule_json import rule_to_json
from retention.explaining import explain
from retention.grammar import format_rule, read
from retention.terms import Doubt, ReadingStatus, TermKind

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
    reading = read(cells.term, cells.footnote, article=cells.article)
    content: dict[str, Any] = dict(explain(reading))
    rule = reading.rule
    if rule is not None and rule.term.kind is TermKind.NOT_APPLICABLE:
        # A dash is well understood to state no term; somebody has to state one.
        content |= {"status": "needs_review", "doubts": [Doubt.NO_TERM.value]}
    elif rule is not None and reading.status is ReadingStatus.UNDERSTOOD:
        content |= {"rule": rule_to_json(rule), "normal": list(format_rule(rule))}
        return TermReading("understood", content)
    return TermReading("needs_review", {**content, "rule": None, "normal": None})
