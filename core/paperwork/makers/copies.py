"""Papers of order № 179 about copies that were destroyed after an archive had accepted their originals."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.documents.kinds import document_kind
from core.exits.lives import find_transfer
from core.exits.models import Transfer
from core.handed_over.lives import find_decision
from core.handed_over.models import CopyAttempt, CopyDecision, CopyState
from core.kernel.database.work import Work
from core.kernel.texts import translate
from core.papers.event_log_export import EventLogEntry, EventLogExport
from core.papers.numerals import short_date
from core.papers.paper import Signature, SinglePersonMode
from core.papers.personal_data_act import PersonalDataAct, Subject
from core.paperwork.errors import PaperNotReady
from core.paperwork.letterhead import EXECUTOR, Making, names_of
from core.paperwork.makers.executed import ELECTRONIC
from core.paperwork.makers.made import Made
from core.people.models import Person

_CASES: Final = """
SELECT l.id, l.ended_at, t.class_index, t.title, t.first_day, t.last_day,
       ARRAY(SELECT DISTINCT s.kind FROM document_stubs s WHERE s.institution_id = $1 AND s.act_id = $2
                AND s.case_id = l.case_id ORDER BY 1) AS kinds,
       ARRAY(SELECT c.person_id FROM case_persons c WHERE c.institution_id = $1 AND c.case_id = l.case_id
              ORDER BY c.person_id) AS person_ids
  FROM copy_lines l JOIN transfer_lines t ON t.institution_id = l.institution_id AND t.id = l.transfer_line_id
 WHERE l.institution_id = $1 AND l.decision_id = $2 AND l.state = 'destroyed' ORDER BY t.position
"""
_PROOFS: Final = """
SELECT o.key, o.version_id, o.role, coalesce(encode(o.sha256, 'hex'), '') AS sha256, o.size, o.absent_at
  FROM copy_objects o JOIN copy_lines l ON l.institution_id = o.institution_id AND l.id = o.line_id
 WHERE o.institution_id = $1 AND l.decision_id = $2 AND l.state = 'destroyed' ORDER BY o.key, o.version_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """The copies of one case."""

    index: str
    title: str
    years: str
    day: date
    people: Mapping[UUID, str]
    """Names, in the order of Russian papers."""
    kinds: Sequence[str]
    """In Russian."""

    @property
    def named(self) -> str:
        return f"{self.index} «{self.title}», {self.years}"

    @property
    def whom(self) -> str:
        return "; ".join(self.people.values()) or f"Лица, указанные в документах дела «{self.title}»"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gone:
    """What a decision has destroyed."""

    decision: CopyDecision
    transfer: Transfer
    cases: Sequence[_Case]
    executors: tuple[Signature, ...]
    proof: str
    """SHA-256 over the proofs of every version."""

    @property
    def ended_on(self) -> date:
        return max(case.day for case in self.cases)

    @property
    def reason(self) -> str:
        accepted = short_date(self.transfer.accepted_on) if self.transfer.accepted_on else ""
        decided = short_date(self.decision.approved_on) if self.decision.approved_on else ""
        return (
            f"Подлинники переданы на хранение: {self.transfer.archive_name}, акт № {self.transfer.acceptance_number} "
            f"от {accepted}; решение об уничтожении копий № {self.decision.number} от {decided}"
        )


async def make_copies_act(making: Making, decision_id: UUID) -> Made:
    """Return the act of п. 3 of order № 179; raise `NotFound`, or `PaperNotReady` before the copies are gone."""
    gone = await _gone(making, decision_id, PersonalDataAct.kind)
    head, decision = making.letterhead, gone.decision
    kinds = sorted({kind for case in gone.cases for kind in case.kinds})
    mode = (
        SinglePersonMode(ground=decision.single_person_ground, declared_on=decision.single_person_since)
        if (decision.single_person_since)
        else None
    )
    paper = PersonalDataAct(
        number=decision.number,
        dated=gone.ended_on,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        subjects=tuple(_subjects(gone.cases)),
        destroyers=gone.executors,
        categories=(head.data_categories, *((f"виды документов: {', '.join(kinds)}",) if kinds else ())),
        systems=(head.information_system,),
        method=f"копии электронных документов: {ELECTRONIC}",
        reason=gone.reason,
        destroyed_on=gone.ended_on,
        event_log=(
            f"Выгрузка из журнала регистрации событий № {decision.number} от {short_date(gone.ended_on)}. "
            f"SHA-256 подтверждений: {gone.proof}"
        ),
        single_person=mode,
    )
    return _made(paper, gone)


