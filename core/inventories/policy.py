"""How an institution disposes: how long an approved act waits, and whether one person may play every part.

The declared single-person mode («режим одного лица») is a setting of the institution, made by the head with date and
ground. It lifts that persons must differ, nothing else; acts keep what held when they were submitted.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.inventories.models import DisposalPolicy
from core.kernel.database.work import Work
from core.nomenclature.drafting import actor
from retention.disposal_facts import DEFAULT_WAITING_DAYS, SinglePersonMode


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDisposalPolicy:
    """A decision about disposal."""

    waiting_days: int
    single_person: bool
    ground: str


async def latest_disposal_policy() -> DisposalPolicy | None:
    """Return what was decided last; None while nothing was."""
    return await DisposalPolicy.all().order_by("-id").first()


async def decide_disposal_policy(work: Work, new: NewDisposalPolicy, *, today: date) -> DisposalPolicy:
    """Write down a decision; acts that are submitted already keep what held then."""
    members: dict[str, Any] = {
        "waiting_days": new.waiting_days,
        "single_person": new.single_person,
        "ground": new.ground,
    }
    made = await DisposalPolicy.create(**members, declared_on=today, decided_by=actor(work), decided_at=work.now)
    work.record("disposal_policy.decided", "disposal_policy", made.id, {**members, "declared_on": today.isoformat()})
    work.emit("disposal_policy.decided", {"policy": str(made.id)})
    return made


async def waiting_days() -> int:
    """Return how many days an approved act waits."""
    row = await latest_disposal_policy()
    return DEFAULT_WAITING_DAYS if row is None else row.waiting_days


async def single_person_mode() -> SinglePersonMode | None:
    """Return the declaration of the single-person mode that holds now; None where persons must differ."""
    row = await latest_disposal_policy()
    if row is None or not row.single_person:
        return None
    return SinglePersonMode(row.declared_on, row.ground)
