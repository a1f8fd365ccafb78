"""What every paper has: number, date, who issues it, when it was made, and how its form is called."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import ClassVar

from core.papers.canonical import digest
from core.papers.errors import PaperContradicts
from core.papers.ink import Sheet, Unhyphenated
from core.papers.numerals import long_date, short_date, years_phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An institution («организация») as papers name it."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A place for a signature («подпись»): post, name, and the date if it is known; what is empty stays a line."""

    post: str = ""
    name: str = ""
    signed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """Minutes that a paper refers to («протокол от … № …»), of a body such as «ЭК» or «ЭПК»."""

    body: str
    number: str
    dated: date

    @property
    def phrase(self) -> str:
        """Return «протокол ЭК от 05.03.2026 № 2»."""
        return f"протокол {self.body} от {short_date(self.dated)} №\u00a0{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePersonMode:
    """The declared single-person mode («режим одного лица»): why, and since which day."""

    ground: str
    declared_on: date

    @property
    def phrase(self) -> str:
        """Return the line that is printed on every act made under the mode."""
        return (
            f"Акт составлен при объявленном режиме одного лица. Основание: {self.ground}. "
            f"Режим объявлен {short_date(self.declared_on)}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """A period in whole years («за … годы»), both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise PaperContradicts(part="years", reason="ends_before_it_begins")

    @property
    def phrase(self) -> str:
        """Return «за 2015–2018 годы»."""
        return years_phrase(range(self.first, self.last + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper(ABC):
    """A paper that can be set: a frozen value and the name of its form."""

    kind: ClassVar[str]
    """Stable name, also that of its template."""
    form: ClassVar[int] = 1
    """Raised when the same value is set differently."""
    named: ClassVar[str]
    """What the foot of the page calls it: «Акт», «Протокол»."""

    number: str
    dated: date
    issuer: Organisation
    place: str = ""
    """Where it was drawn up («место составления»)."""
    created_at: datetime
    """When these bytes are made; an aware moment, passed in."""
    project: bool = False
    """Whether it is a draft («проект») that nobody has approved; every page says so."""

    @abstractmethod
    def sheet(self) -> Sheet:
        """Return what the template prints, beside what every paper has."""

    @property
    def title(self) -> str:
        """Return the title in the metadata: «Акт № 3 от 05.03.2026»."""
        number = f" № {self.number}" if self.number else ""
        project = "Проект. " if self.project else ""
        return f"{project}{self.named}{number} от {short_date(self.dated)}{self.portion}"

    @property
    def portion(self) -> str:
        """Return what the title ends with where a paper is one part of several; empty for a whole one."""
        return ""

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON of kind, form and value; when it was made is no part of it."""
        value = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "created_at"}
        return digest({"kind": self.kind, "form": self.form, "value": value})


def signature_sheet(signature: Signature | None) -> Sheet:
    """Return a signature for the templates; without one, empty lines to be filled by hand."""
    known = signature or Signature()
    return {
        "post": Unhyphenated(known.post),
        "name": Unhyphenated(known.name),
        "date": long_date(known.signed_on) if known.signed_on else "",
    }


def require_counts(part: str, *counts: int | None) -> None:
    """Refuse a number of things below zero, or too large to be written out; raise `PaperContradicts`."""
    if any(count is not None and not 0 <= count < 10**9 for count in counts):
        raise PaperContradicts(part=part, reason="count_out_of_range")
