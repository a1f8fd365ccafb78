"""What a line says of its case, and the digests that keep it from being changed between submission and destruction."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.cases.models import Case
from core.cases.verdicts import Judgement, explanation
from core.disposal.models import DisposalActLine
from core.kernel.database.work import Work

_CELLS: Final = """
SELECT c.id AS case_id, coalesce(nullif(s.code, ''), s.title) AS section, rc.title AS class_title,
       v.year AS nomenclature_year,
       greatest(1, (SELECT count(*) FROM case_volumes p WHERE p.institution_id = $1 AND p.case_id = c.id))::integer
         AS volumes
  FROM cases c
  JOIN record_classes rc ON rc.institution_id = c.institution_id AND rc.id = c.class_id
  JOIN nomenclature_sections s ON s.institution_id = c.institution_id AND s.id = rc.section_id
  JOIN nomenclature_versions v ON v.institution_id = c.institution_id AND v.id = rc.version_id
 WHERE c.institution_id = $1 AND c.id = ANY ($2::uuid[])
"""
_RULES: Final = """
SELECT id, term, footnote, article FROM rule_versions WHERE institution_id = $1 AND id = ANY ($2::uuid[])
"""
# A document of a personal file that was filed into a case of its own goes with that case.
_CONTENT: Final = """
SELECT c.id AS case_id, d.id AS document_id, v.id AS version_id, encode(v.sha256, 'hex') AS sha256, v.size
  FROM cases c
  JOIN documents d ON d.institution_id = c.institution_id AND (d.case_id = c.id
    OR d.case_id IS NULL AND c.subject_kind = 'personal_file' AND d.personal_file_id = c.subject_id)
  JOIN document_versions v ON v.institution_id = d.institution_id AND v.document_id = d.id
 WHERE c.institution_id = $1 AND c.id = ANY ($2::uuid[])
   AND d.state NOT IN ('withdrawn', 'refused') AND v.state NOT IN ('withdrawn', 'refused')
 ORDER BY c.id, d.id, v.id
"""
_FROZEN: Final = (
    "case_id",
    "section",
    "class_index",
    "title",
    "class_title",
    "first_year",
    "last_year",
    "nomenclature_year",
    "volumes",
    "term",
    "article",
    "rule_id",
    "earliest_act_date",
    "content",
)

Content = list[list[str | int]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The line that a case would make."""

    line_id: UUID
    case: Case
    judgement: Judgement
    cells: dict[str, Any]

    def line(self, content: Content) -> DisposalActLine:
        """Return the line with these files, not yet on an act."""
        made = DisposalActLine(id=self.line_id, case_id=self.case.id, content=content, digest=b"", **self.cells)
        made.digest = line_digest(made)
        return made


async def snapshots(
    work: Work, cases: Sequence[Case], judged: dict[UUID, Judgement], ids: dict[UUID, UUID]
) -> list[Snapshot]:
    """Return what the lines of these closed cases would say; `ids` are those of the lines, by case."""
    cells = await _by(work, _CELLS, [case.id for case in cases], "case_id")
    rules = await _by(work, _RULES, sorted({judged[case.id].rule_id for case in cases}), "id")
    return [
        Snapshot(ids[case.id], case, judged[case.id], _cells(case, judged[case.id], cells[case.id], rules))
        for case in cases
    ]


def _cells(case: Case, judgement: Judgement, row: dict[str, Any], rules: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    rule = rules[judgement.rule_id]
    closed_on, earliest = case.closed_on, judgement.verdict.earliest_act_date
    return {
        **{name: row[name] for name in ("section", "class_title", "nomenclature_year", "volumes")},
        "class_index": case.class_index,
        "title": case.title,
        "first_year": case.opened_on.year,
        "last_year": (closed_on or case.opened_on).year,
        "term": " ".join(part for part in (rule["term"], rule["footnote"]) if part),
        "article": rule["article"],
        "rule_id": judgement.rule_id,
        "earliest_act_date": earliest,
        "explanation": explanation(judgement.verdict),
    }


async def _by(work: Work, query: str, ids: Sequence[UUID], name: str) -> dict[UUID, dict[str, Any]]:
    return {row[name]: row for row in await work.rows(query, [work.scope.institution_id, list(ids)])}


async def contents(work: Work, case_ids: Sequence[UUID]) -> dict[UUID, Content]:
    """Return every file of these cases as it is now: document, version, SHA-256, size; in the order of the ids."""
    found: dict[UUID, Content] = {case_id: [] for case_id in case_ids}
    for row in await work.rows(_CONTENT, [work.scope.institution_id, list(case_ids)]):
        entry: list[str | int] = [str(row["document_id"]), str(row["version_id"]), row["sha256"], row["size"]]
        found[row["case_id"]].append(entry)
    return found


def line_digest(line: DisposalActLine) -> bytes:
    """Return the SHA-256 over everything that a line says of its case, its files included."""
    said = {name: _plain(getattr(line, name)) for name in _FROZEN}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).digest()


def list_digest(lines: Iterable[DisposalActLine]) -> bytes:
    """Return the SHA-256 over lines with their ids, each computed anew, whatever became of them since."""
    said = hashlib.sha256()
    for line in sorted(lines, key=lambda each: each.id):
        said.update(line.id.bytes)
        said.update(line_digest(line))
    return said.digest()


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | list) else str(value)