async def make_copies_export(making: Making, decision_id: UUID) -> Made:
    """Return the export of п. 5 of order № 179; raise `NotFound`, or `PaperNotReady` before the copies are gone."""
    gone = await _gone(making, decision_id, EventLogExport.kind)
    head = making.letterhead
    paper = EventLogExport(
        number=gone.decision.number,
        dated=gone.ended_on,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        entries=tuple(
            EventLogEntry(
                subjects=case.whom,
                categories="; ".join((head.data_categories, *case.kinds)),
                system=head.information_system,
                reason=gone.reason,
                destroyed_on=case.day,
            )
            for case in gone.cases
        ),
        made_by=Signature(post=head.officer_post),
    )
    return _made(paper, gone)


async def make_copies_table(making: Making, decision_id: UUID) -> Made:
    """Return the same export, to be issued as CSV; raises what `make_copies_export` does."""
    return replace(await make_copies_export(making, decision_id), table=True)


def _made(paper: PersonalDataAct | EventLogExport, gone: _Gone) -> Made:
    return Made(paper=paper, subject_type="copy_decision", subject_id=gone.decision.id, edition="executed")


def _subjects(cases: Sequence[_Case]) -> list[Subject]:
    about: dict[UUID, list[str]] = {}
    names: dict[UUID, str] = {}
    for case in cases:
        names |= case.people
        for person in case.people:
            about.setdefault(person, []).append(case.named)
    in_order = sorted(about, key=lambda person: (names[person], person))
    known = [Subject(name=names[person], identified_by="; ".join(about[person])) for person in in_order]
    nobody = [case for case in cases if not case.people]
    return known + [
        Subject(name=case.whom, identified_by=f"индекс {case.index}, {case.years}", several=True) for case in nobody
    ]


async def _gone(making: Making, decision_id: UUID, kind: str) -> _Gone:
    decision = await find_decision(decision_id)
    if decision.state is not CopyState.EXECUTED:
        raise PaperNotReady(kind=kind, reason="not_executed")
    key = [making.work.scope.institution_id, decision.id]
    rows = await making.work.rows(_CASES, key)
    if not rows:
        raise PaperNotReady(kind=kind, reason="nothing_destroyed")
    people = await Person.filter(id__in=sorted({person for row in rows for person in row["person_ids"]}))
    names = {each.id: each.full_name for each in people}
    cases = [_case(making, row, names) for row in rows]
    return _Gone(
        decision=decision,
        transfer=await find_transfer(decision.transfer_id),
        cases=cases,
        executors=await _executors(decision),
        proof=await _proof(making.work, decision),
    )


def _case(making: Making, row: dict[str, Any], names: Mapping[UUID, str]) -> _Case:
    known = sorted((person for person in row["person_ids"] if person in names), key=lambda each: (names[each], each))
    first, last = row["first_day"].year, row["last_day"].year
    return _Case(
        index=row["class_index"],
        title=row["title"],
        years=f"{first} г." if first == last else f"{first}–{last} гг.",
        day=making.day_of(row["ended_at"]),
        people={person: names[person] for person in known},
        kinds=[translate(document_kind(each).title, "ru") for each in row["kinds"]],
    )


async def _executors(decision: CopyDecision) -> tuple[Signature, ...]:
    attempts = await CopyAttempt.filter(decision_id=decision.id, confirmed_by__isnull=False).order_by("number")
    who = [person for each in attempts for person in (each.announced_by, each.confirmed_by) if person is not None]
    names = await names_of(who)
    return tuple(Signature(post=EXECUTOR, name=names.get(each, "")) for each in dict.fromkeys(who))


async def _proof(work: Work, decision: CopyDecision) -> str:
    """Return the SHA-256 over what storage confirmed, in the order of the keys."""
    said = hashlib.sha256()
    for row in await work.rows(_PROOFS, [work.scope.institution_id, decision.id]):
        told = (
            row["key"],
            row["version_id"],
            row["role"],
            row["sha256"],
            str(row["size"]),
            row["absent_at"].isoformat(),
        )
        said.update("\0".join(told).encode() + b"\n")
    return said.hexdigest()
