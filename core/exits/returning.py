"""Returns to the owner under a receipt: a case, or the original of one document of a personal file.

The clerk prepares and prints the receipt, the owner signs it, another person confirms. Each carrier has a fate of its
own: a case has ended by its return only when no carrier of it is left.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.access.permissions import Role as AccountRole
from core.cases.asking import asking
from core.cases.holds import holds_over, pass_gate
from core.cases.models import Case
from core.cases.opening import find_case, lock_case
from core.cases.verdicts import require_step
from core.documents.models import Document
from core.documents.protection import is_held
from core.exits.errors import CaseLeaving, NothingToReturn, ReceiptNumberTaken, ReturnStepRefused
from core.exits.lives import require_exit_day
from core.exits.models import OwnerReturn, TransferLine
from core.inventories.policy import single_person_mode
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from retention.case_facts import CASE_ENDS, CaseFacts, CaseState
from retention.case_guards import NOT_HELD
from retention.cases import RETURN, require
from retention.errors import TransitionRefused
from retention.lifecycle import END_STATES
from retention.transitions import SAME_PERSON, Actor, Asking, Refusal, Role

_EARLIEST: Final = date(1900, 1, 1)
_NOT_PREPARED: Final = Refusal("return_in_another_state", "Read the present state of the return and decide again.")
_CASE_GONE: Final = Refusal("case_in_another_state", "Read the present state of the case and decide again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReturn:
    """A return to be prepared: of a case or of a document, exactly one of them."""

    receiver: str
    identity_paper: str
    basis: str
    case_id: UUID | None = None
    document_id: UUID | None = None
    paper: bool = True
    electronic: bool = False
    acts_for: str = ""
    sheets: int | None = None


async def find_return(return_id: UUID) -> OwnerReturn:
    """Return a return of the current institution; raise `NotFound`."""
    found = await OwnerReturn.get_or_none(id=return_id)
    if found is None:
        raise NotFound
    return found


async def prepare_return(work: Work, new: NewReturn) -> OwnerReturn:
    """Prepare a return; nothing leaves yet.

    Raises `NotFound`, `NothingToReturn`, `CaseLeaving`, `ReturnStepRefused` or `CaseStepRefused`.
    """
    if (new.case_id is None) == (new.document_id is None) or not (new.paper or new.electronic):
        raise NothingToReturn
    if new.case_id is not None:
        case = await _returnable_case(work, new.case_id, paper=new.paper, electronic=new.electronic)
        title, number = case.title, case.class_index
    else:
        document = await _returnable_document(work, new.document_id, paper=new.paper, electronic=new.electronic)
        title, number = document.title, " ".join(part for part in (document.series, document.number) if part)
    members = {name: getattr(new, name) for name in NewReturn.__dataclass_fields__}
    made_id = new_id()
    try:
        await OwnerReturn.create(
            id=made_id,
            **members,
            title=title,
            document_number=number,
            prepared_by=actor(work),
            prepared_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) in {"owner_returns_one_of_a_case", "owner_returns_one_of_a_document"}:
            raise CaseLeaving from error
        raise
    said = {name: str(value) if isinstance(value, UUID) else value for name, value in members.items()}
    work.record("return.prepared", "return", made_id, said)
    return await find_return(made_id)


async def confirm_return(
    work: Work, row: OwnerReturn, roles: frozenset[AccountRole], number: str, received_on: date, *, today: date
) -> OwnerReturn:
    """Write down that the owner has signed the receipt, as another person than who prepared it; there is no way back.

    Raises `ReturnStepRefused`, `CaseStepRefused`, `NothingToReturn`, `CaseLeaving`, `ImpossibleExitDate`,
    `ReceiptNumberTaken` or `StaleState`.
    """
    locked = await _locked(row)
    single = await single_person_mode() is not None
    if locked.prepared_by == actor(work) and not single:
        raise _refused("confirm", locked.state, SAME_PERSON)
    require_exit_day(received_on, _EARLIEST, today)
    if locked.case_id is not None:
        await _return_case(work, locked, _asking(work, locked, roles, single_person=single))
    else:
        await _return_document(work, locked)
    try:
        changed = await OwnerReturn.filter(id=locked.id, revision=locked.revision, state="prepared").update(
            state="confirmed",
            number=number,
            received_on=received_on,
            confirmed_by=actor(work),
            confirmed_at=work.now,
            single_person=single,
            revision=locked.revision + 1,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "owner_returns_number":
            raise ReceiptNumberTaken(number=number) from error
        raise
    if changed != 1:
        raise StaleState
    work.record("return.confirmed", "return", locked.id, {"number": number, "received_on": received_on.isoformat()})
    work.emit("return.confirmed", {"return": str(locked.id)})
    return await find_return(locked.id)


async def cancel_return(work: Work, row: OwnerReturn, reason: str) -> OwnerReturn:
    """Give a prepared return up; raise `ReturnStepRefused` or `StaleState`."""
    locked = await _locked(row)
    await OwnerReturn.filter(id=locked.id).update(state="cancelled", reason=reason, revision=locked.revision + 1)
    work.record("return.cancelled", "return", locked.id, {"reason": reason})
    return await find_return(locked.id)


async def _locked(row: OwnerReturn) -> OwnerReturn:
    locked = await OwnerReturn.filter(id=row.id).select_for_update().get()
    if locked.revision != row.revision:
        raise StaleState
    if locked.state != "prepared":
        raise _refused("confirm", locked.state, _NOT_PREPARED)
    return locked


def _asking(work: Work, row: OwnerReturn, roles: frozenset[AccountRole], *, single_person: bool) -> Asking:
    clerk = Actor(str(row.prepared_by), frozenset({Role.CLERK}))
    return Asking(clerk, second=asking(work, roles).actor, single_person=single_person)


async def _returnable_case(work: Work, case_id: UUID, *, paper: bool, electronic: bool) -> Case:
    """Return a case, locked and under the gate of holds, whose carriers may go; raise what stands against it."""
    case = await lock_case(case_id)
    await pass_gate(work)
    held = bool(await holds_over(work, case_id))
    require_step(case.state, RETURN, CaseFacts(held=held, handed_over=True))
    if (paper and case.paper_fate != "kept") or (electronic and case.electronic_fate != "kept"):
        raise NothingToReturn
    if await TransferLine.exists(case_id=case_id, living=True):
        raise CaseLeaving
    return case


async def _return_case(work: Work, row: OwnerReturn, who: Asking) -> None:
    case = await _returnable_case(work, row.case_id or row.id, paper=row.paper, electronic=row.electronic)
    try:
        state = require(case.state, RETURN, CaseFacts(held=False, handed_over=True), who)
    except TransitionRefused as refusal:
        raise ReturnStepRefused(
            state=row.state, step="confirm", reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal
    values: dict[str, Any] = {"revision": case.revision + 1}
    values |= {"paper_fate": "returned"} if row.paper else {}
    values |= {"electronic_fate": "returned"} if row.electronic else {}
    stays = (not row.paper and case.paper_fate == "kept") or (not row.electronic and case.electronic_fate == "kept")
    if not stays:
        values["state"] = state
    if await Case.filter(id=case.id, revision=case.revision).update(**values) != 1:
        raise StaleState
    after = case.state if stays else state
    facts = {"return": str(row.id), "paper": row.paper, "electronic": row.electronic}
    work.record(
        "case.returned", "case", case.id, {"state": {"before": case.state.value, "after": after.value}, **facts}
    )
    if not stays:
        work.emit("case.returned", {"case": str(case.id)})


async def _returnable_document(work: Work, document_id: UUID | None, *, paper: bool, electronic: bool) -> Document:
    document = await Document.filter(id=document_id).select_for_update().first()
    if document is None or document.state in END_STATES:
        raise NotFound
    if await is_held(work, document.id):
        raise _refused("return", document.state.value, NOT_HELD.refusal)
    if (paper and not document.paper_carrier) or (electronic and not document.electronic_carrier):
        raise NothingToReturn
    if document.case_id is not None:
        case = await find_case(document.case_id)
        if case.state in CASE_ENDS or case.state is CaseState.ON_ACT:
            raise _refused("return", case.state.value, _CASE_GONE)
        if await TransferLine.exists(case_id=case.id, living=True):
            raise CaseLeaving
    return document


async def _return_document(work: Work, row: OwnerReturn) -> None:
    """Note that the paper has left; the file that was made of it stays with the record."""
    document = await _returnable_document(work, row.document_id, paper=row.paper, electronic=row.electronic)
    if row.paper:
        await Document.filter(id=document.id).update(
            paper_carrier=False, paper_place="", revision=document.revision + 1
        )
    facts = {"return": str(row.id), "paper": row.paper, "electronic": row.electronic, "place": document.paper_place}
    work.record("document.returned", "document", document.id, facts)


def _refused(step: str, state: str, why: Refusal) -> ReturnStepRefused:
    return ReturnStepRefused(state=state, step=step, reasons=[why.code], remedies=[why.remedy])
