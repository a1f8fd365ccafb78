"""The certificate of destruction for one person, on request: which cases about this person executed acts have ended."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.kernel.errors import NotFound
from core.papers.destruction_certificate import DestroyedRecord, DestructionCertificate, KeptRecord
from core.papers.numerals import short_date
from core.papers.paper import Signature
from core.papers.terms import term_alone
from core.paperwork.errors import PaperNotReady
from core.paperwork.letterhead import Making
from core.paperwork.makers.executed import ELECTRONIC
from core.paperwork.makers.made import Made
from core.people.models import EndedPerson, Person

_DESTROYED: Final = """
SELECT l.title, l.first_year, l.last_year, r.term, l.article, l.ended_at, a.number, a.approved_on
  FROM case_persons p
  JOIN disposal_act_lines l ON l.institution_id = $1 AND l.case_id = p.case_id AND l.state = 'destroyed'
  JOIN disposal_acts a ON a.institution_id = $1 AND a.id = l.act_id AND a.state IN ('executed', 'certified')
  JOIN rule_versions r ON r.institution_id = $1 AND r.id = l.rule_id
 WHERE p.institution_id = $1 AND p.person_id = $2
   AND NOT EXISTS (SELECT FROM cases c WHERE c.institution_id = $1 AND c.id = l.case_id AND c.paper_fate = 'kept')
 ORDER BY l.ended_at, l.id
"""
# Only what is blocked may be said to be kept and not used.
_BLOCKED: Final = """
SELECT c.title, r.term, r.article, c.kept_until FROM case_persons p
  JOIN cases c ON c.institution_id = $1 AND c.id = p.case_id AND c.subject_kind = 'personal_file'
  JOIN personal_files f ON f.institution_id = $1 AND f.id = c.subject_id AND f.blocked
  JOIN rule_versions r ON r.institution_id = $1 AND r.id = c.rule_id
 WHERE p.institution_id = $1 AND p.person_id = $2
   AND c.state IN ('retained', 'awaiting_event', 'permanent', 'expired', 'on_act')
 ORDER BY c.title, c.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for a certificate."""

    person_id: UUID
    addressee: str
    """In the dative."""
    words: str
    """«обращение от 01.03.2026 № 12»."""
    number: str = ""
    subject: str = ""
    """Full name as the request gives it, for a learner whose name the registry has forgotten."""


async def make_certificate(making: Making, request: Request) -> Made:
    """Return the certificate; raise `NotFound` for the person.

    Raises `PaperNotReady` where nothing was destroyed, or where nobody says any more who the person was.
    """
    subject = await _subject(request)
    key = [making.work.scope.institution_id, request.person_id]
    destroyed = await making.work.rows(_DESTROYED, key)
    if not destroyed:
        raise PaperNotReady(kind=DestructionCertificate.kind, reason="nothing_destroyed")
    head = making.letterhead
    paper = DestructionCertificate(
        number=request.number,
        dated=making.today,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        subject=subject,
        addressee=request.addressee,
        request=request.words,
        destroyed=tuple(_record(making, row) for row in destroyed),
        kept=tuple(_kept(row) for row in await making.work.rows(_BLOCKED, key)),
        signed_by=Signature(post=head.head_post),
    )
    return Made(paper=paper, subject_type="person", subject_id=request.person_id, edition=request.words)


async def _subject(request: Request) -> str:
    person = await Person.get_or_none(id=request.person_id)
    if person is not None:
        return person.full_name
    ended = await EndedPerson.get_or_none(person_id=request.person_id)
    if ended is None:
        raise NotFound
    if not (ended.names or request.subject):
        raise PaperNotReady(kind=DestructionCertificate.kind, reason="subject_forgotten")
    return ended.names or request.subject


def _record(making: Making, row: dict[str, Any]) -> DestroyedRecord:
    years = {row["first_year"], row["last_year"]}
    return DestroyedRecord(
        title=row["title"],
        years="–".join(map(str, sorted(years))),
        act=f"№ {row['number']} от {short_date(row['approved_on'])}",
        destroyed_on=making.day_of(row["ended_at"]),
        method=ELECTRONIC,
        reason=f"Истечение срока хранения: {_term(row)}",
    )


def _kept(row: dict[str, Any]) -> KeptRecord:
    ground = f"Срок хранения: {_term(row)}"
    until = f"до {short_date(row['kept_until'])}" if row["kept_until"] else ""
    return KeptRecord(title=row["title"], ground=ground, until=until)


def _term(row: dict[str, Any]) -> str:
    return ", ".join(part for part in (term_alone(row["term"]), row["article"]) if part)
