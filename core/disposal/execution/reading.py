"""What an execution did, told at any moment: for the API, for the papers, and for the guards of the certificate."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.disposal.execution.models import ActAttempt, ActVacuum, PaperDestruction
from core.disposal.execution.services import Means
from core.disposal.gates import simple_facts
from core.disposal.holding import held_lines
from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.database.work import Work

_AT_ONCE: Final = 1000
_COUNTS: Final = """
SELECT count(*) AS listed, count(o.absent_at) AS absent,
       coalesce(sum(o.size) FILTER (WHERE o.absent_at IS NOT NULL), 0) AS bytes
  FROM disposal_objects o JOIN disposal_act_lines l ON l.institution_id = o.institution_id AND l.id = o.line_id
 WHERE o.institution_id = $1 AND l.act_id = $2
"""
_GONE: Final = """
SELECT s.id AS document_id, s.case_id, l.id AS line_id, s.kind, s.dated_on, s.received_at, s.files, s.destroyed_at,
       ARRAY(SELECT p.person_id FROM case_persons p WHERE p.institution_id = $1 AND p.case_id = s.case_id
              ORDER BY p.person_id) AS person_ids
  FROM document_stubs s
  JOIN disposal_act_lines l ON l.institution_id = s.institution_id AND l.act_id = s.act_id AND l.case_id = s.case_id
 WHERE s.institution_id = $1 AND s.act_id = $2 AND s.destroyed_at IS NOT NULL AND s.id > $3 ORDER BY s.id LIMIT $4
"""
_PROOFS: Final = """
SELECT o.line_id, o.document_id, o.key, o.version_id, o.role, o.sha256, o.size, o.delete_marker, o.absent_at,
       t.number AS attempt, t.announced_by, t.confirmed_by, t.means_name, t.means_version, t.means_certificate, o.id
  FROM disposal_objects o
  JOIN disposal_act_lines l ON l.institution_id = o.institution_id AND l.id = o.line_id
  JOIN act_attempts t ON t.institution_id = o.institution_id AND t.id = o.attempt_id
 WHERE o.institution_id = $1 AND l.act_id = $2 AND l.state = 'destroyed'
   AND (o.line_id, o.key, o.version_id) > ($3::uuid, $4, $5) ORDER BY o.line_id, o.key, o.version_id LIMIT $6
"""
_UNPROVED: Final = """
SELECT EXISTS (
  SELECT FROM disposal_act_lines l JOIN disposal_objects o ON o.line_id = l.id
   WHERE l.institution_id = $1 AND l.act_id = $2 AND l.state = 'destroyed' AND o.absent_at IS NULL) AS unproved
"""
_PAPER_OPEN: Final = """
SELECT l.id FROM disposal_act_lines l JOIN cases c ON c.institution_id = l.institution_id AND c.id = l.case_id
 WHERE l.institution_id = $1 AND l.act_id = $2 AND l.state = 'destroyed' AND c.paper_fate = 'kept' ORDER BY l.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an act does at this moment."""

    lines: dict[str, int]
    """By state; a line that a hold has taken off counts as held before it is marked."""
    attempts: tuple[ActAttempt, ...]
    objects: int
    """Versions written down."""
    absent: int
    """Those of them that storage said are absent."""
    bytes_gone: int
    vacuums: tuple[ActVacuum, ...]
    paper_open: tuple[UUID, ...]
    """Destroyed lines whose paper nobody has recorded as destroyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor:
    """One who executed an act."""

    attempt: int
    account_id: UUID
    part: str
    """`announced` or `confirmed`."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That storage said "absent" of one version."""

    line_id: UUID
    document_id: UUID
    key: str
    version_id: str
    role: str
    """`original` or `rendition`."""
    sha256: str | None
    """Of originals that the register knew."""
    size: int
    delete_marker: bool
    absent_at: datetime
    attempt: int
    executors: tuple[UUID, UUID]
    means: Means


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyedDocument:
    """What is left of a document that an act destroyed."""

    document_id: UUID
    case_id: UUID
    line_id: UUID
    kind: str
    dated_on: Any
    """Date of the document, if it had one."""
    received_at: datetime
    files: int
    destroyed_at: datetime
    person_ids: tuple[UUID, ...]
    """Whom its case is about."""


