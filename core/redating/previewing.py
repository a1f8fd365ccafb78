"""Asking for a preview: which rule each class has now is written down at once, the cases are judged by a job."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.policy import latest_policy
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from core.nomenclature.finding import find_class, find_version
from core.redating.errors import RedatingRunning, RedatingScopeInvalid
from core.redating.models import RedatingPreview

PREVIEW_JOB: Final = "redating.preview"
"""Judges every case of a preview; `core.redating.computing` is its handler."""

_SETTLE: Final = """
UPDATE redating_previews p SET state = CASE j.state WHEN 'cancelled' THEN 'cancelled' ELSE 'failed' END, ended_at = $2
  FROM jobs j
 WHERE p.institution_id = $1 AND p.state = 'computing' AND j.institution_id = $1 AND j.id = p.job_id
   AND j.state IN ('failed', 'cancelled')
"""
_LATEST_RULE: Final = """
  JOIN LATERAL (SELECT r.id FROM rule_versions r WHERE r.institution_id = $1 AND r.root_id = c.rule_root_id
                 ORDER BY r.sequence DESC LIMIT 1) r ON true
"""
_OF_VERSION: Final = f"""
INSERT INTO redating_targets (id, institution_id, preview_id, class_id, lineage_id, class_index, rule_root_id, rule_id)
SELECT gen_random_uuid(), $1, $2, c.id, c.lineage_id, c.class_index, c.rule_root_id, r.id
  FROM record_classes c {_LATEST_RULE}
 WHERE c.institution_id = $1 AND c.version_id = $3 AND c.rule_root_id IS NOT NULL
"""  # noqa: S608 - of our own parts
_OF_CASES: Final = f"""
INSERT INTO redating_targets (id, institution_id, preview_id, rule_root_id, rule_id)
SELECT gen_random_uuid(), $1, $2, c.rule_root_id, r.id
  FROM (SELECT DISTINCT rule_root_id FROM cases
         WHERE institution_id = $1 AND ($3::uuid IS NULL OR lineage_id = $3)) c {_LATEST_RULE}
"""  # noqa: S608 - of our own parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a preview is about; without a version each case is measured by its own rule as it reads now."""

    version_id: UUID | None = None
    by_index: bool = False
    """Whether a class is found in the version by its index instead of its identity."""
    class_id: UUID | None = None
    """Row of any nomenclature: only cases of this class, of all years."""
    first_year: int | None = None
    last_year: int | None = None
    """Years of closing."""


async def find_redating(redating_id: UUID) -> RedatingPreview:
    """Return a preview of the current institution; raise `NotFound`."""
    found = await RedatingPreview.get_or_none(id=redating_id)
    if found is None:
        raise NotFound
    return found


async def ask_preview(work: Work, scope: Scope, *, today: date) -> RedatingPreview:
    """Begin a preview; one at a time is computed in an institution.

    Raises `NotFound` for version or class, `RedatingScopeInvalid`, `RedatingRunning`, or `StaleState` if somebody was
    quicker.
    """
    if (scope.first_year or 0) > (scope.last_year or 9999) or (scope.by_index and scope.version_id is None):
        raise RedatingScopeInvalid
    version = None if scope.version_id is None else await find_version(scope.version_id)
    if version is not None and version.state == "abandoned":
        raise NotFound
    lineage = None if scope.class_id is None else (await find_class(scope.class_id)).lineage_id
    await work.run(_SETTLE, [work.scope.institution_id, work.now])
    running = await RedatingPreview.get_or_none(state="computing")
    if running is not None:
        raise RedatingRunning(redating=str(running.id), address=f"/api/v1/redatings/{running.id}")
    policy = await latest_policy()
    preview = RedatingPreview(
        id=new_id(),
        match="own" if scope.version_id is None else "index" if scope.by_index else "identity",
        version_id=scope.version_id,
        version_approved=version is not None and version.state == "approved",
        lineage_id=lineage,
        first_year=scope.first_year,
        last_year=scope.last_year,
        computed_on=today,
        policy_id=None if policy is None else policy.id,
        requested_by=actor(work),
        requested_at=work.now,
    )
    preview.digest = hashlib.sha256(_said(preview).encode()).digest()
    preview.job_id = work.defer(
        PREVIEW_JOB, subject_type="redating", subject_id=preview.id, arguments={"redating": str(preview.id)}
    )
    try:
        await preview.save(force_create=True)
    except IntegrityError as error:
        if violated_constraint(error) == "redating_previews_one_computing":
            raise StaleState from error
        raise
    values = [work.scope.institution_id, preview.id]
    if scope.version_id is not None:
        await work.run(_OF_VERSION, [*values, scope.version_id])
    else:
        await work.run(_OF_CASES, [*values, lineage])
    work.record("redating.preview_asked", "redating", preview.id, _facts(preview))
    return await find_redating(preview.id)


def _facts(preview: RedatingPreview) -> dict[str, str]:
    names = ("match", "version_id", "lineage_id", "first_year", "last_year", "computed_on", "policy_id")
    return {name: str(getattr(preview, name) or "") for name in names}


def _said(preview: RedatingPreview) -> str:
    return " ".join([str(preview.id), *_facts(preview).values()])
