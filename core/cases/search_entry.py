"""How a case is found: by its index and the words of its title, whatever became of it."""

from typing import Final

from core.cases.models import Case
from core.kernel.database.work import Work
from core.search.entries import SearchEntry, put_entry

_WORD: Final = "дело"
"""Clerks type it together with an index or a title; it is looked for, never shown."""


async def index_case(work: Work, case: Case) -> None:
    """Put the case into the search, or refresh it there."""
    entry = SearchEntry(
        object_type="case",
        object_id=case.id,
        title=f"{case.class_index} {case.title}",
        names=f"{case.title} {_WORD}",
        numbers=(case.class_index,),
    )
    await put_entry(work, entry)
