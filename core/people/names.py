"""How names are put in order and found again."""

import re
from typing import Final

from core.people.models import Group, Person
from core.search.folding import fold_number, fold_text

LONGEST_KEY: Final = 400
"""Characters of a sort key; a row of a PostgreSQL index holds about 2,700 bytes."""

_YEARS: Final = re.compile(r"(\d{4})\s*[/\\.\u2010-\u2015-]\s*(?:\d{2})?(\d{2})")
_DIGITS: Final = re.compile(r"\d{1,8}")


def person_sort_key(family_name: str, given_name: str, patronymic: str) -> str:
    """Return what lists of people are ordered by: the folded family name, given name and patronymic."""
    said = " ".join(part for part in (family_name, given_name, patronymic) if part)
    return name_prefix(said) or said.lower()[:LONGEST_KEY]


def name_prefix(typed: str) -> str:
    """Return the beginning of a sort key that fits the beginning of a name somebody typed."""
    return fold_text(typed)[:LONGEST_KEY]


def group_sort_key(name: str) -> str:
    """Return what groups are ordered by and told apart by: «5А» before «10А», and equal to "5 a" in Latin letters."""
    folded = _DIGITS.sub(lambda digits: digits[0].zfill(8), fold_number(name))
    return (folded or name.lower())[:LONGEST_KEY]


def study_year(said: str) -> str:
    """Return a study year as the registry writes it: «2025-26» as «2025/2026»; anything else as it was said."""
    found = _YEARS.fullmatch(said)
    if found is None or (int(found[1]) + 1) % 100 != int(found[2]):
        return said
    return f"{found[1]}/{int(found[1]) + 1}"


def searched_names(person: Person) -> str:
    """Return every name a person is looked for by: present and former ones."""
    return f"{person.full_name} {person.former_names}".rstrip()


def group_title(group: Group) -> str:
    """Return a group's name with its study year, as a hit shows it."""
    return f"{group.name} ({group.study_year})" if group.study_year else group.name
