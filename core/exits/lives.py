"""The life of a transfer: who takes which step, what stands against it, and how it is written."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.exits.errors import ImpossibleExitDate, TransferNumberTaken, TransferStepRefused
from core.exits.models import Transfer, TransferLine, TransferState
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from retention.errors import TransitionRefused
from retention.transitions import Asking, Guard, Refusal, Role, Table, Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFacts:
    """What the steps of a transfer depend on."""

    author: str = ""
    approver: str = ""
    has_lines: bool = False
    reason_given: bool = False
    accepted_in_words: bool = False
    """Whether the archive's act and who signed it are named."""


Step = Transition[TransferState, TransferFacts]

_HAS_LINES: Final[Guard[TransferFacts]] = Guard(
    lambda facts: facts.has_lines, Refusal("no_lines", "No case is left on the list: cancel the transfer.")
)
_REASON: Final[Guard[TransferFacts]] = Guard(
    lambda facts: facts.reason_given, Refusal("no_reason", "Give a reason in words.")
)
_ACCEPTED: Final[Guard[TransferFacts]] = Guard(
    lambda facts: facts.accepted_in_words,
    Refusal("not_handed_over", "Attach the signed transfer act or receipt."),
)

APPROVE: Final = Step(
    name="approve",
    from_states=frozenset({TransferState.DRAFT}),
    to_state=TransferState.APPROVED,
    by=frozenset({Role.HEAD}),
    apart_from=lambda facts: frozenset({facts.author}),
    guards=(_HAS_LINES,),
    undone_by=("cancel",),
)
"""The head lets the cases go; from here on they are promised to the archive."""

ACCEPT: Final = Step(
    name="accept",
    from_states=frozenset({TransferState.APPROVED}),
    to_state=TransferState.ACCEPTED,
    by=frozenset({Role.RECORDS_OFFICER}),
    apart_from=lambda facts: frozenset({facts.approver}),
    guards=(_HAS_LINES, _ACCEPTED),
)
"""The archive has signed; there is no way back."""

CANCEL: Final = Step(
    name="cancel",
    from_states=frozenset({TransferState.DRAFT, TransferState.APPROVED}),
    to_state=TransferState.CANCELLED,
    by=frozenset({Role.RECORDS_OFFICER, Role.HEAD}),
    guards=(_REASON,),
)
"""The cases stay."""

EDIT: Final = Step(
    name="edit",
    from_states=frozenset({TransferState.DRAFT, TransferState.APPROVED}),
    to_state=TransferState.DRAFT,
    by=frozenset({Role.RECORDS_OFFICER}),
)
"""Takes cases off or asks for the package; the state stays what it is."""

_ENDED: Final = Refusal("transfer_in_another_state", "Read the present state of the transfer and decide again.")
TRANSFERS: Final = Table(
    subject="transfer", transitions=(APPROVE, ACCEPT, CANCEL, EDIT), refusal_of_state=lambda _state: _ENDED
)
"""The life of a transfer as one table."""


async def find_transfer(transfer_id: UUID) -> Transfer:
    """Return a transfer of the current institution; raise `NotFound`."""
    found = await Transfer.get_or_none(id=transfer_id)
    if found is None:
        raise NotFound
    return found


async def lock_transfer(transfer: Transfer) -> Transfer:
    """Return the transfer locked, unless somebody changed what `transfer` shows; raise `NotFound`, `StaleState`."""
    found = await Transfer.filter(id=transfer.id).select_for_update().first()
    if found is None:
        raise NotFound
    if found.revision != transfer.revision:
        raise StaleState
    return found


async def find_transfer_line(line_id: UUID) -> TransferLine:
    """Return a line of a transfer of the current institution; raise `NotFound`."""
    found = await TransferLine.get_or_none(id=line_id)
    if found is None:
        raise NotFound
    return found


def require_transfer_step(transfer: Transfer, step: Step, facts: TransferFacts, who: Asking) -> TransferState:
    """Return the state of a transfer after a step; raise `TransferStepRefused` with every reason against it."""
    try:
        return TRANSFERS.require(transfer.state, step, facts, who)
    except TransitionRefused as refusal:
        raise TransferStepRefused(
            state=transfer.state.value, step=step.name, reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal


async def move_transfer(
    work: Work,
    transfer: Transfer,
    to_state: TransferState,
    action: str,
    facts: dict[str, Any],
    **values: Any,  # noqa: ANN401 - columns
) -> Transfer:
    """Write a step over the state and revision that `transfer` shows; raise `StaleState` or `TransferNumberTaken`."""
    present = Transfer.filter(id=transfer.id, state=transfer.state, revision=transfer.revision)
    try:
        changed = await present.update(**values, state=to_state, revision=transfer.revision + 1)
    except IntegrityError as error:
        if violated_constraint(error) == "transfers_number":
            raise TransferNumberTaken(number=values.get("number", "")) from error
        raise
    if changed != 1:
        raise StaleState
    states = {"before": transfer.state.value, "after": to_state.value}
    work.record(action, "transfer", transfer.id, {"state": states, **facts})
    if to_state is not transfer.state:
        work.emit(f"transfer.{to_state.value}", {"transfer": str(transfer.id)})
    return await find_transfer(transfer.id)


def require_exit_day(day: date, earliest: date, latest: date) -> None:
    """Raise `ImpossibleExitDate` for a day outside `earliest` and `latest`."""
    if not earliest <= day <= latest:
        raise ImpossibleExitDate(earliest=earliest.isoformat(), latest=latest.isoformat())
