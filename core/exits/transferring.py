"""Handing cases over to an archive: prepared, approved by another person, packed, accepted by the archive."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.holds import pass_gate
from core.cases.models import Case
from core.exits import lives
from core.exits.contents import cells, files_of, line_digest, list_digest
from core.exits.errors import (
    CaseLeaving,
    CasesNotTransferable,
    NothingToTransfer,
    PackageMismatch,
    PackageNotReady,
    PackageOutdated,
    TransferStepRefused,
)
from core.exits.lines import TakenOff, end_line, living_lines, lock_cases, look_over, take_off
from core.exits.lives import TransferFacts, find_transfer, lock_transfer, move_transfer, require_transfer_step
from core.exits.models import Transfer, TransferLine, TransferPackage, TransferState
from core.exits.packages import present_package, request_package, supersede
from core.inventories.making import find_inventory
from core.inventories.models import InventoryLine
from core.inventories.policy import single_person_mode
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from retention import cases as case_steps
from retention.case_facts import CaseFacts, CaseState
from retention.transitions import Actor, Asking, Refused, Role

LARGEST_TRANSFER: Final = 5_000
"""Cases that one transfer takes."""
_AT_ONCE: Final = 500
_SHOWN: Final = 50
_EARLIEST: Final = date(1900, 1, 1)
_LEAVE: Final = """
UPDATE cases SET state = 'transferred', revision = revision + 1,
  paper_fate = CASE paper_fate WHEN 'kept' THEN 'transferred' ELSE paper_fate END,
  electronic_fate = CASE electronic_fate WHEN 'kept' THEN 'transferred' ELSE electronic_fate END
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND state = ANY ($3::text[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """A transfer to be prepared: of named cases, or of those of an approved inventory."""

    archive_name: str
    basis: str
    archive_address: str = ""
    case_ids: Sequence[UUID] | None = None
    inventory_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What the archive signed."""

    number: str
    accepted_on: date
    accepted_by: str
    package_sha256: str
    """Of the package that it received."""


async def prepare_transfer(work: Work, new: NewTransfer) -> Transfer:
    """Make the draft of a transfer whose author is who asks; its cases are looked at, and stay what they are.

    Raises `NothingToTransfer`, `NotFound`, `CasesNotTransferable` or `CaseLeaving`.
    """
    case_ids = await _named(new)
    cases = await lock_cases(case_ids)
    if len(cases) != len(case_ids):
        raise NotFound(cases=sorted(map(str, set(case_ids) - {case.id for case in cases}))[:_SHOWN])
    await _require_free(work, cases)
    mode = await single_person_mode()
    made = await Transfer.create(
        archive_name=new.archive_name,
        archive_address=new.archive_address,
        basis=new.basis,
        inventory_id=new.inventory_id,
        author_id=actor(work),
        single_person=mode is not None,
        single_person_since=mode.declared_on if mode else None,
        single_person_ground=mode.ground if mode else "",
        created_at=work.now,
    )
    await _list(work, made, case_ids)
    work.record("transfer.prepared", "transfer", made.id, {"archive": new.archive_name, "cases": len(case_ids)})
    work.emit("transfer.prepared", {"transfer": str(made.id)})
    return await find_transfer(made.id)


async def _named(new: NewTransfer) -> list[UUID]:
    if (new.case_ids is None) == (new.inventory_id is None):
        raise NothingToTransfer
    if new.inventory_id is None:
        return sorted(set(new.case_ids or ()))
    inventory = await find_inventory(new.inventory_id)
    lines = InventoryLine.filter(inventory_id=inventory.id)
    ids: list[UUID] = await lines.values_list("case_id", flat=True)  # type: ignore[assignment]
    if inventory.state != "approved" or not ids or len(ids) > LARGEST_TRANSFER:
        raise NothingToTransfer
    return sorted(ids)


async def _require_free(work: Work, cases: Sequence[Case]) -> None:
    """Refuse cases that are held or in a state that leads to no archive; raise `CasesNotTransferable`."""
    await pass_gate(work)
    rows = await work.rows(
        "SELECT DISTINCT case_id AS id FROM holds_over_cases($1, $2::uuid[])",
        [work.scope.institution_id, [case.id for case in cases]],
    )
    held = {row["id"] for row in rows}
    against = []
    for case in cases:
        facts = CaseFacts(held=case.id in held, handed_over=True)
        decision = case_steps.CASE.decide(case.state, case_steps.TRANSFER, facts)
        if isinstance(decision, Refused):
            against += [(case.id, reason) for reason in decision.reasons]
    if against:
        known = dict.fromkeys(reason for _, reason in against)
        raise CasesNotTransferable(
            step="prepare",
            reasons=[each.code for each in known],
            remedies=[each.remedy for each in known],
            cases=[{"case": str(case_id), "reason": reason.code} for case_id, reason in against[:_SHOWN]],
        )


async def _list(work: Work, transfer: Transfer, case_ids: Sequence[UUID]) -> None:
    said = await cells(work, case_ids)
    files = await files_of(work, case_ids)
    lines = [
        TransferLine(
            id=new_id(),
            transfer_id=transfer.id,
            position=position,
            content=files[row["case_id"]],
            digest=line_digest(row, files[row["case_id"]]),
            listed_at=work.now,
            **row,
        )
        for position, row in enumerate(said, 1)
    ]
    try:
        await TransferLine.bulk_create(lines, batch_size=_AT_ONCE)
    except IntegrityError as error:
        if violated_constraint(error) == "transfer_lines_one_living":
            raise CaseLeaving from error
        raise


async def exclude_transfer_line(work: Work, transfer: Transfer, line: TransferLine, reason: str) -> Transfer:
    """Take a case off a transfer, with a reason; a package that holds it has to be made anew.

    Raises `TransferStepRefused` or `StaleState`.
    """
    locked = await lock_transfer(transfer)
    _require_editable(work, locked)
    present = await TransferLine.get(id=line.id)
    if not present.living:
        raise TransferStepRefused(state=present.state, step="exclude", reasons=["line_ended"], remedies=[])
    await end_line(work, present, TakenOff("excluded", reason))
    return await move_transfer(work, locked, locked.state, "transfer.line_left_out", {"line": str(line.id)})


async def approve_transfer(
    work: Work, transfer: Transfer, who: Asking, number: str, approved_on: date, *, today: date
) -> Transfer:
    """Let the cases go under a number, as another person than the author; the package is begun at once.

    What a hold or a change has taken off stays. Raises `TransferStepRefused`, `ImpossibleExitDate`,
    `TransferNumberTaken` or `StaleState`.
    """
    locked = await lock_transfer(transfer)
    lives.require_exit_day(approved_on, _EARLIEST, today)
    going = await take_off(work, locked)
    facts = TransferFacts(author=str(locked.author_id), has_lines=bool(going))
    to_state = require_transfer_step(locked, lives.APPROVE, facts, _under(locked, who))
    moved = await move_transfer(
        work,
        locked,
        to_state,
        "transfer.approved",
        {"number": number, "cases": len(going), "list": list_digest(going).hex()},
        number=number,
        approved_on=approved_on,
        approved_by=actor(work),
        approved_at=work.now,
    )
    await request_package(work, moved)
    return moved


async def pack_again(work: Work, transfer: Transfer, *, lost: UUID | None = None) -> TransferPackage:
    """Have the package of the present list made, unless it is being made already, or there and not `lost` by storage.

    Raises `TransferStepRefused` or `StaleState`.
    """
    locked = await lock_transfer(transfer)
    going = await take_off(work, locked)
    if locked.state is not TransferState.APPROVED or not going:
        reason = "no_lines" if locked.state is TransferState.APPROVED else "transfer_in_another_state"
        raise TransferStepRefused(state=locked.state.value, step="pack", reasons=[reason], remedies=[])
    return await request_package(work, locked, digest=list_digest(going), lost=lost)


async def accept_transfer(
    work: Work, transfer: Transfer, who: Asking, accepted: Acceptance, *, today: date
) -> Transfer:
    """Write down that the archive took the package; every case of it is transferred, for good.

    Raises `TransferStepRefused`, `PackageNotReady`, `PackageOutdated`, `PackageMismatch`, `CasesNotTransferable`,
    `ImpossibleExitDate` or `StaleState`.
    """
    locked = await lock_transfer(transfer)
    lines = await living_lines(locked.id)
    facts = TransferFacts(
        approver=str(locked.approved_by),
        has_lines=bool(lines),
        accepted_in_words=bool(accepted.number.strip()) and bool(accepted.accepted_by.strip()),
    )
    to_state = require_transfer_step(locked, lives.ACCEPT, facts, _under(locked, who))
    lives.require_exit_day(accepted.accepted_on, locked.approved_on or _EARLIEST, today)
    package = await _accepted_package(work, locked, lines, accepted)
    await _let_go(work, locked, lines, _under(locked, who))
    said = {"number": accepted.number, "package": str(package.id), "sha256": accepted.package_sha256}
    return await move_transfer(
        work,
        locked,
        to_state,
        "transfer.accepted",
        {**said, "cases": len(lines), "accepted_by": accepted.accepted_by},
        acceptance_number=accepted.number,
        accepted_on=accepted.accepted_on,
        accepted_by=accepted.accepted_by,
        accepted_package_id=package.id,
        acceptance_recorded_by=actor(work),
        acceptance_recorded_at=work.now,
    )


async def _accepted_package(
    work: Work, transfer: Transfer, lines: Sequence[TransferLine], accepted: Acceptance
) -> TransferPackage:
    package = await present_package(transfer.id)
    if package is None or package.state != "ready" or package.sha256 is None:
        raise PackageNotReady(state=package.state if package else "none")
    off = await look_over(work, lines)
    if off or package.list_digest != list_digest(lines):
        raise PackageOutdated(cases=[str(line.case_id) for line in lines if line.id in off][:_SHOWN])
    if package.sha256.hex() != accepted.package_sha256:
        raise PackageMismatch(sha256=package.sha256.hex())
    return package


async def _let_go(work: Work, transfer: Transfer, lines: Sequence[TransferLine], who: Asking) -> None:
    """Take the step of `retention` with every case: recorded by the officer, decided by the head."""
    head = Actor(str(transfer.approved_by), frozenset({Role.HEAD}))
    states = {case.id: case.state for case in await Case.filter(id__in=[line.case_id for line in lines])}
    for line in lines:
        state = case_steps.require(
            states[line.case_id],
            case_steps.TRANSFER,
            CaseFacts(held=False, handed_over=True),
            replace(who, second=head),
        )
        facts = {"state": {"before": states[line.case_id].value, "after": state.value}, "transfer": str(transfer.id)}
        work.record("case.transferred", "case", line.case_id, facts)
    leaving = [state.value for state in CaseState if state in case_steps.TRANSFER.from_states]
    ids = [line.case_id for line in lines]
    if await work.run(_LEAVE, [work.scope.institution_id, ids, leaving]) != len(ids):
        raise StaleState
    await TransferLine.filter(transfer_id=transfer.id, living=True).update(
        state="transferred", living=False, ended_at=work.now
    )


async def cancel_transfer(work: Work, transfer: Transfer, who: Asking, reason: str) -> Transfer:
    """Give a transfer up; its cases stay, and its package is removed. Raises `TransferStepRefused`, `StaleState`."""
    locked = await lock_transfer(transfer)
    facts = TransferFacts(reason_given=bool(reason.strip()))
    to_state = require_transfer_step(locked, lives.CANCEL, facts, who)
    moved = await move_transfer(work, locked, to_state, "transfer.cancelled", {"reason": reason}, reason=reason)
    await TransferLine.filter(transfer_id=transfer.id, living=True).update(
        state="released", living=False, reason=reason, ended_at=work.now
    )
    await supersede(work, transfer.id)
    return moved


def _require_editable(work: Work, transfer: Transfer) -> None:
    who = Asking(Actor(str(actor(work)), frozenset({Role.RECORDS_OFFICER})))
    require_transfer_step(transfer, lives.EDIT, TransferFacts(), who)


def _under(transfer: Transfer, who: Asking) -> Asking:
    return replace(who, single_person=transfer.single_person)
