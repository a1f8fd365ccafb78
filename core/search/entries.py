"""What can be found: one entry for each person, group or document."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.search.folding import fold_number, fold_text

TEXT_LIMIT: Final = 200_000
"""Characters of recognised text that are searched; PostgreSQL limits a text vector to 1 MiB."""

_PUT: Final = """
INSERT INTO search_entries
  (institution_id, object_type, object_id, person_id, title, names, person_names, numbers, word_vector, text_vector)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
  setweight(to_tsvector('russian', $7), 'A') || setweight(to_tsvector('russian', $6), 'B')
    || setweight(to_tsvector('simple', $8), 'A'),
  to_tsvector('russian', coalesce($9, '')))
ON CONFLICT (institution_id, object_type, object_id) DO UPDATE SET
  person_id = EXCLUDED.person_id, title = EXCLUDED.title, names = EXCLUDED.names,
  person_names = EXCLUDED.person_names, numbers = EXCLUDED.numbers, word_vector = EXCLUDED.word_vector,
  text_vector = CASE WHEN $9::text IS NULL THEN search_entries.text_vector ELSE EXCLUDED.text_vector END
"""

_RENAME: Final = """
UPDATE search_entries SET person_names = $3,
  word_vector = setweight(to_tsvector('russian', $3), 'A') || setweight(to_tsvector('russian', names), 'B')
    || setweight(to_tsvector('simple', numbers), 'A')
WHERE institution_id = $1 AND person_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEntry:
    """What of one object goes into the search; words and numbers as people wrote them."""

    object_type: str
    object_id: UUID
    title: str
    """What a hit shows."""
    names: str = ""
    numbers: tuple[str, ...] = ()
    person_id: UUID | None = None
    """The learner the object belongs to, or is."""
    person_names: str = ""
    text: str | None = None
    """Text of the content; None leaves what is there."""


async def put_entry(work: Work, entry: SearchEntry) -> None:
    """Make an object findable, or refresh how it is found."""
    text = None if entry.text is None else fold_text(entry.text[:TEXT_LIMIT])
    numbers = " ".join(folded for folded in map(fold_number, entry.numbers) if folded)
    await work.run(
        _PUT,
        [
            work.scope.institution_id,
            entry.object_type,
            entry.object_id,
            entry.person_id,
            entry.title,
            fold_text(entry.names),
            fold_text(entry.person_names),
            numbers,
            text,
        ],
    )


async def rename_person(work: Work, person_id: UUID, person_names: str) -> None:
    """Let everything that belongs to a person be found under the new name."""
    await work.run(_RENAME, [work.scope.institution_id, person_id, fold_text(person_names)])


async def remove_entry(work: Work, object_type: str, object_id: UUID) -> None:
    """Make an object unfindable; it is no error if it was."""
    await work.run(
        "DELETE FROM search_entries WHERE institution_id = $1 AND object_type = $2 AND object_id = $3",
        [work.scope.institution_id, object_type, object_id],
    )
