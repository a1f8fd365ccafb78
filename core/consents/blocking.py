"""Blocking: what the archive law still requires is kept and not used; lifted by another person.

Whoever reads or changes what lies in a personal file passes `require_readable` or `require_unblocked`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.models import Case
from core.consents.errors import (
    BlockedByArchiveTerm,
    BlockedReading,
    BlockingExists,
    BlockingLifted,
    OwnBlocking,
    PersonalFileBlocked,
    PurposeNotStated,
)
from core.consents.models import Blocking
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import Fact, NotFound
from core.nomenclature.drafting import actor
from core.personal_files.filing import find_personal_file
from core.personal_files.models import PersonalFile

ARCHIVE_TERM: Final = "archive_term"
OPENS_BLOCKED: Final = "blocked.open"
UNKNOWN_DAY: Final = "—"

_LIFT: Final = """
UPDATE blockings SET state = 'lifted', lifted_by = $3, lifted_at = $4, lift_reason = $5, lift_evidence = $6,
  revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND state = 'active'
"""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a personal file is blocked."""

    blockings: Sequence[Blocking]
    """The active ones, the first one first; never empty."""
    kept_until: date | None
    """Last day of the term of the case that the personal file is; None while there is none or it is not known."""

    def facts(self) -> dict[str, Fact]:
        """Return what a refusal says of it."""
        return {
            "reason": self.blockings[0].reason,
            "until": said_day(self.kept_until),
            "kept_until": None if self.kept_until is None else self.kept_until.isoformat(),
            "blockings": [
                {
                    "id": str(each.id),
                    "address": f"/api/v1/blockings/{each.id}",
                    "ground": each.ground,
                    "since": each.placed_at.isoformat(),
                }
                for each in self.blockings
            ],
        }


def said_day(day: date | None) -> str:
    """Return a day as Russian papers write it, a dash for none."""
    return UNKNOWN_DAY if day is None else f"{day:%d.%m.%Y}"


async def find_blocking(blocking_id: UUID) -> Blocking:
    """Return a blocking of the current institution; raise `NotFound`."""
    found = await Blocking.get_or_none(id=blocking_id)
    if found is None:
        raise NotFound
    return found


async def place_blocking(work: Work, personal_file_id: UUID, *, ground: str, reason: str, evidence: str) -> Blocking:
    """Block a personal file from use, from the commit on; raise `NotFound` or `BlockingExists`."""
    await find_personal_file(personal_file_id)
    earlier = await Blocking.get_or_none(personal_file_id=personal_file_id, ground=ground, state="active")
    if earlier is not None:
        raise BlockingExists(blocking=str(earlier.id), address=f"/api/v1/blockings/{earlier.id}")
    try:
        made = await Blocking.create(
            personal_file_id=personal_file_id,
            ground=ground,
            reason=reason,
            evidence=evidence,
            placed_by=actor(work),
            placed_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "blockings_one_of_a_ground":
            raise BlockingExists from error
        raise
    payload = {"personal_file": str(personal_file_id), "ground": ground, "reason": reason, "evidence": evidence}
    work.record("blocking.placed", "blocking", made.id, payload)
    work.emit("blocking.placed", {"blocking": str(made.id), "personal_file": str(personal_file_id)})
    return made


async def lift_blocking(work: Work, blocking: Blocking, *, reason: str, evidence: str) -> Blocking:
    """End a blocking that another person placed; raise `OwnBlocking` or `BlockingLifted`."""
    if blocking.state != "active":
        raise BlockingLifted
    if blocking.placed_by == actor(work):
        raise OwnBlocking
    values = [work.scope.institution_id, blocking.id, actor(work), work.now, reason, evidence]
    if await work.run(_LIFT, values) != 1:
        raise BlockingLifted
    work.record("blocking.lifted", "blocking", blocking.id, {"reason": reason, "evidence": evidence})
    work.emit("blocking.lifted", {"blocking": str(blocking.id), "personal_file": str(blocking.personal_file_id)})
    return await find_blocking(blocking.id)


async def kept_until(personal_file_id: UUID) -> date | None:
    """Return the last day of the term of the case that a personal file is, None while that is not known."""
    case = await Case.get_or_none(subject_kind="personal_file", subject_id=personal_file_id)
    return None if case is None else case.kept_until


async def why_blocked(personal_file_id: UUID | None) -> Why | None:
    """Return why a personal file is blocked from use, None if it is not."""
    if personal_file_id is None or not await PersonalFile.exists(id=personal_file_id, blocked=True):
        return None
    active = await Blocking.filter(personal_file_id=personal_file_id, state="active").order_by("id")
    # Lifted between the two looks.
    return Why(active, await kept_until(personal_file_id)) if active else None


async def require_unblocked(personal_file_id: UUID | None) -> None:
    """Raise `PersonalFileBlocked` if what is to be changed lies in a blocked personal file; None: in none."""
    why = await why_blocked(personal_file_id)
    if why is None:
        return
    term = why.kept_until is not None and any(each.ground == ARCHIVE_TERM for each in why.blockings)
    kind = BlockedByArchiveTerm if term else PersonalFileBlocked
    raise kind("", **why.facts())


async def require_readable(work: Work, personal_file_id: UUID | None, *, opens_blocked: bool) -> None:
    """Let through who may open what is blocked and says what for.

    Raises `BlockedReading` or `PurposeNotStated` for a document of a blocked personal file.
    """
    why = await why_blocked(personal_file_id)
    if why is None:
        return
    if not opens_blocked:
        raise BlockedReading("", needed=[OPENS_BLOCKED], **why.facts())
    if not work.scope.purpose:
        raise PurposeNotStated("", **why.facts())
