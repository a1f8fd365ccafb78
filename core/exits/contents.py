"""What a case holds when it leaves: the cells of its line, its files, and the digests over both."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from core.exits.models import TransferLine
from core.kernel.database.work import Work

_CELLS: Final = """
SELECT c.id AS case_id, c.class_index, c.title, c.opened_on AS first_day,
       coalesce(c.closed_on, c.opened_on) AS last_day,
       coalesce(r.term, '') AS term, coalesce(r.footnote, '') AS footnote, coalesce(r.article, '') AS article,
       v.volumes, v.sheets
  FROM cases c
  LEFT JOIN rule_versions r ON r.institution_id = c.institution_id AND r.id = coalesce(c.rule_id, c.rule_root_id)
  CROSS JOIN LATERAL (
    SELECT greatest(1, count(*))::integer AS volumes, coalesce(sum(p.sheets), 0)::integer AS sheets
      FROM case_volumes p WHERE p.institution_id = c.institution_id AND p.case_id = c.id) v
 WHERE c.institution_id = $1 AND c.id = ANY ($2::uuid[])
 ORDER BY c.class_index, c.opened_on, c.title, c.id
"""
# A document of a personal file that was filed into a case of its own goes with that case.
_FILES: Final = """
SELECT c.id AS case_id, d.id AS document_id, v.id AS version_id, encode(v.sha256, 'hex') AS sha256, v.size
  FROM cases c
  JOIN documents d ON d.institution_id = c.institution_id AND (d.case_id = c.id
    OR d.case_id IS NULL AND c.subject_kind = 'personal_file' AND d.personal_file_id = c.subject_id)
  JOIN document_versions v ON v.institution_id = d.institution_id AND v.document_id = d.id
 WHERE c.institution_id = $1 AND c.id = ANY ($2::uuid[])
   AND d.state NOT IN ('withdrawn', 'refused') AND v.state NOT IN ('withdrawn', 'refused')
 ORDER BY c.id, d.id, v.id
"""
_DESCRIBED: Final = """
SELECT d.id AS document_id, d.kind, d.title, d.series, d.number, d.registration_number, d.issued_on, d.issued_by,
       d.programme, d.hours, d.authenticity, d.paper_carrier, d.paper_place, d.note, f.number AS personal_file,
       concat_ws(' ', p.family_name, p.given_name, p.patronymic) AS person, w.number AS volume, w.part,
       v.id AS version_id, v.ordinal, v.state, v.file_name, v.media_type, v.pages, v.size,
       encode(v.sha256, 'hex') AS sha256, v.uploaded_at, v.object_key, v.storage_version_id
  FROM cases c
  JOIN documents d ON d.institution_id = c.institution_id AND (d.case_id = c.id
    OR d.case_id IS NULL AND c.subject_kind = 'personal_file' AND d.personal_file_id = c.subject_id)
  JOIN document_versions v ON v.institution_id = d.institution_id AND v.document_id = d.id
  LEFT JOIN personal_files f ON f.institution_id = d.institution_id AND f.id = d.personal_file_id
  LEFT JOIN people p ON p.institution_id = f.institution_id AND p.id = f.person_id
  LEFT JOIN case_volumes w ON w.institution_id = d.institution_id AND w.id = d.volume_id
 WHERE c.institution_id = $1 AND c.id = $2
   AND d.state NOT IN ('withdrawn', 'refused') AND v.state NOT IN ('withdrawn', 'refused')
 ORDER BY d.id, v.id
"""
_FILES_HERE: Final = """
SELECT count(*)::integer AS files, coalesce(sum(v.size), 0)::bigint AS bytes FROM documents d
  JOIN document_versions v ON v.institution_id = d.institution_id AND v.document_id = d.id
 WHERE d.institution_id = $1 AND d.case_id = ANY ($2::uuid[]) AND v.state IN ('kept', 'quarantined')
"""
_SAID: Final = (
    "case_id",
    "class_index",
    "title",
    "first_day",
    "last_day",
    "volumes",
    "sheets",
    "term",
    "footnote",
    "article",
)

Content = list[list[str | int]]


async def cells(work: Work, case_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return what lines say of these cases, in the order of an inventory."""
    return await work.rows(_CELLS, [work.scope.institution_id, list(case_ids)])


async def files_of(work: Work, case_ids: Sequence[UUID]) -> dict[UUID, Content]:
    """Return every file of these cases as it is now: document, version, SHA-256, size; in the order of the ids."""
    found: dict[UUID, Content] = {case_id: [] for case_id in case_ids}
    for row in await work.rows(_FILES, [work.scope.institution_id, list(case_ids)]):
        entry: list[str | int] = [str(row["document_id"]), str(row["version_id"]), row["sha256"], row["size"]]
        found[row["case_id"]].append(entry)
    return found


async def described_files(work: Work, case_id: UUID) -> list[dict[str, Any]]:
    """Return every file of a case with its document, as a package describes it."""
    return await work.rows(_DESCRIBED, [work.scope.institution_id, case_id])


async def files_here(work: Work, case_ids: Sequence[UUID]) -> tuple[int, int]:
    """Return how many files of these cases still lie in this service, and their bytes."""
    [row] = await work.rows(_FILES_HERE, [work.scope.institution_id, list(case_ids)])
    return row["files"], row["bytes"]


def line_digest(said: dict[str, Any], content: Content) -> bytes:
    """Return the SHA-256 over everything that a line says of its case, its files included."""
    plain = {name: value if isinstance(value := said[name], int) else str(value) for name in _SAID}
    text = json.dumps({**plain, "content": content}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()


def list_digest(lines: Iterable[TransferLine]) -> bytes:
    """Return the SHA-256 over these lines with their ids, whatever their order."""
    said = hashlib.sha256()
    for line in sorted(lines, key=lambda each: each.id):
        said.update(line.id.bytes)
        said.update(line.digest)
    return said.digest()
