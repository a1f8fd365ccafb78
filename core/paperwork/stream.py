"""The stream of events («журнал регистрации событий») of an executed act, from which its three papers are made.

Each destroyed line brings what people approved, the proofs that storage gave, the stubs of its documents, what was done
with its paper, and the entry of the audit trail that tells of it. One digest is taken over all of that.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from core.disposal.execution.models import ActAttempt, PaperDestruction
from core.disposal.execution.reading import (
    destroyed_documents_of,
    executors_of,
    paper_destructions_of,
    papers_open,
    proofs_of,
)
from core.disposal.execution.services import Means
from core.disposal.models import DisposalAct, DisposalActLine
from core.documents.kinds import document_kind
from core.kernel.database.work import Work
from core.kernel.texts import translate
from core.papers.canonical import digest
from core.paperwork.letterhead import Making
from core.people.models import EndedPerson, Person
from retention.act_lines import LineState

_CASES: Final = """
SELECT c.id, c.paper_fate,
       coalesce((SELECT sum(v.sheets) FROM case_volumes v WHERE v.institution_id = $1 AND v.case_id = c.id), 0)::integer
         AS sheets,
       ARRAY(SELECT p.person_id FROM case_persons p WHERE p.institution_id = $1 AND p.case_id = c.id ORDER BY 1)
         AS persons
  FROM cases c WHERE c.institution_id = $1 AND c.id = ANY ($2::uuid[])
"""
_ENTRIES: Final = """
SELECT object_id, id, encode(payload_digest, 'hex') AS payload_digest FROM audit_entries
 WHERE institution_id = $1 AND object_type = 'case' AND action = 'case.destroyed' AND object_id = ANY ($2::text[])
