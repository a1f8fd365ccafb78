"""Applies the destruction ledger to a restored database, before anybody is served: what was ended, ends again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.disposal.execution.copies import end_copies
from core.disposal.execution.people import silence, told_of
from core.documents.models import Document, DocumentVersion
from core.documents.search_entry import index_document
from core.kernel.audit.blanking import blank_payloads
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.origins.forgetting import EndingAct
from core.preservation.ledger import LedgerEntry
from core.search.entries import remove_entry
from retention.lifecycle import DocumentState

SOURCE: Final = "restore"
_GUARDED: Final = (
    "cases",
    "personal_files",
    "documents",
    "document_versions",
    "holds",
    "hold_targets",
    "ended_people",
    "destruction_ledger",
)
# The look at holds and the ledger's own triggers: the ends were decided, looked at and entered before.
_SWITCH: Final = "ALTER TABLE {table} {verb} TRIGGER USER"
# What imports and exports say of documents goes with them here too, and so do the rows of learners.
_FOLLOW: Final = "ALTER TABLE {table} ENABLE TRIGGER {trigger}"
_FOLLOWING: Final = (
    ("documents", "forgets_files"),
    ("documents", "differences_go"),
    ("ended_people", "ends_rows"),
)
_KNOWN: Final = "SELECT id FROM destruction_ledger WHERE institution_id = $1"
_ENTER: Final = """
INSERT INTO destruction_ledger (id, institution_id, entered_at, kind, object_id, body)
SELECT e.id, $1, e.entered_at, e.kind, e.object_id, e.body FROM jsonb_to_recordset($2::jsonb)
  AS e(id uuid, entered_at timestamptz, kind text, object_id uuid, body jsonb)
"""
_COPY_AGAIN: Final = """
INSERT INTO destruction_ledger_waiting (entry_id, institution_id)
SELECT id, institution_id FROM destruction_ledger WHERE institution_id = $1 ON CONFLICT DO NOTHING
"""
_HOLD: Final = """
INSERT INTO holds SELECT * FROM jsonb_populate_record(NULL::holds, $1::jsonb)
ON CONFLICT (id) DO UPDATE SET (state, lifted_by, lifted_at, lift_reason, lift_document, revision) =
  (EXCLUDED.state, EXCLUDED.lifted_by, EXCLUDED.lifted_at, EXCLUDED.lift_reason, EXCLUDED.lift_document,
   EXCLUDED.revision)
 WHERE holds.revision < EXCLUDED.revision
"""
_TARGET: Final = """
INSERT INTO hold_targets SELECT t.* FROM jsonb_populate_record(NULL::hold_targets, $1::jsonb) AS t
 WHERE EXISTS (SELECT FROM holds h WHERE h.institution_id = t.institution_id AND h.id = t.hold_id)
   AND (t.case_id IS NULL
        OR EXISTS (SELECT FROM cases c WHERE c.institution_id = t.institution_id AND c.id = t.case_id))
   AND (t.person_id IS NULL
        OR EXISTS (SELECT FROM people p WHERE p.institution_id = t.institution_id AND p.id = t.person_id))
ON CONFLICT DO NOTHING
"""
_REFUSED: Final = """
UPDATE document_versions SET state = 'refused', decided_by = $3, decided_at = $4, decision_reason = $5,
  bytes_gone_at = $6, proposal = '{}'
 WHERE institution_id = $1 AND id = $2 AND bytes_gone_at IS NULL
"""
_REFUSED_DOCUMENT: Final = """
UPDATE documents SET state = 'refused', decided_by = $3, decided_at = $4, decision_reason = $5, revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND state = 'quarantined'
"""
_EMPTIED: Final = """
UPDATE connection_files SET removed_at = coalesce(removed_at, $3), emptied_at = $3
 WHERE institution_id = $1 AND id = $2 AND emptied_at IS NULL
RETURNING connection_id
"""
_PERSON: Final = """
INSERT INTO ended_people (id, institution_id, person_id, act, counts, noted_at)
SELECT gen_random_uuid(), $1, p.id, $3::jsonb, $4::jsonb, $5 FROM people p
 WHERE p.institution_id = $1 AND p.id = $2 AND p.ended_at IS NULL
