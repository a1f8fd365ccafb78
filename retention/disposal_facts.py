"""What a disposal act (акт о выделении к уничтожению) is and what its steps depend on; the steps are in `disposal`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from retention.act_lines import LineState

DEFAULT_WAITING_DAYS: Final = 7
"""Days between approval and execution in which anybody concerned may still abort."""


class ActState(StrEnum):
    """Where an act stands."""

    DRAFT = "draft"
    """Составляется."""
    IN_REVIEW = "in_review"
    """На рассмотрении ЭК: list and hashes are frozen."""
    CHANGES_REQUESTED = "changes_requested"
    """Возвращён на доработку: the freeze is released."""
    REVIEWED = "reviewed"
    """Согласован ЭК."""
    AGREED = "agreed"
    """Согласован ЭПК архива; only where the institution is a source of acquisition."""
    APPROVED = "approved"
    """Утверждён руководителем."""
    WAITING = "waiting"
    """Ожидает исполнения."""
    EXECUTING = "executing"
    """Исполняется."""
    EXECUTED = "executed"
    """Исполнен: no line is half destroyed."""
    PARTIAL = "partial"
    """Исполнен частично: at least one line failed."""
    CERTIFIED = "certified"
    """Оформлен: signed papers exist."""
    CANCELLED = "cancelled"
    """Отменён."""


ACT_ENDS: Final = frozenset({ActState.CERTIFIED, ActState.CANCELLED})
"""States without a way out."""

FROZEN: Final = frozenset(ActState) - {ActState.DRAFT, ActState.CHANGES_REQUESTED, ActState.CANCELLED}
"""States in which line list and hashes are frozen."""


class ActGate(StrEnum):
    """What must be true of an act as a whole; the letters are those of the workflow."""

    TERMS_EXPIRED = "terms_expired"
    """(a) Every term has expired."""
    NO_HOLD = "no_hold"
    """(b) No hold covers a listed case."""
    INVENTORIES = "inventories"
    """(c) Inventories of permanent and long-term cases of the period are approved, or recorded as none."""
    DECISIONS = "decisions"
    """(d) Minutes of the commission; the head's approval is the step that this gate guards."""
    APPRAISALS = "appraisals"
    """(e) A recorded decision for every case with «ЭПК»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFacts:
    """What a step of an act depends on, read in the transaction that takes the step; what is not said is not so."""

    author: str = ""
    """Id of the person who made the act."""
    reviewers: frozenset[str] = frozenset()
    """Ids of those who agreed to it."""
    executors: frozenset[str] = frozenset()
    """Ids of all who executed it, whatever the attempt."""
    signed: frozenset[str] = frozenset()
    """Ids of those whose signature stands under the execution."""
    lines: Mapping[LineState, int] = field(default_factory=dict)
    """How many lines stand in which state."""
    period_named: bool = False
    source_of_acquisition: bool = True
    """Whether the institution supplies an archive (источник комплектования)."""
    gates: frozenset[ActGate] = frozenset()
    """Gates found closed, now and in this transaction."""
    list_unchanged: bool = False
    """Whether line list and hashes equal those frozen at submission."""
    reason_given: bool = False
    rejected_lines_answered: bool = False
    """Whether every rejected line was excluded with a new date, or is kept with a reason."""
    minutes_complete: bool = False
    """Whether the minutes have date, number and members."""
    archive_decision: bool = False
    """Whether the archive's decision is recorded: permanent inventories approved, personnel ones agreed."""
    number_given: bool = False
    """Whether the act has got number and date."""
    waiting_over: bool = False
    proofs_complete: bool = False
    """Whether every destroyed line has its proof, the vacuum of the store included."""
    papers_ready: bool = False
    """Whether act, personal-data act and log export exist with their hashes."""

    def in_state(self, *states: LineState) -> int:
        """Return how many lines stand in one of the states."""
        return sum(self.lines.get(state, 0) for state in states)


@dataclass(frozen=True, slots=True)
class SinglePersonMode:
    """The declaration of the single-person mode that an act was submitted under; printed on it."""

    declared_on: date
    ground: str


def waiting_ends(approved_on: date, days: int = DEFAULT_WAITING_DAYS) -> date:
    """Return the first day on which an act that was approved on `approved_on` may be executed."""
    return approved_on + timedelta(days=days)
