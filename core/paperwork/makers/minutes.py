"""Minutes of the expert commission («протокол ЭК») about an act or a nomenclature, as the registry knows them.

The registry knows number, day, members and the decision. Who spoke and how many voted is in the minutes that the
commission signed; where the institution has not named chair and secretary, their lines are left to be filled by hand.
"""

from datetime import date
from typing import Final
from uuid import UUID

from core.disposal.gates import opinions_of_round
from core.disposal.models import ActOpinion, DisposalActLine
from core.nomenclature.finding import find_version
from core.papers.commission_minutes import AgendaItem, CommissionMinutes
from core.papers.numerals import CASE, cases_and_units, counted, years_phrase
from core.papers.paper import Signature
from core.paperwork.errors import PaperNotReady
from core.paperwork.letterhead import Making, names_of
from core.paperwork.makers.archival_act import submitted_act
from core.paperwork.makers.made import Made
from retention.act_lines import LineState

_MEMBER: Final = "Член комиссии"


async def make_act_minutes(making: Making, act_id: UUID) -> Made:
    """Return the minutes by which the commission agreed to an act; raise `NotFound` or `PaperNotReady`."""
    act = await submitted_act(act_id)
    agreed = next((each for each in await opinions_of_round(act) if each.kind == "agreed"), None)
    if agreed is None or agreed.decided_on is None:
        raise PaperNotReady(kind=CommissionMinutes.kind, reason="not_agreed")
    lines = await DisposalActLine.filter(act_id=act.id, round=act.round)
    names = await names_of([act.author_id])
    years = years_phrase(range(act.first_year, act.last_year + 1))
    listed = cases_and_units(len(lines), sum(line.volumes for line in lines))
    item = AgendaItem(
        question=f"О согласовании акта о выделении к уничтожению документов, не подлежащих хранению, {years}",
        heard=(
            f"{making.letterhead.officer_post} {names.get(act.author_id, '')} представил(а) акт: {listed} {years}, "
            f"сроки хранения истекли. Основание: {act.basis}."
        ),
        decided=(f"Согласовать акт: {listed} {years}.", *_spared(lines), *_comment(agreed)),
    )
    paper = _paper(making, agreed.number, agreed.decided_on, agreed.members, item)
    return Made(paper=paper, subject_type="disposal_act", subject_id=act.id, edition=f"agreed-{act.round}")


def _spared(lines: list[DisposalActLine]) -> tuple[str, ...]:
    taken = [line for line in lines if line.state is LineState.EXCLUDED]
    return (f"Исключить из акта: {counted(len(taken), CASE)}.",) if taken else ()


def _comment(agreed: ActOpinion) -> tuple[str, ...]:
    return (agreed.comment,) if agreed.comment else ()


async def make_nomenclature_minutes(making: Making, version_id: UUID) -> Made:
    """Return the minutes by which the commission agreed to a version; raise `NotFound` or `PaperNotReady`."""
    version = await find_version(version_id)
    if version.minutes_date is None or version.state not in {"agreed", "approved"}:
        raise PaperNotReady(kind=CommissionMinutes.kind, reason="not_agreed")
    names = await names_of([version.submitted_by])
    who = names.get(version.submitted_by, "") if version.submitted_by else ""
    item = AgendaItem(
        question=f"О согласовании номенклатуры дел на {version.year} год",
        heard=f"{making.letterhead.officer_post} {who} представил(а) номенклатуру дел на {version.year} год.",
        decided=(f"Согласовать номенклатуру дел на {version.year} год.",),
    )
    paper = _paper(making, version.minutes_number, version.minutes_date, version.minutes_members, item)
    return Made(paper=paper, subject_type="nomenclature_version", subject_id=version.id)


def _paper(making: Making, number: str, dated: date, members: list[str], item: AgendaItem) -> CommissionMinutes:
    head = making.letterhead
    leading = {head.chair.name, head.secretary.name}
    return CommissionMinutes(
        number=number,
        dated=dated,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        chair=head.chair,
        secretary=head.secretary,
        members=tuple(Signature(post=_MEMBER, name=name) for name in members if name not in leading),
        agenda=(item,),
    )
