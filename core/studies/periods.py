"""Study years and reporting periods: making and correcting."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.origins.hands import noted
from core.people.errors import require_order
from core.sdk.connectors import EntityKind
from core.studies.errors import PeriodsInCircle, StudyPeriodsOverlap
from core.studies.models import PeriodKind, StudyPeriod

EDITABLE: Final = frozenset(
    {"name", "kind", "study_year", "number", "audience", "starts_on", "ends_on", "parent_id"},
)

_BY_HAND: Final = EDITABLE - {"audience"}
"""What an import may bring too."""
_ABOVE: Final = """
WITH RECURSIVE above AS (
  SELECT id, parent_id FROM study_periods WHERE institution_id = $1 AND id = $2
  UNION SELECT p.id, p.parent_id FROM study_periods p JOIN above a ON p.institution_id = $1 AND p.id = a.parent_id)
SELECT id FROM above
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPeriod:
    """A period to be made; what is not known is empty."""

    name: str
    kind: PeriodKind
    starts_on: date
    ends_on: date
    study_year: str = ""
    number: int | None = None
    audience: str = ""
    parent_id: UUID | None = None


async def find_period(period_id: UUID) -> StudyPeriod:
    """Return a study period of the current institution; raise `NotFound`."""
    period = await StudyPeriod.get_or_none(id=period_id)
    if period is None:
        raise NotFound
    return period


async def create_period(work: Work, wanted: WantedPeriod) -> StudyPeriod:
    """Make a period; raise `EndsBeforeStart`, `StudyPeriodsOverlap`, or `NotFound` without its parent."""
    values = asdict(wanted)
    require_order(wanted.starts_on, wanted.ends_on)
    if wanted.parent_id is not None:
        await find_period(wanted.parent_id)
    await _refuse_overlap(values, None)
    try:
        period = await StudyPeriod.create(**values, created_at=work.now)
    except IntegrityError as error:
        _refuse(error)
        raise
    work.record("study_period.created", "study_period", period.id, values)
    work.emit("study_period.created", {"study_period": str(period.id)})
    return period


async def edit_period(work: Work, period: StudyPeriod, changes: Mapping[str, Any]) -> StudyPeriod:
    """Write `changes` over the revision that `period` shows; return the period as it then is.

    A period that a source made overlap with another one does so no longer when days, kind or audience keep them
    apart. Raises `EndsBeforeStart`, `StudyPeriodsOverlap`, `NotFound` (no such parent), `PeriodsInCircle` or
    `StaleState`.
    """
    given = {name: value for name, value in changes.items() if name in EDITABLE}
    wanted = {name: value for name, value in given.items() if value != getattr(period, name)}
    if not wanted:
        return period
    after = {name: wanted.get(name, getattr(period, name)) for name in EDITABLE}
    require_order(after["starts_on"], after["ends_on"])
    if wanted.get("parent_id") is not None:
        await _refuse_circle(work, period, wanted["parent_id"])
    overlapping = period.overlapping
    if wanted.keys() & {"kind", "audience", "starts_on", "ends_on"}:
        await _refuse_overlap(after, period.id)
        overlapping = False
    try:
        changed = await StudyPeriod.filter(id=period.id, revision=period.revision).update(
            **wanted, overlapping=overlapping, revision=period.revision + 1
        )
    except IntegrityError as error:
        _refuse(error)
        raise
    if changed != 1:
        raise StaleState
    await noted(work, EntityKind.STUDY_PERIODS, period.id, {name: wanted[name] for name in wanted.keys() & _BY_HAND})
    before = {name: getattr(period, name) for name in sorted(wanted)}
    work.record(
        "study_period.edited", "study_period", period.id, {"before": before, "after": dict(sorted(wanted.items()))}
    )
    work.emit("study_period.edited", {"study_period": str(period.id), "fields": sorted(wanted)})
    return await find_period(period.id)


async def _refuse_overlap(wanted: Mapping[str, Any], own_id: UUID | None) -> None:
    """Name a period that has some of the days; whoever comes before the commit meets the constraint."""
    if wanted["kind"] is PeriodKind.OTHER:
        return
    same = StudyPeriod.filter(kind=wanted["kind"], audience=wanted["audience"], gone_at=None, overlapping=False)
    for other in await same.filter(starts_on__lte=wanted["ends_on"], ends_on__gte=wanted["starts_on"]).limit(2):
        if other.id != own_id:
            raise StudyPeriodsOverlap(period=str(other.id), address=f"/api/v1/study-periods/{other.id}")


async def _refuse_circle(work: Work, period: StudyPeriod, parent_id: UUID) -> None:
    above = [row["id"] for row in await work.rows(_ABOVE, [work.scope.institution_id, parent_id])]
    if not above:
        raise NotFound(study_period=str(parent_id))
    if period.id in above:
        raise PeriodsInCircle


def _refuse(error: IntegrityError) -> None:
    if violated_constraint(error) == "study_periods_apart":
        raise StudyPeriodsOverlap from error
