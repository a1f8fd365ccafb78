"""A certified print-out of the final results of a study period, as an educational platform said them.

The regulations on electronic registers ask for it: platform data are printed, sewn and certified by the head, with the
number of sheets. The copy mark is that of ГОСТ Р 7.0.97-2025, 5.26.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from core.papers.ink import Narrow, Sheet, Slim, Unhyphenated, Whole, can_be_printed
from core.papers.numerals import ENTRY, Gender, Noun, counted, in_words, short_date
from core.papers.paper import Paper, Signature, signature_sheet

LEARNER: Final = Noun("обучающийся", "обучающихся", "обучающихся", Gender.MASCULINE)
SUBJECTS_ACROSS: Final = 18
"""Subjects side by side; more stand in a further table of the same group."""
LONGEST_HEAD: Final = 44
"""Characters of a subject that stand over its column; a longer one stands below the table."""
LONGEST_MARK: Final = 16
"""The same of a mark."""
MOST_SHEETS: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResults:
    """Final results of one group: a row a learner, a column a subject, in the order of `subjects`."""

    group: str
    subjects: tuple[str, ...]
    learners: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodResults(Paper):
    """«Распечатка итоговых результатов за учебный период»."""

    kind: ClassVar[str] = "period_results"
    named: ClassVar[str] = "Распечатка итоговых результатов"

    period: str
    first_day: date
    last_day: date
    platform: str
    """What the platform and the account there are called."""
    snapshot: str
    """SHA-256 of the snapshot, in hexadecimal."""
    read: str
    """When the platform was read completely last."""
    shortcomings: tuple[str, ...] = ()
    insisted: str = ""
    part: int = 1
    parts: int = 1
    """Into how many parts the print-out is divided; each is sewn and certified on its own."""
    results: int
    """Of this part."""
    groups: tuple[GroupResults, ...]
    head: Signature | None = None

    @property
    def portion(self) -> str:
        """Return «, часть 2 из 3» where there are several."""
        return f", часть {self.part} из {self.parts}" if self.parts > 1 else ""

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        learners = sum(len(each.learners) for each in self.groups)
        return {
            "part": f"Часть {self.part} из {self.parts}" if self.parts > 1 else "",
            "period": self.period,
            "days": f"с {short_date(self.first_day)} по {short_date(self.last_day)}",
            "platform": self.platform,
            "snapshot": Whole(self.snapshot),
            "read": self.read,
            "shortcomings": list(self.shortcomings),
            "insisted": self.insisted,
            "total": f"{counted(self.results, ENTRY)} об итоговых результатах; {counted(learners, LEARNER)}",
            "groups": [table for each in self.groups for table in _tables(each)],
            "head": signature_sheet(self.head),
            "in_words": [in_words(number, Gender.MASCULINE) for number in range(MOST_SHEETS + 1)],
        }


def _tables(group: GroupResults) -> list[dict[str, object]]:
    every = range(len(group.subjects))
    places = [every[at : at + SUBJECTS_ACROSS] for at in range(0, max(1, len(every)), SUBJECTS_ACROSS)]
    return [_table(group, columns, continued=number > 0) for number, columns in enumerate(places)]


def _table(group: GroupResults, columns: range, *, continued: bool) -> dict[str, object]:
    notes: list[str] = []

    def placed(text: str, most: int) -> str:
        """Return a text, or the number of the note below the table in which it stands because it has no room here."""
        if len(text) <= most and all(map(can_be_printed, text)):
            return text
        notes.append(f"{len(notes) + 1}) {text}")
        return f"{len(notes)})"

    return {
        "group": group.group,
        "continued": continued,
        "subjects": [Narrow(placed(group.subjects[at], LONGEST_HEAD)) for at in columns],
        "rows": [
            [str(place), Unhyphenated(name), *(Slim(placed(marks[at], LONGEST_MARK)) for at in columns)]
            for place, (name, marks) in enumerate(group.learners, 1)
        ],
        "notes": notes,
    }
