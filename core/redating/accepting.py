"""Accepting a preview: a person names it by its digest; a job does what was accepted, and nothing else."""

from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.policy import latest_policy
from core.institutions.registry import present_day
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from core.nomenclature.finding import find_version, version_in_force
from core.nomenclature.models import NomenclatureVersion
from core.redating.errors import (
    NothingToAccept,
    RedatingAccepted,
    RedatingDigestDiffers,
    RedatingNotReady,
    RedatingOutdated,
)
from core.redating.models import KINDS, Part, RedatingAcceptance, RedatingPreview

APPLY_JOB: Final = "redating.apply"
"""Dates the cases of an accepted preview anew; `core.redating.applying` is its handler."""


async def accept(work: Work, preview: RedatingPreview, part: Part, *, digest: str, reason: str) -> RedatingAcceptance:
    """Accept one part of what a preview shows; whoever asks has seen the content that `digest` names.

    Raises `RedatingNotReady`, `RedatingDigestDiffers`, `NothingToAccept`, `RedatingOutdated` or `RedatingAccepted`.
    """
    if preview.state != "ready":
        raise RedatingNotReady(state=preview.state)
    if digest != preview.digest.hex():
        raise RedatingDigestDiffers
    if not any(preview.counts.get(kind.value) for kind in KINDS[part]):
        raise NothingToAccept
    outdated = await outdated_reasons(work, preview)
    if outdated:
        raise RedatingOutdated(reasons=outdated)
    former = await RedatingAcceptance.get_or_none(preview_id=preview.id, part=part.value)
    if former is not None:
        raise _accepted(preview, former.id)
    acceptance_id = new_id()
    # One after the other: the second finds the cases that the first has moved on, and leaves them.
    job_id = work.defer(
        APPLY_JOB,
        subject_type="redating",
        subject_id=preview.id,
        arguments={"acceptance": str(acceptance_id)},
        lock=f"redating:{work.scope.institution_id}",
    )
    try:
        await RedatingAcceptance.create(
            id=acceptance_id,
            preview_id=preview.id,
            part=part.value,
            reason=reason,
            digest=preview.digest,
            job_id=job_id,
            accepted_by=actor(work),
            accepted_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "redating_acceptances_once":
            raise _accepted(preview, None) from error
        raise
    counts = {kind.value: preview.counts.get(kind.value, 0) for kind in KINDS[part]}
    facts = {"acceptance": str(acceptance_id), "digest": digest, "reason": reason, "counts": counts}
    work.record(f"redating.{part.value}_accepted", "redating", preview.id, facts)
    work.emit("redating.accepted", {"redating": str(preview.id), "acceptance": str(acceptance_id)})
    return await RedatingAcceptance.get(id=acceptance_id)


def _accepted(preview: RedatingPreview, acceptance: UUID | None) -> RedatingAccepted:
    return RedatingAccepted(
        acceptance="" if acceptance is None else str(acceptance), address=f"/api/v1/redatings/{preview.id}"
    )


async def outdated_reasons(work: Work, preview: RedatingPreview) -> list[str]:
    """Say what a preview rests on that does not hold today: its version, as it was then, or the policy."""
    reasons = []
    if preview.version_id is not None:
        version = await find_version(preview.version_id)
        # A draft may have been written over since.
        if not preview.version_approved:
            reasons.append("previewed_before_approval")
        if not await _in_force(work, version):
            reasons.append("version_not_in_force")
    latest = await latest_policy()
    if (latest and latest.id) != preview.policy_id:
        reasons.append("policy_changed")
    return reasons


async def _in_force(work: Work, version: NomenclatureVersion) -> bool:
    """Say whether a version is the latest of its year that has taken effect; that of a past year stays so."""
    today = await present_day(work)
    last = min(today, today.replace(year=version.year, month=12, day=31))
    return last.year == version.year and await version_in_force(work, last) == version.id
