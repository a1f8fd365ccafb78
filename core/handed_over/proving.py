"""The end of copies: proof, stub and the end of their rows in one transaction, once storage confirmed every absence."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.disposal.execution.beginning import SEE_DOOMED
from core.handed_over.models import CopyDecision, CopyLine, CopyLineState
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.search.entries import remove_entries
from storage.objects import ProofOfAbsence

_LOCK: Final = """
SELECT id FROM cases WHERE institution_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE
"""
# Versions that storage listed only while it was asked to delete them went with their key, which was written down.
_FOUND_LATE: Final = """
INSERT INTO copy_objects (institution_id, line_id, document_id, key, version_id, role, size, listed_at)
SELECT DISTINCT ON (k.line_id, k.key, p.version_id)
       $1::uuid, k.line_id, k.document_id, k.key, p.version_id, k.role, 0, $3::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS p(key text, version_id text)
  JOIN copy_objects k ON k.institution_id = $1 AND k.key = p.key AND k.line_id = ANY ($4::uuid[])
ON CONFLICT (line_id, key, version_id) DO NOTHING
"""
# A key without a proof keeps its line from ending: a trigger refuses it.
_ABSENT: Final = """
UPDATE copy_objects SET absent_at = $3, attempt_id = $4
 WHERE institution_id = $1 AND line_id = ANY ($2::uuid[]) AND absent_at IS NULL AND key = ANY ($5::text[])
"""
_DOCUMENTS: Final = """
SELECT id, case_id, files FROM document_stubs
 WHERE institution_id = $1 AND act_id = $3 AND case_id = ANY ($2::uuid[]) AND destroyed_at IS NULL ORDER BY id
"""
_BLANK: Final = """
SELECT blank_audit_payloads('document', e.object, e.reason)
  FROM unnest($1::text[], $2::uuid[]) AS e(object, reason)
"""
_KEYS: Final = """
DELETE FROM idempotency_keys k USING document_versions v
 WHERE k.institution_id = $1 AND k.object_type = 'document_version' AND k.object_id = v.id AND v.institution_id = $1
   AND v.document_id = ANY ($2::uuid[])
"""
_ROWS: Final = "DELETE FROM documents WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
_GONE: Final = """
UPDATE document_stubs SET destroyed_at = $3 WHERE institution_id = $1 AND id = ANY ($2::uuid[])
"""


async def finish_copies(
    work: Work,
    decision: CopyDecision,
    attempt_id: UUID,
    line_ids: Sequence[UUID],
    proofs: Mapping[str, ProofOfAbsence],
) -> int:
    """Write the proofs of lines whose every version is absent, and let the rows of their documents go; return how many.

    The cases stay what they are: transferred. A line that has ended already is passed over.
    """
    institution = work.scope.institution_id
    lines = await CopyLine.filter(id__in=list(line_ids), state=CopyLineState.DESTROYING).order_by("id")
    if not lines:
        return 0
    ids, case_ids = [line.id for line in lines], [line.case_id for line in lines]
    await work.rows(_LOCK, [institution, case_ids])
    await work.rows(SEE_DOOMED)
    found = [{"key": key, "version_id": version} for key, proof in proofs.items() for version in proof.version_ids]
    await work.run(_FOUND_LATE, [institution, json.dumps(found), work.now, ids])
    await work.run(_ABSENT, [institution, ids, work.now, attempt_id, list(proofs)])
    documents = await work.rows(_DOCUMENTS, [institution, case_ids, decision.id])
    await _remove_rows(work, decision, documents)
    changed = await CopyLine.filter(id__in=ids, state=CopyLineState.DESTROYING).update(
        state=CopyLineState.DESTROYED, ended_at=work.now
    )
    if changed != len(ids):
        raise StaleState
    _tell(work, decision, lines, documents)
    return len(lines)


async def _remove_rows(work: Work, decision: CopyDecision, documents: Sequence[dict[str, Any]]) -> None:
    if not documents:
        return
    institution, ids = work.scope.institution_id, [row["id"] for row in documents]
    said = {"copy_decision": str(decision.id), "number": decision.number}
    reasons = [work.record("document.destroyed", "document", each, said) for each in ids]
    await work.flush()
    await work.rows(_BLANK, [[str(each) for each in ids], reasons])
    await work.run(_KEYS, [institution, ids])
    await remove_entries(work, "document", ids)
    await work.run(_ROWS, [institution, ids])
    await work.run(_GONE, [institution, ids, work.now])


def _tell(work: Work, decision: CopyDecision, lines: Sequence[CopyLine], documents: Sequence[dict[str, Any]]) -> None:
    counts: dict[UUID, list[int]] = {line.case_id: [0, 0] for line in lines}
    for row in documents:
        counts[row["case_id"]][0] += 1
        counts[row["case_id"]][1] += row["files"]
    for line in lines:
        gone, files = counts[line.case_id]
        named = {"decision": str(decision.id), "line": str(line.id)}
        said = {**named, "number": decision.number, "documents": gone, "files": files}
        work.record("case.copies_destroyed", "case", line.case_id, said)
        work.emit("copy_decision.line_destroyed", {**named, "case": str(line.case_id)})


async def fail_copies(work: Work, decision: CopyDecision, reasons: Mapping[UUID, str]) -> int:
    """Say of lines that they could not be finished; they stay half destroyed until two executors go on."""
    lines = await CopyLine.filter(id__in=list(reasons), state=CopyLineState.DESTROYING).order_by("id")
    for line in lines:
        await CopyLine.filter(id=line.id, state=CopyLineState.DESTROYING).update(
            state=CopyLineState.FAILED, reason=reasons[line.id]
        )
        said = {"decision": str(decision.id), "line": str(line.id), "reason": reasons[line.id]}
        work.record("copy_decision.line_failed", "case", line.case_id, said)
    return len(lines)
