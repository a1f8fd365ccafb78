"""What a line says of its case, and the digests that keep it from being changed between submission and destruction."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
WITH filed AS (
  SELECT d.case_id, d.id, d.state FROM documents d WHERE d.institution_id = $1 AND d.case_id = ANY ($2::uuid[])
  UNION ALL
  SELECT c.id, d.id, d.state FROM cases c
    JOIN documents d ON d.institution_id = $1 AND d.personal_file_id = c.subject_id AND d.case_id IS NULL
   WHERE c.institution_id = $1 AND c.id = ANY ($2::uuid[]) AND c.subject_kind = 'personal_file')
SELECT f.case_id, f.id AS document_id, v.id AS version_id, encode(v.sha256, 'hex') AS sha256, v.size
  FROM filed f JOIN document_versions v ON v.institution_id = $1 AND v.document_id = f.id
 WHERE f.state NOT IN ('withdrawn', 'refused') AND v.state NOT IN ('withdrawn', 'refused')
 ORDER BY f.case_id, f.id, v.id
"""
FROZEN_CELLS: Final = (
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
    "carried",
)
_CARRIED: Final = """
SELECT case_id, person_id::text AS person, counts, unarchived FROM people_going($1, $2, $3)
"""
_KEPT: Final = """
SELECT p.person_id, array_remove(array_agg(k.keeper ORDER BY k.keeper), NULL) AS kept_by FROM case_persons p
  LEFT JOIN LATERAL what_keeps_people(ARRAY[p.person_id], $2, '{}', $4) AS k ON true
 WHERE p.institution_id = $1 AND p.case_id = $3 GROUP BY p.person_id ORDER BY p.person_id
"""
_AT_ONCE: Final = 200
"""Cases whose learners are looked at by one question: each may have thousands of results."""

Content = list[list[str | int]]
Carried = list[dict[str, Any]]
"""Learners whose rows go with a case: `person_id`, `counts` of rows by kind, `unarchived` results; by their ids."""


@dataclass(frozen=True, slots=True)
class Going:
    """What goes with a case: its files, and rows of the registry."""

    content: Content
    carried: Carried

    def within(self, approved: "Going") -> bool:
        """Tell whether these are the files that people approved, and no more rows than they did.

        Whom something keeps meanwhile stays in the registry, and the case goes all the same.
        """
        people = {each["person_id"]: each for each in approved.carried}
        return self.content == approved.content and all(
            each["person_id"] in people
            and each["counts"] == people[each["person_id"]]["counts"]
            and each["unarchived"] <= people[each["person_id"]]["unarchived"]
            for each in self.carried
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The line that a case would make."""

    line_id: UUID
    case: Case
    judgement: Judgement
    cells: dict[str, Any]
    """What the line says, its reasons and files aside."""

    def same_as(self, other: "Snapshot") -> bool:
        """Tell whether the line would say the same, for the same reasons."""
        return self.cells == other.cells and self.judgement == other.judgement

    def columns(self, going: Going) -> dict[str, Any]:
        """Return the columns of the line with what goes with it, its digest in hexadecimal."""
        said = explanation(self.judgement.verdict)
        files = {"content": going.content, "carried": going.carried}
        made = {"case_id": self.case.id, "explanation": said, **files, **self.cells}
        return {"id": self.line_id, **made, "digest": f"\\x{digest_of(made).hex()}"}


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


async def going(work: Work, case_ids: Sequence[UUID], *, act_id: UUID, today: date) -> dict[UUID, Going]:
    """Return what goes with these cases as it is now, if they and all other cases of the act go."""
    files = await contents(work, case_ids)
    carried: dict[UUID, Carried] = {case_id: [] for case_id in case_ids}
    for start in range(0, len(case_ids), _AT_ONCE):
        for row in await work.rows(_CARRIED, [act_id, list(case_ids[start : start + _AT_ONCE]), today]):
            said = {"person_id": row["person"], "counts": json.loads(row["counts"]), "unarchived": row["unarchived"]}
            carried[row["case_id"]].append(said)
    return {case_id: Going(files[case_id], carried[case_id]) for case_id in case_ids}


async def what_keeps_learners(work: Work, line: DisposalActLine, *, today: date) -> dict[UUID, list[str]]:
    """Return every learner of the case of a line, with what keeps the rows in the registry if all of the act goes."""
    rows = await work.rows(_KEPT, [work.scope.institution_id, line.act_id, line.case_id, today])
    return {row["person_id"]: list(row["kept_by"]) for row in rows}


def line_digest(line: DisposalActLine) -> bytes:
    """Return the SHA-256 over everything that a line says of its case, its files included."""
    return digest_of({name: getattr(line, name) for name in FROZEN_CELLS})


def digest_of(cells: Mapping[str, Any]) -> bytes:
    """Return the same over the columns of a line; further ones do not count."""
    said = {name: _plain(cells[name]) for name in FROZEN_CELLS}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).digest()


class ListDigest:
    """The SHA-256 over lines with their ids, which are added in the order of the ids."""

    def __init__(self) -> None:
        self._said = hashlib.sha256()

    def add(self, line_id: UUID, digest: bytes) -> None:
        """Take one more line with its digest."""
        self._said.update(line_id.bytes)
        self._said.update(digest)

    @property
    def value(self) -> bytes:
        """The digest of what was added."""
        return self._said.digest()


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | list) else str(value)
