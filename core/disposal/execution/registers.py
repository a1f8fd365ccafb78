"""Where a destruction writes down what goes and what was proved absent: lines, their documents, their objects.

Acts have such a register, and so has whatever else destroys documents after a decision of people.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.disposal.execution.listing import FoundObject, GoingDocument
from core.kernel.database.work import Work
from storage.objects import ProofOfAbsence

SEE_DOOMED: Final = "SELECT set_config('deloteka.destroying', 'on', true)"
"""Lets a transaction see documents and personal files whose destruction has begun."""
_GOING: Final = """
SELECT g.document_id, g.line_id, EXISTS (
         SELECT FROM document_versions v WHERE v.institution_id = $1 AND v.document_id = g.document_id
            AND v.verdict = 'quarantined') AS quarantined
  FROM {documents}($1, $2) AS g ORDER BY g.document_id
"""
_KNOWN: Final = """
INSERT INTO {objects} (institution_id, line_id, document_id, key, version_id, role, sha256, size, listed_at)
SELECT $1::uuid, g.line_id, g.document_id, v.object_key, v.storage_version_id, 'original', v.sha256, v.size,
       $3::timestamptz
  FROM {documents}($1, $2) AS g
  JOIN document_versions v ON v.institution_id = $1 AND v.document_id = g.document_id
UNION ALL
SELECT $1, g.line_id, g.document_id, r.object_key, r.storage_version_id, 'rendition', NULL, r.size, $3::timestamptz
  FROM {documents}($1, $2) AS g
  JOIN document_versions v ON v.institution_id = $1 AND v.document_id = g.document_id
  JOIN renditions r ON r.institution_id = $1 AND r.version_id = v.id
"""
_FOUND: Final = """
INSERT INTO {objects} (institution_id, line_id, document_id, key, version_id, role, size, delete_marker, listed_at)
SELECT $1::uuid, f.line_id, f.document_id, f.key, f.version_id, f.role, f.size, f.delete_marker, $3::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS f(line_id uuid, document_id uuid, key text, version_id text, role text,
       size bigint, delete_marker boolean)
ON CONFLICT (line_id, key, version_id) DO NOTHING
"""
_DOOMED: Final = """
SELECT line_id, document_id, key, array_agg(version_id) AS versions FROM {objects}
 WHERE institution_id = $1 AND line_id = ANY ($2::uuid[]) AND absent_at IS NULL
 GROUP BY line_id, document_id, key ORDER BY key
"""
_VERSIONS: Final = """
SELECT v.id, v.document_id FROM {documents}($1, $2) AS g
  JOIN document_versions v ON v.institution_id = $1 AND v.document_id = g.document_id
"""
# No hold covered a line when it passed the point of no return, so one that covers it now came later; and what storage
# was told of earlier holds and verdicts may still stand there. A legal hold that is neither was set by somebody else.
_EXPLAINED: Final = """
SELECT l.id FROM {lines} l
  JOIN holds_over_cases($1, ARRAY(SELECT case_id FROM {lines} WHERE institution_id = $1 AND id = ANY ($2::uuid[]))) AS h
    ON h.case_id = l.case_id
 WHERE l.institution_id = $1 AND l.id = ANY ($2::uuid[])
 UNION
SELECT g.line_id FROM {documents}($1, $2) AS g
  JOIN document_versions v ON v.institution_id = $1 AND v.document_id = g.document_id
  JOIN storage_locks s ON s.institution_id = $1 AND s.version_id = v.id
 WHERE s.legal_hold OR NOT s.settled
"""
# Versions that storage listed only while it was asked to delete them went with their key, which was written down.
_FOUND_LATE: Final = """
INSERT INTO {objects} (institution_id, line_id, document_id, key, version_id, role, size, listed_at)
SELECT DISTINCT ON (k.line_id, k.key, p.version_id)
       $1::uuid, k.line_id, k.document_id, k.key, p.version_id, k.role, 0, $3::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS p(key text, version_id text)
  JOIN {objects} k ON k.institution_id = $1 AND k.key = p.key AND k.line_id = ANY ($4::uuid[])
