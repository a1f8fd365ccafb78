"""What can be found: one entry for each person, group, personal file or document."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.search.folding import fold_number, fold_text

TEXT_LIMIT: Final = 200_000
"""Characters of recognised text that are searched."""

_TEXT_BYTES: Final = 500_000
"""PostgreSQL limits a text vector to 1 MiB."""
_HEADLINE_WORDS: Final = 30
"""Words of the names whose beginnings and misspellings are found too."""
_SHORTEST_WORD: Final = 3
_LONGEST_WORD: Final = 40

_FORMER: Final = """
SELECT DISTINCT holder_names FROM search_entries WHERE institution_id = $1 AND holder_id = $2
"""

_RENAME: Final = """
UPDATE search_entries SET holder_names = $3,
  word_vector = search_word_vector(institution_id, object_type, $3, names, numbers)
WHERE institution_id = $1 AND holder_id = $2
"""

_REMOVE: Final = """
DELETE FROM search_entries WHERE institution_id = $1 AND object_type = $2 AND object_id = $3
RETURNING names, holder_names
"""

_REMOVE_MANY: Final = """
DELETE FROM search_entries WHERE institution_id = $1 AND object_type = $2 AND object_id = ANY ($3::uuid[])
RETURNING names, holder_names
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEntry:
    """What of one object goes into the search; words and numbers as people wrote them."""

    object_type: str
    object_id: UUID
    title: str
    """What a hit shows."""
    names: str = ""
    """Words it is called by; the first 30 are also found by their beginnings and in spite of typing errors."""
    numbers: tuple[str, ...] = ()
    holder_id: UUID | None = None
    """The learner or group the object belongs to, or is."""
    holder_names: str = ""
    text: str | None = None
    """Text of the content; None leaves what is there."""


async def put_entry(work: Work, entry: SearchEntry) -> None:
    """Make an object findable, or refresh how it is found."""
    await work.rows("SELECT put_search_entry($1::jsonb)", [folded_entry(entry)])


async def put_entries(work: Work, entries: Sequence[SearchEntry]) -> None:
    """Do what `put_entry` does for many objects, with one question."""
    folded = "[" + ", ".join(map(folded_entry, entries)) + "]"
    await work.rows("SELECT put_search_entry(e) FROM jsonb_array_elements($1::jsonb) e", [folded])


def folded_entry(entry: SearchEntry) -> str:
    """Return the entry as the SQL function `put_search_entry` takes it."""
    names, holder_names = fold_text(entry.names), fold_text(entry.holder_names)
    folded = {
        "object_type": entry.object_type,
        "object_id": str(entry.object_id),
        "holder_id": None if entry.holder_id is None else str(entry.holder_id),
        "title": entry.title,
        "names": names,
        "holder_names": holder_names,
        "numbers": " ".join(number for number in map(fold_number, entry.numbers) if number),
        "text": None if entry.text is None else _searched_text(entry.text),
        "vocabulary": _vocabulary(f"{holder_names} {_headline(names)}"),
    }
    return json.dumps(folded, ensure_ascii=False)


async def rename_holder(work: Work, holder_id: UUID, holder_names: str) -> None:
    """Let everything that belongs to a learner or group be found under the new name."""
    scope, folded = work.scope.institution_id, fold_text(holder_names)
    former = {word for row in await work.rows(_FORMER, [scope, holder_id]) for word in _vocabulary(row["holder_names"])}
    await work.run(_RENAME, [scope, holder_id, folded])
    await _forget(work, former - set(_vocabulary(folded)))


async def remove_entry(work: Work, object_type: str, object_id: UUID) -> None:
    """Make an object unfindable, and forget the words only it held; it is no error if it was."""
    for row in await work.rows(_REMOVE, [work.scope.institution_id, object_type, object_id]):
        await _forget(work, set(_vocabulary(f"{row['holder_names']} {_headline(row['names'])}")))


async def remove_entries(work: Work, object_type: str, object_ids: Sequence[UUID]) -> None:
    """Do what `remove_entry` does for many objects, with two questions."""
    gone = await work.rows(_REMOVE_MANY, [work.scope.institution_id, object_type, list(object_ids)])
    await _forget(work, {w for row in gone for w in _vocabulary(f"{row['holder_names']} {_headline(row['names'])}")})


async def forget_unused_words(work: Work) -> None:
    """Forget every word of names that no entry of the institution holds any more."""
    await work.rows("SELECT forget_unused_words(NULL)")


async def _forget(work: Work, words: set[str]) -> None:
    if words:
        await work.rows("SELECT forget_unused_words($1)", [sorted(words)])


def _headline(names: str) -> str:
    return " ".join(names.split(" ")[:_HEADLINE_WORDS])


def _searched_text(text: str) -> str:
    folded = fold_text(text[:TEXT_LIMIT])
    return folded.encode()[:_TEXT_BYTES].decode(errors="ignore")


def _vocabulary(folded: str) -> list[str]:
    """Return the words that may be misspelt: neither short ones nor numbers."""
    return sorted(
        {word for word in folded.split(" ") if _SHORTEST_WORD <= len(word) <= _LONGEST_WORD and word.isalpha()}
    )