"""


@dataclass(slots=True, kw_only=True)
class DestroyedCase:
    """One line of an act that came to its end, with everything that proves it."""

    line: DisposalActLine
    destroyed_at: datetime
    electronic: bool
    """Whether files went, or there never was any paper."""
    sheets: int
    person_ids: tuple[UUID, ...]
    entry: str
    """Entry of the audit trail: its id and the digest of its payload."""
    kinds: set[str] = field(default_factory=set)
    """Kinds of its documents, in Russian."""
    files: int = 0
    proof: str = ""
    """SHA-256 over the proofs of every version that went."""
    paper: PaperDestruction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionStream:
    """What the execution of an act left behind."""

    act: DisposalAct
    cases: Sequence[DestroyedCase]
    executors: Sequence[UUID]
    """Everybody who executed, each once."""
    means: Sequence[Means]
    people: Mapping[UUID, str]
    """Full names of those whom the cases are about, as far as the registry knows them."""
    ended: Mapping[UUID, Mapping[str, int]]
    """Learners whose rows in the registry went too, with their rows by kind."""
    began_on: date
    ended_on: date
    paper_open: bool
    """Whether some paper is not recorded as destroyed."""

    @property
    def digest(self) -> str:
        """Return the SHA-256 over the canonical JSON of the stream, hexadecimal."""
        said = [
            {
                "line": str(each.line.id),
                "case": str(each.line.case_id),
                "approved": bytes(each.line.digest).hex(),
                "destroyed_at": each.destroyed_at,
                "files": each.files,
                "proof": each.proof,
                "entry": each.entry,
                "paper": _paper(each.paper),
            }
            for each in self.cases
        ]
        people = {str(each): dict(self.ended[each]) for each in sorted(self.ended)}
        act, executors = str(self.act.id), list(map(str, self.executors))
        return digest({"act": act, "executors": executors, "cases": said, "people": people})

    @property
    def rows(self) -> dict[str, int]:
        """Return how many rows of the registry went, by kind; `people` are the cards."""
        found: Counter[str] = Counter()
        for counts in self.ended.values():
            found.update({"people": 1, **counts})
        return dict(found)

    def names_of(self, case: DestroyedCase) -> list[str]:
        """Return the names of those a case is about, in the order of Russian papers."""
        known = (self.people[each] for each in case.person_ids if each in self.people)
        return sorted(known)


def _paper(row: PaperDestruction | None) -> object:
    if row is None:
        return None
    return {"on": row.destroyed_on, "way": row.way, "grams": row.weight_grams, "evidence": row.evidence}


async def read_stream(making: Making, act: DisposalAct) -> DestructionStream:
    """Return what the execution of an act left behind; the caller has seen that it is executed."""
    work = making.work
    lines = DisposalActLine.filter(act_id=act.id, state=LineState.DESTROYED)
    cases = await _cases(work, await lines.order_by("section", "class_index", "id"))
    await _add_documents(work, act, cases)
    await _add_proofs(work, act, cases)
    by_line = {case.line.id: case for case in cases.values()}
    for row in await paper_destructions_of(act):
        if row.line_id in by_line:
            by_line[row.line_id].paper = row
    executors = await executors_of(act)
    persons = {person for case in cases.values() for person in case.person_ids}
    days = sorted(_days(making, cases.values())) or [making.day_of(each.at) for each in executors] or [making.today]
    return DestructionStream(
        act=act,
        cases=list(cases.values()),
        executors=list(dict.fromkeys(each.account_id for each in executors)),
        means=await _means(act),
        people=await _names(persons),
        ended=await _ended(act),
        began_on=days[0],
        ended_on=days[-1],
        paper_open=bool(await papers_open(work, act)),
    )


async def _names(persons: Collection[UUID]) -> dict[UUID, str]:
    ended = await EndedPerson.filter(person_id__in=list(persons)).exclude(names="")
    known = await Person.filter(id__in=list(persons))
    return {**{each.person_id: each.names for each in ended}, **{each.id: each.full_name for each in known}}


async def _ended(act: DisposalAct) -> dict[UUID, Mapping[str, int]]:
    rows = await EndedPerson.filter(act__contains={"id": str(act.id)}, ended_at__isnull=False)
    return {each.person_id: each.counts for each in rows}


def _days(making: Making, cases: Iterable[DestroyedCase]) -> Iterable[date]:
    for case in cases:
        yield making.day_of(case.destroyed_at)
        if case.paper is not None:
            yield case.paper.destroyed_on


async def _cases(work: Work, lines: Sequence[DisposalActLine]) -> dict[UUID, DestroyedCase]:
    ids = [line.case_id for line in lines]
    rows = {row["id"]: row for row in await work.rows(_CASES, [work.scope.institution_id, ids])}
    found = await work.rows(_ENTRIES, [work.scope.institution_id, list(map(str, ids))])
    entries = {row["object_id"]: f"{row['id']} {row['payload_digest']}" for row in found}
    return {
        line.case_id: DestroyedCase(
            line=line,
            destroyed_at=line.ended_at or line.listed_at,
            # A hybrid case that never got a file was on paper only.
            electronic=rows[line.case_id]["paper_fate"] == "none",
            sheets=rows[line.case_id]["sheets"],
            person_ids=tuple(rows[line.case_id]["persons"]),
            entry=entries.get(str(line.case_id), ""),
        )
        for line in lines
    }


async def _add_documents(work: Work, act: DisposalAct, cases: Mapping[UUID, DestroyedCase]) -> None:
    async for document in destroyed_documents_of(work, act):
        case = cases.get(document.case_id)
        if case is not None:
            case.kinds.add(translate(document_kind(document.kind).title, "ru"))
            case.files += document.files
            case.electronic = case.electronic or document.files > 0


async def _add_proofs(work: Work, act: DisposalAct, cases: Mapping[UUID, DestroyedCase]) -> None:
    hashes = {case.line.id: hashlib.sha256() for case in cases.values()}
    async for proof in proofs_of(work, act):
        told = (
            proof.key,
            proof.version_id,
            proof.role,
            proof.sha256 or "",
            str(proof.size),
            proof.absent_at.isoformat(),
        )
        if proof.line_id in hashes:
            hashes[proof.line_id].update("\0".join(told).encode() + b"\n")
    for case in cases.values():
        case.proof = hashes[case.line.id].hexdigest()


async def _means(act: DisposalAct) -> list[Means]:
    attempts = ActAttempt.filter(act_id=act.id, confirmed_by__isnull=False).order_by("number")
    found = [Means(each.means_name, each.means_version, each.means_certificate) for each in await attempts]
    return list(dict.fromkeys(found))
