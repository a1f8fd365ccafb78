"""Fixity: reading originals back over the years and comparing them with their digests (ISO 14721, ISO 15489-1)."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from storage.errors import ObjectAbsent
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class FixityTask:
    """One version and the digest that it must have."""

    key: str
    version_id: str
    sha256: str


class FixityOutcome(StrEnum):
    """What a fixity check found."""

    INTACT = "intact"
    DAMAGED = "damaged"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixityResult:
    """What a fixity check found for one task."""

    task: FixityTask
    outcome: FixityOutcome
    actual_sha256: str | None
    """Absent if there were no bytes to hash."""
    size: int
    """Bytes read."""


async def check(vault: Vault, task: FixityTask) -> FixityResult:
    """Read one version back and compare.

    Raises:
        StoreUnavailable: nothing can be said about the object; ask again later.
    """
    try:
        seen = await vault.verify(task.key, task.version_id, task.sha256)
    except ObjectAbsent:
        return FixityResult(task=task, outcome=FixityOutcome.ABSENT, actual_sha256=None, size=0)
    outcome = FixityOutcome.INTACT if seen.intact else FixityOutcome.DAMAGED
    return FixityResult(task=task, outcome=outcome, actual_sha256=seen.actual_sha256, size=seen.size)


async def check_all(vault: Vault, tasks: AsyncIterable[FixityTask]) -> AsyncIterator[FixityResult]:
    """Check one version after the other; an unavailable store ends the round with its error, findings so far stand."""
    async for task in tasks:
        yield await check(vault, task)