ON CONFLICT ON CONSTRAINT ended_people_once DO UPDATE SET act = EXCLUDED.act, counts = EXCLUDED.counts
"""
_PERSON_ENDS: Final = """
UPDATE ended_people SET ended_at = $3 WHERE institution_id = $1 AND person_id = $2 AND ended_at IS NULL
RETURNING person_id, act ->> 'id' AS act, counts::text AS counts
"""
_LAST_ORDINAL: Final = """
UPDATE documents SET revision = revision + 1, last_ordinal = (
  SELECT coalesce(max(v.ordinal), 1) FROM document_versions v
   WHERE v.institution_id = $1 AND v.document_id = $2 AND v.state <> 'withdrawn')
 WHERE institution_id = $1 AND id = $2
"""


# What the backup knows as open was closed later, and then destroyed.
_CASE: Final = """
UPDATE cases SET state = 'destroyed', electronic_fate = $3, revision = revision + 1,
  closed_on = coalesce(closed_on, greatest(opened_on, last_document_on, $4::timestamptz::date))
 WHERE institution_id = $1 AND id = $2 AND state <> 'destroyed'
RETURNING CASE subject_kind WHEN 'personal_file' THEN subject_id END AS file_id
"""
_FILE: Final = """
UPDATE personal_files SET destruction_began_at = $3::timestamptz, note = ''
 WHERE institution_id = $1 AND id = $2 AND destruction_began_at IS NULL
