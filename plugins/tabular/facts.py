"""What the tables of a file say, in one shape whatever the layout: facts, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from plugins.tabular.titles import folded
from plugins.tabular.values import day, present, sex, split_name


def key_of(number: str, snils: str) -> str:
    """Return the external id of who has the institution's number or a СНИЛС; empty for others."""
    if number:
        return f"n:{number}"
    digits = "".join(sign for sign in snils if sign.isdigit())
    return f"s:{digits}" if digits else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A learner as a row names him or her."""

    family_name: str
    given_name: str
    patronymic: str = ""
    birth_date: date | None = None
    sex: str = ""
    number: str = ""
    snils: str = ""
    email: str = ""
    phone: str = ""

    @property
    def key(self) -> str:
        """The external id: the institution's number or СНИЛС where there is one, else the name with the birth date.

        Two learners of one name without any of these are one to a table, and to whoever reads it.
        """
        if key := key_of(self.number, self.snils):
            return key
        name = folded(f"{self.family_name} {self.given_name} {self.patronymic}")
        return f"p:{name}|{self.birth_date.isoformat() if self.birth_date else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of what a file says; everything but the place is optional."""

    line: int
    """Row of the sheet, 1 is the first."""
    raw: Mapping[str, str]
    learner: Learner | None = None
    group: str = ""
    study_year: str = ""
    subject: str = ""
    value: str = ""
    final_kind: str = ""
    held_on: date | None = None
    """Of a current mark; without it a mark is final."""
    current: bool = False
    absence: str = ""
    title: str = ""
    comment: str = ""
    award: str = ""
    file: str = ""
    document: Mapping[str, str] = field(default_factory=dict)
    """Metadata of the document by field of its kind."""
    document_kind: str = ""
    decided_on: date | None = None
    problem: str = ""
    """Why the line could not be understood; names fields, no values."""
    key: str = ""
    """Of such a line: the external id that it would have, as far as that can be told."""


def learner_of(cells: Mapping[str, str]) -> Learner:
    """Return the learner of a row by its fields; raise `Unfit`."""
    family, given, patronymic = (
        present(cells.get("family_name", "")),
        present(cells.get("given_name", "")),
        present(cells.get("patronymic", "")),
    )
    if not (family and given):
        family, given, patronymic = split_name(present(cells.get("full_name", "")))
    return Learner(
        family_name=family,
        given_name=given,
        patronymic=patronymic,
        birth_date=day(cells.get("birth_date", ""), "birth_date"),
        sex=sex(cells.get("sex", "")),
        number=present(cells.get("number", "")),
        snils=present(cells.get("snils", "")),
        email=present(cells.get("email", "")),
        phone=present(cells.get("phone", "")),
    )


def named(full_name: str) -> Learner:
    """Return a learner of whom only the name is known; raise `Unfit`."""
    family, given, patronymic = split_name(full_name)
    return Learner(family_name=family, given_name=given, patronymic=patronymic)
