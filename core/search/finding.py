"""Asking the search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from asyncpg import QueryCanceledError

from core.kernel.database.work import Work
from core.search.asking import Question, understood
from core.search.errors import SearchTooSlow
from core.search.spelling import alike, misspelt, other_layout

TYPES: Final = ("person", "group", "personal_file", "case", "document")
"""What can be found."""

_FIND: Final = """
SELECT f.object_type, f.object_id, f.title, f.rank, f.holder_id, h.object_type AS holder_type, h.title AS holder_title
  FROM find_entries($1, $2, $3, $4, $5, $6, $7) f
  LEFT JOIN search_entries h ON h.institution_id = $8 AND h.object_id = f.holder_id AND h.object_id <> f.object_id
   AND h.object_type IN ('person', 'group')
"""
_ALIKE: Final = "SELECT asked, word FROM words_alike($1, $2)"
_CANDIDATES: Final = 60
_RESPELT: Final = 0.4
"""What a hit that bears another spelling is worth."""
_FEWER: Final = 0.1
"""What a hit that lacks a word is worth."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The learner or group something belongs to."""

    object_type: str
    object_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found; the higher the rank, the better."""

    object_type: str
    object_id: UUID
    title: str
    rank: float
    holder: Holder | None = None


async def find(work: Work, asked: str, *, object_types: Sequence[str], limit: int, patience: float = 2.0) -> list[Hit]:
    """Return at most `limit` hits of the current institution for what a person typed, best first.

    Every word must be there, in any Russian form, or begin a word; a phrase in quotation marks as it stands. Digits
    with what stands beside them are looked up as a number too, whatever its spaces, dashes and look-alike letters.
    If nothing fits, the other keyboard layout is tried, then similar spellings, then fewer words. Raises
    `SearchTooSlow` when a step takes more than `patience` seconds; the unit of work is then over.
    """
    await work.rows("SELECT set_config('statement_timeout', $1, true)", [str(round(patience * 1000))])
    try:
        return await _find(work, asked, object_types, limit)
    except QueryCanceledError as error:
        raise SearchTooSlow from error


async def _find(work: Work, asked: str, object_types: Sequence[str], limit: int) -> list[Hit]:
    question = understood(asked)
    hits = await _ask(work, question, object_types, limit)
    if not hits:
        hits = await _ask(work, understood(other_layout(asked)), object_types, limit)
    if not hits and (near := await _alike(work, question)):
        question = question.respelt(near)
        hits = await _ask(work, question, object_types, limit, worth=_RESPELT)
    if not hits:
        hits = await _ask_for_less(work, question, object_types, limit)
    return hits


async def _ask_for_less(work: Work, question: Question, types: Sequence[str], limit: int) -> list[Hit]:
    """Let one word be missing, then all but one."""
    hits: list[Hit] = []
    for left_out in (1, 2) if len(question.terms) > 1 else ():
        hits = hits or await _ask(work, question, types, limit, worth=_FEWER, left_out=left_out)
    return hits


async def _ask(
    work: Work, question: Question, types: Sequence[str], limit: int, *, worth: float = 1.0, left_out: int = 0
) -> list[Hit]:
    terms = question.terms
    if not terms or not types:
        return []
    rows = await work.rows(
        _FIND,
        [
            [term.query for term in terms],
            [term.beginning for term in terms],
            [term.in_number for term in terms],
            [] if left_out else list(question.numbers),
            list(types),
            limit,
            left_out,
            work.scope.institution_id,
        ],
    )
    return _best([_hit(row, worth) for row in rows], limit)


async def _alike(work: Work, question: Question) -> dict[str, tuple[str, ...]]:
    words = [word for term in question.terms if not term.phrase for word in term.spellings if misspelt(word)]
    candidates: dict[str, list[str]] = {word: [] for word in words}
    for row in await work.rows(_ALIKE, [words, _CANDIDATES]) if words else ():
        candidates[row["asked"]].append(row["word"])
    return {word: near for word, seen in candidates.items() if (near := alike(word, seen))}


def _hit(row: dict[str, Any], worth: float) -> Hit:
    known = row["holder_type"] is not None
    holder = Holder(row["holder_type"], row["holder_id"], row["holder_title"]) if known else None
    return Hit(row["object_type"], row["object_id"], row["title"], row["rank"] * worth, holder)


def _best(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """Return each thing once, at its greatest rank, newer things before older ones of the same rank."""
    ordered = sorted(hits, key=lambda hit: (hit.rank, hit.object_id.int), reverse=True)
    first: dict[tuple[str, UUID], Hit] = {}
    for hit in ordered:
        first.setdefault((hit.object_type, hit.object_id), hit)
    return list(first.values())[:limit]
