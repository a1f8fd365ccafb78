"""The archival disposal act: a project from its submission on, then as approved, then with what its execution did."""

from collections.abc import AsyncIterator, Iterator
from typing import Final
from uuid import UUID

from core.disposal.gates import opinions_of_round
from core.disposal.lives import find_act
from core.disposal.models import ActOpinion
from core.disposal.models import DisposalAct as ActRow
from core.inventories.models import Inventory as InventoryRow
from core.papers.disposal_act import DisposalAct, InventoryGate, InventoryKind
from core.papers.paper import Minutes, Signature, SinglePersonMode, Years
from core.paperwork.errors import PaperNotReady
from core.paperwork.letterhead import Making, names_of
from core.paperwork.makers.act_table import read_table
from core.paperwork.makers.archival_states import DONE, OPEN, UNAPPROVED
from core.paperwork.makers.executed import destruction, stream_of, unready
from core.paperwork.makers.made import Made
from retention.disposal_facts import ActState

_LIST: Final = "Перечень"
_OF_LIST: Final = "Перечня"
_BODIES: Final = {"agreed": "ЭК", "archive_agreed": "ЭПК"}


async def submitted_act(act_id: UUID) -> ActRow:
    """Return an act whose list is frozen; raise `NotFound` or `PaperNotReady`."""
    act = await find_act(act_id)
    if act.state in OPEN or act.state is ActState.CANCELLED:
        reason = "cancelled" if act.state is ActState.CANCELLED else "not_submitted"
        raise PaperNotReady(kind=DisposalAct.kind, reason=reason)
    return act


def single_person_of(act: ActRow) -> SinglePersonMode | None:
    """Return the mode under which an act was submitted, as papers print it."""
    if not act.single_person or act.single_person_since is None:
        return None
    return SinglePersonMode(ground=act.single_person_ground, declared_on=act.single_person_since)


async def make_archival_act(making: Making, act_id: UUID) -> Made:
    """Return the act; raise `NotFound`, or `PaperNotReady` while its list is open."""
    act = await submitted_act(act_id)
    table = await read_table(making.work, act)
    opinions = await opinions_of_round(act)
    names = await names_of([act.author_id, act.approved_by])
    stream = await stream_of(making, act, DisposalAct.kind) if act.state in DONE else None
    head = making.letterhead
    paper = DisposalAct(
        number=act.number,
        dated=act.approved_on or making.today,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        project=act.state in UNAPPROVED,
        basis=_genitive(act.basis),
        fonds_number=head.fonds_number,
        fonds_name=head.fonds_name,
        sections=table.sections(),
        gates=tuple([gate async for gate in _gates(act)]),
        appraised_by=making.signature(head.officer_post, names, act.author_id),
        agreements=tuple(_agreements(opinions)),
        approval=making.signature(head.head_post, names, act.approved_by, act.approved_on),
        # While paper is there that nobody has recorded as destroyed, the act tells of no destruction.
        destruction=await destruction(making, stream) if stream and not stream.paper_open else None,
        single_person=single_person_of(act),
        accounting_changed=Signature(post=head.officer_post) if stream else None,
    )
    return Made(
        paper=paper,
        subject_type="disposal_act",
        subject_id=act.id,
        edition=f"{'executed' if stream else 'approved'}-{act.round}",
        unready=unready(stream) if stream else "not_approved" if act.state in UNAPPROVED else "",
    )


def _genitive(basis: str) -> str:
    """Return the list as the form goes on after «На основании»; other words are left as they were written."""
    return f"{_OF_LIST}{basis.removeprefix(_LIST)}" if basis.startswith(_LIST) else basis


def _agreements(opinions: list[ActOpinion]) -> Iterator[Minutes]:
    for each in opinions:
        if each.kind in _BODIES and each.decided_on is not None:
            yield Minutes(body=_BODIES[each.kind], number=each.number, dated=each.decided_on)


async def _gates(act: ActRow) -> AsyncIterator[InventoryGate]:
    approved = InventoryRow.filter(state="approved", first_year__lte=act.last_year, last_year__gte=act.first_year)
    for row in await approved.order_by("category", "first_year", "id"):
        yield InventoryGate(
            kind=InventoryKind(row.category),
            years=Years(first=row.first_year, last=row.last_year),
            minutes=None if row.empty else _minutes_of(row),
        )


def _minutes_of(row: InventoryRow) -> Minutes | None:
    """Return by which minutes an inventory holds: the archive's, where it has decided."""
    if row.archive_date is not None:
        return Minutes(body="ЭПК", number=row.archive_number, dated=row.archive_date)
    if row.minutes_date is None:
        return None
    return Minutes(body="ЭК", number=row.minutes_number, dated=row.minutes_date)