"""


@dataclass(slots=True)
class Applied:
    """What the ledger changed."""

    documents: int = 0
    """Documents that were removed."""
    versions: int = 0
    """Versions that were removed, those of removed documents aside."""
    refusals: int = 0
    given_files: int = 0
    """Files given to connections that the backup knows as present."""
    cases: int = 0
    """Cases whose end the backup did not know."""
    people: int = 0
    """Learners whose end the backup did not know."""
    holds: int = 0
    """Holds that were placed, extended or lifted after the backup."""
    targets_unknown: int = 0
    """Things a later hold names and the backup does not know."""
    entries: int = 0
    """Entries of the ledger that the backup did not know."""
    gone: set[str] = field(default_factory=set)
    """Ids of the documents that were removed."""


@dataclass(frozen=True, slots=True)
class EndedRows:
    """Ids of what must not come back."""

    versions: frozenset[str]
    """Whose bytes are gone."""
    documents: frozenset[str]
    given_files: frozenset[str]
    """Whose bytes are gone."""


def ended_rows(entries: Sequence[LedgerEntry]) -> EndedRows:
    """Return what the ledger has ended."""

    def of(*kinds: str) -> frozenset[str]:
        return frozenset(str(each.object_id) for each in entries if each.kind in kinds)

    return EndedRows(of("version_gone", "bytes_gone"), of("document_gone"), of("given_file_gone"))


async def apply_ledger(database: Database, institution_id: UUID, entries: Sequence[LedgerEntry]) -> Applied:
    """Apply the entries of one institution in one transaction, as the schema's owner; can be repeated.

    The whole ledger is applied, not only what is later than the backup: what the backup knows is done already.
    Raises `DatabaseUnavailable`.
    """
    applied = Applied()
    scope = Scope(institution_id=institution_id, source=SOURCE)
    async with database.work(scope) as work:
        known = {row["id"] for row in await work.rows(_KNOWN, [institution_id])}
        fresh = [each for each in entries if each.id not in known]
        applied.entries = len(fresh)
        await _switch(work, "DISABLE")
        await work.run(_ENTER, [institution_id, json.dumps([each.as_json() for each in fresh])])
        await work.run(_COPY_AGAIN, [institution_id])
        for each in fresh:
            await _apply(work, each, applied)
        await _forget_people(work, fresh)
        # Records are written before the triggers come back, since a table with unfinished work cannot be altered.
        await work.flush()
        await _switch(work, "ENABLE")
    return applied


async def _switch(work: Work, verb: str) -> None:
    for table in _GUARDED:
        await work.run(_SWITCH.format(table=table, verb=verb))
    for table, trigger in _FOLLOWING if verb == "DISABLE" else ():
        await work.run(_FOLLOW.format(table=table, trigger=trigger))


async def _apply(work: Work, entry: LedgerEntry, applied: Applied) -> None:
    match entry.kind:
        case "document_gone":
            await _remove_document(work, entry.object_id, applied)
        case "version_gone":
            await _remove_version(work, entry, applied)
        case "bytes_gone":
            await _refuse(work, entry, applied)
        case "case_gone":
            await _end_case(work, entry, applied)
        case "person_gone":
            await _end_person(work, entry, applied)
        case "given_file_gone":
            await _empty_given_file(work, entry, applied)
        case "hold":
            applied.holds += await work.run(_HOLD, [json.dumps(dict(entry.body))])
        case _:
            placed = await work.run(_TARGET, [json.dumps(dict(entry.body))])
            applied.targets_unknown += not placed


async def _end_case(work: Work, entry: LedgerEntry, applied: Applied) -> None:
    key = [work.scope.institution_id, entry.object_id]
    for row in await work.rows(_CASE, [*key, entry.body["electronic_fate"], entry.entered_at]):
        await remove_entry(work, "case", entry.object_id)
        work.record("case.end_repeated", "case", entry.object_id, {"because": "destruction ledger"})
        applied.cases += 1
        if row["file_id"] is not None:
            await work.run(_FILE, [work.scope.institution_id, row["file_id"], entry.entered_at])
            await remove_entry(work, "personal_file", row["file_id"])
            reason = work.record("personal_file.erased", "personal_file", row["file_id"])
            await blank_payloads(work, "personal_file", row["file_id"], reason)


async def _end_person(work: Work, entry: LedgerEntry, applied: Applied) -> None:
    """Let the rows of a learner go once more, and what is said of them: also what the backup knows beyond them."""
    person, said = entry.object_id, [json.dumps(entry.body[name], ensure_ascii=False) for name in ("act", "counts")]
    key = [work.scope.institution_id, person]
    if await work.run(_PERSON, [*key, *said, entry.entered_at]):
        told = await told_of(work, [person])
        ended = await work.rows(_PERSON_ENDS, [*key, entry.entered_at])
        await silence(work, ended, told, "erased")
        applied.people += len(ended)


async def _forget_people(work: Work, entries: Sequence[LedgerEntry]) -> None:
    """End what imports keep of people whose last file the ledger has ended."""
    cases: dict[str, list[UUID]] = {}
    for each in entries:
        if each.kind == "case_gone" and each.body.get("act"):
            cases.setdefault(json.dumps(each.body["act"], sort_keys=True), []).append(each.object_id)
    for act, ids in cases.items():
        await end_copies(work, EndingAct.from_json(json.loads(act)), ids)


async def _remove_document(work: Work, document_id: UUID, applied: Applied) -> None:
    key = [work.scope.institution_id, document_id]
    if await work.run("DELETE FROM documents WHERE institution_id = $1 AND id = $2", key):
        await remove_entry(work, "document", document_id)
        reason = work.record("document.erased", "document", document_id, {"because": "destruction ledger"})
        await blank_payloads(work, "document", document_id, reason)
        applied.documents += 1
        applied.gone.add(str(document_id))


async def _remove_version(work: Work, entry: LedgerEntry, applied: Applied) -> None:
    key = [work.scope.institution_id, entry.object_id]
    if await work.run("DELETE FROM document_versions WHERE institution_id = $1 AND id = $2", key):
        document = UUID(entry.body["document"])
        await work.run(_LAST_ORDINAL, [work.scope.institution_id, document])
        await _index_present(work, document)
        payload = {"version": str(entry.object_id), "because": "destruction ledger"}
        work.record("document.version_removed", "document", document, payload)
        applied.versions += 1


async def _index_present(work: Work, document_id: UUID) -> None:
    """Let the search know the words of the version that is the present one again, and forget those that went."""
    document = await Document.get_or_none(id=document_id)
    if document is None or document.state is DocumentState.REFUSED:
        return
    versions = DocumentVersion.filter(document_id=document_id, state=DocumentState.KEPT)
    present = await versions.order_by("-ordinal").first()
    await index_document(work, document, text=str(present.proposal.get("text") or "") if present else "")


async def _empty_given_file(work: Work, entry: LedgerEntry, applied: Applied) -> None:
    values = [work.scope.institution_id, entry.object_id, entry.entered_at]
    for row in await work.rows(_EMPTIED, values):
        said = {"file": str(entry.object_id), "because": "destruction ledger"}
        work.record("connection.file_removal_repeated", "connection", row["connection_id"], said)
        applied.given_files += 1


async def _refuse(work: Work, entry: LedgerEntry, applied: Applied) -> None:
    body: Mapping[str, Any] = entry.body
    decided = [UUID(body["decided_by"]), _moment(body["decided_at"]), body["reason"]]
    key = [work.scope.institution_id, entry.object_id]
    if await work.run(_REFUSED, [*key, *decided, _moment(body["bytes_gone_at"])]):
        document = UUID(body["document"])
        if body["document_state"] == "refused":
            await work.run(_REFUSED_DOCUMENT, [work.scope.institution_id, document, *decided])
            await remove_entry(work, "document", document)
        payload = {"version": str(entry.object_id), "because": "destruction ledger"}
        work.record("document.refusal_repeated", "document", document, payload)
        applied.refusals += 1


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
