"""Asking the search."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.search.folding import fold_number, fold_text

_HAS_DIGIT: Final = re.compile(r"\d")
_NUMBER_LENGTH: Final = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found; the higher the rank, the better."""

    object_type: str
    object_id: UUID
    title: str
    rank: float


async def find(work: Work, asked: str, *, object_types: Sequence[str], limit: int) -> list[Hit]:
    """Return at most `limit` hits of the current institution for what a person typed, best first.

    Words match in any Russian form; if nothing matches, spellings close to the asked ones do. What contains a digit
    is looked up as a series or number too, whatever its spaces, dashes and look-alike letters.
    """
    number = fold_number(asked) if _HAS_DIGIT.search(asked) else ""
    rows = await work.rows(
        "SELECT object_type, object_id, title, rank FROM find_entries($1, $2, $3, $4)",
        [fold_text(asked), number if len(number) >= _NUMBER_LENGTH else "", list(object_types), limit],
    )
    return [Hit(row["object_type"], row["object_id"], row["title"], row["rank"]) for row in rows]