ON CONFLICT (line_id, key, version_id) DO NOTHING
"""
# A key without a proof keeps its line from ending: a trigger refuses it.
_ABSENT: Final = """
UPDATE {objects} SET absent_at = $3, attempt_id = $4
 WHERE institution_id = $1 AND line_id = ANY ($2::uuid[]) AND absent_at IS NULL AND key = ANY ($5::text[])
"""


@dataclass(frozen=True, slots=True)
class DoomedKey:
    """A key whose every version goes, as it was written down."""

    line_id: UUID
    document_id: UUID
    key: str
    versions: tuple[str, ...]
    """Those that are not proved absent yet."""


@dataclass(frozen=True, slots=True)
class Register:
    """The register of one kind of destruction, by its names in the database."""

    lines: str
    """Table: `id`, `case_id`."""
    documents: str
    """Function of an institution and lines: `line_id`, `document_id` of what goes with them."""
    objects: str
    """Table: every version in storage, and since when it is proved absent."""

    def _ask(self, question: str) -> str:
        return question.format(lines=self.lines, documents=self.documents, objects=self.objects)

    async def going(self, work: Work, lines: Collection[UUID]) -> list[GoingDocument]:
        """Return every document that goes with these lines."""
        rows = await work.rows(self._ask(_GOING), [work.scope.institution_id, list(lines)])
        return [GoingDocument(row["document_id"], row["line_id"], row["quarantined"]) for row in rows]

    async def write_known(self, work: Work, lines: Collection[UUID]) -> None:
        """Write down every version that the rows of the documents name."""
        await work.run(self._ask(_KNOWN), [work.scope.institution_id, list(lines), work.now])

    async def write_found(self, work: Work, found: Sequence[FoundObject]) -> int:
        """Write down what storage listed; return how many versions were new."""
        if not found:
            return 0
        said = json.dumps([each.as_json() for each in found])
        return await work.run(self._ask(_FOUND), [work.scope.institution_id, said, work.now])

    async def doomed(self, work: Work, lines: Collection[UUID]) -> list[DoomedKey]:
        """Return the keys of these lines with versions that are not proved absent."""
        rows = await work.rows(self._ask(_DOOMED), [work.scope.institution_id, list(lines)])
        return [DoomedKey(row["line_id"], row["document_id"], row["key"], tuple(row["versions"])) for row in rows]

    async def versions(self, work: Work, lines: Collection[UUID]) -> dict[UUID, UUID]:
        """Return the versions that go with these lines, each with its document."""
        rows = await work.rows(self._ask(_VERSIONS), [work.scope.institution_id, list(lines)])
        return {row["id"]: row["document_id"] for row in rows}

    async def explained(self, work: Work, lines: Collection[UUID]) -> frozenset[UUID]:
        """Return the lines whose legal holds in storage are marks of the register of holds."""
        rows = await work.rows(self._ask(_EXPLAINED), [work.scope.institution_id, list(lines)])
        return frozenset(row["id"] for row in rows)

    async def write_absent(
        self, work: Work, lines: Collection[UUID], proofs: Mapping[str, ProofOfAbsence], attempt_id: UUID
    ) -> None:
        """Write down the proofs of these lines, which are by key."""
        found: list[dict[str, Any]] = [
            {"key": key, "version_id": version} for key, proof in proofs.items() for version in proof.version_ids
        ]
        institution, ids = work.scope.institution_id, list(lines)
        await work.run(self._ask(_FOUND_LATE), [institution, json.dumps(found), work.now, ids])
        await work.run(self._ask(_ABSENT), [institution, ids, work.now, attempt_id, list(proofs)])


ACTS: Final = Register(lines="disposal_act_lines", documents="documents_of_lines", objects="disposal_objects")
