"""Minutes of the expert commission («протокол заседания экспертной комиссии»)."""

from dataclasses import dataclass
from typing import ClassVar

from core.papers.errors import PaperContradicts
from core.papers.ink import Sheet
from core.papers.paper import Paper, Signature, require_counts, signature_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """How many voted for, against, and abstained."""

    in_favour: int
    against: int = 0
    abstained: int = 0

    def __post_init__(self) -> None:
        require_counts("votes", self.in_favour, self.against, self.abstained)

    @property
    def phrase(self) -> str:
        """Return «за — 3, против — 0, воздержались — 0»."""
        return f"за — {self.in_favour}, против — {self.against}, воздержались — {self.abstained}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """One question of the agenda: what was heard and what was decided."""

    question: str
    heard: str
    """«СЛУШАЛИ»."""
    spoke: tuple[str, ...] = ()
    """«ВЫСТУПИЛИ»."""
    decided: tuple[str, ...]
    """«РЕШИЛИ»: such as «согласовать акт № 3», «исключить дела № 5, 7»."""
    votes: Votes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionMinutes(Paper):
    """«Протокол заседания экспертной комиссии» (ЭК)."""

    kind: ClassVar[str] = "commission_minutes"
    named: ClassVar[str] = "Протокол заседания экспертной комиссии"

    chair: Signature
    secretary: Signature
    members: tuple[Signature, ...]
    absent: tuple[Signature, ...] = ()
    invited: tuple[Signature, ...] = ()
    agenda: tuple[AgendaItem, ...]
    approval: Signature | None = None
    """Who approves the minutes, where the commission's rules ask for it."""

    def __post_init__(self) -> None:
        present = 2 + len(self.members)
        for item in self.agenda:
            votes = item.votes
            if votes and votes.in_favour + votes.against + votes.abstained > present:
                raise PaperContradicts(part="votes", reason="more_votes_than_present")

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        return {
            "approval": signature_sheet(self.approval) if self.approval else None,
            "chair": signature_sheet(self.chair),
            "secretary": signature_sheet(self.secretary),
            "present": [
                ["Председатель", _known(self.chair)],
                ["Секретарь", _known(self.secretary)],
                ["Присутствовали", [_named(each) for each in self.members]],
                ["Отсутствовали", [_named(each) for each in self.absent]],
                ["Приглашённые", [_named(each) for each in self.invited]],
            ],
            "agenda": [
                {
                    "question": item.question,
                    "heard": item.heard,
                    "spoke": list(item.spoke),
                    "decided": list(item.decided),
                    "votes": item.votes.phrase if item.votes else "",
                }
                for item in self.agenda
            ],
        }


def _known(person: Signature) -> list[str]:
    named = _named(person)
    return [named] if named else []


def _named(person: Signature) -> str:
    return ", ".join(part for part in (person.name, person.post) if part)
