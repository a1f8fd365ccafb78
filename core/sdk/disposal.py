"""What a plugin sees of a disposal act (акт о выделении к уничтожению), and its one answer: an objection."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class DisposalStage(StrEnum):
    """When a plugin is asked."""

    PROPOSED = "proposed"
    BEFORE_EXECUTION = "before_execution"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalLine:
    """One case on an act, as frozen in the snapshot of its line."""

    id: UUID
    case_id: UUID
    index: str
    """Index of the case in the nomenclature (индекс дела): `02-15`."""
    title: str
    first_year: int
    last_year: int
    volumes: int
    term: str
    """The retention term as the list writes it: `5 лет ЭПК`."""
    article: str
    """The article of the list that sets the term."""
    rule_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalReview:
    """The lines of one act that a plugin is asked about."""

    act_id: UUID
    institution_id: UUID
    stage: DisposalStage
    lines: tuple[DisposalLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A reason why one line must not be destroyed now; people decide what follows."""

    line_id: UUID
    code: str
    """Stable, lower snake case."""
    reason: str
    """For the commission to read: what speaks against it, and who can settle it."""