async def progress_of(work: Work, act: DisposalAct) -> Progress:
    """Look at the execution of an act; changes nothing."""
    states = (await simple_facts(act)).lines
    held = len(await held_lines(work, act.id))
    lines = {state.value: count for state, count in states.items()}
    if held:
        lines["held"] = lines.get("held", 0) + held
        lines["listed"] -= held
    [counts] = await work.rows(_COUNTS, [work.scope.institution_id, act.id])
    return Progress(
        lines=lines,
        attempts=tuple(await ActAttempt.filter(act_id=act.id).order_by("number")),
        objects=counts["listed"],
        absent=counts["absent"],
        bytes_gone=int(counts["bytes"]),
        vacuums=tuple(await ActVacuum.filter(act_id=act.id).order_by("id")),
        paper_open=tuple(await papers_open(work, act)),
    )


async def executors_of(act: DisposalAct) -> tuple[Executor, ...]:
    """Return everybody who executed an act, in order, whatever the attempt."""
    found = []
    for each in await ActAttempt.filter(act_id=act.id, confirmed_by__isnull=False).order_by("number"):
        if each.confirmed_by is None or each.confirmed_at is None:
            continue
        found += [
            Executor(attempt=each.number, account_id=each.announced_by, part="announced", at=each.announced_at),
            Executor(attempt=each.number, account_id=each.confirmed_by, part="confirmed", at=each.confirmed_at),
        ]
    return tuple(found)


async def proofs_of(work: Work, act: DisposalAct) -> AsyncIterator[Proof]:
    """Give the proof of every version that went with destroyed lines, by line and key; flat in memory."""
    last = (UUID(int=0), "", "")
    while True:
        rows = await work.rows(_PROOFS, [work.scope.institution_id, act.id, *last, _AT_ONCE])
        for row in rows:
            yield _proof(row)
        if len(rows) < _AT_ONCE:
            return
        last = (rows[-1]["line_id"], rows[-1]["key"], rows[-1]["version_id"])


def _proof(row: dict[str, Any]) -> Proof:
    same = ("line_id", "document_id", "key", "version_id", "role", "size", "delete_marker", "absent_at", "attempt")
    return Proof(
        **{name: row[name] for name in same},
        sha256=bytes(row["sha256"]).hex() if row["sha256"] else None,
        executors=(row["announced_by"], row["confirmed_by"]),
        means=Means(row["means_name"], row["means_version"], row["means_certificate"]),
    )


async def destroyed_documents_of(work: Work, act: DisposalAct) -> AsyncIterator[DestroyedDocument]:
    """Give every document that an act destroyed, in the order of their ids; flat in memory."""
    last = UUID(int=0)
    while True:
        rows = await work.rows(_GONE, [work.scope.institution_id, act.id, last, _AT_ONCE])
        for row in rows:
            yield DestroyedDocument(**{**row, "person_ids": tuple(row["person_ids"])})
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1]["document_id"]


async def vacuum_of(act: DisposalAct) -> ActVacuum | None:
    """Return the latest word on giving space back; None: nothing was said yet."""
    return await ActVacuum.filter(act_id=act.id).order_by("-id").first()


async def papers_open(work: Work, act: DisposalAct) -> list[UUID]:
    """Return the destroyed lines whose case has paper that nobody has recorded as destroyed."""
    return [row["id"] for row in await work.rows(_PAPER_OPEN, [work.scope.institution_id, act.id])]


async def paper_destructions_of(act: DisposalAct) -> list[PaperDestruction]:
    """Return what is recorded of the paper of an act's cases, in the order of recording."""
    lines = DisposalActLine.filter(act_id=act.id)
    ids: list[UUID] = await lines.values_list("id", flat=True)  # type: ignore[assignment]
    return await PaperDestruction.filter(line_id__in=ids).order_by("id")


async def proofs_complete(work: Work, act: DisposalAct) -> bool:
    """Say whether everything that went is proved: each version absent, space given back, paper recorded."""
    [row] = await work.rows(_UNPROVED, [work.scope.institution_id, act.id])
    vacuum = await vacuum_of(act)
    given_back = vacuum is not None and vacuum.outcome != "failed"
    return given_back and not row["unproved"] and not await papers_open(work, act)
