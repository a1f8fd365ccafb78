"""Where snapshots are filed: the class that the institution named, and its open case of the year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.cases.models import Case
from core.cases.opening import NewCase, open_case
from core.institutions.registry import present
from core.kernel.clock import today
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import INSTALLATION, new_id
from core.nomenclature.finding import version_in_force
from core.period_exports.errors import ExportClassMissing, ExportClassUnfit
from core.period_exports.models import PeriodExportSettings
from retention.case_facts import CaseState

_FITTING: Final = """
SELECT c.lineage_id, c.class_index, c.title FROM record_classes c
 WHERE c.institution_id = $1 AND c.version_id = $2 AND c.rule_root_id IS NOT NULL
   AND c.title ILIKE '%выгрузк%' AND c.title ILIKE '%платформ%'
 ORDER BY c.class_index, c.id LIMIT 20
"""
_CLASS: Final = """
SELECT c.id, c.class_index, c.title,
       (SELECT r.status FROM rule_versions r WHERE r.institution_id = c.institution_id AND r.root_id = c.rule_root_id
         ORDER BY r.sequence DESC LIMIT 1) AS status
  FROM record_classes c WHERE c.institution_id = $1 AND c.version_id = $2 AND c.lineage_id = $3
"""
_CHANGE: Final = """
INSERT INTO period_export_settings AS s
  (id, institution_id, lineage_id, due_days, revision, changed_at, changed_by) VALUES ($1, $2, $3, $4, 1, $5, $6)
ON CONFLICT (institution_id) DO UPDATE SET lineage_id = excluded.lineage_id, due_days = excluded.due_days,
  revision = s.revision + 1, changed_at = excluded.changed_at, changed_by = excluded.changed_by
 WHERE s.revision = $7
"""
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


@dataclass(frozen=True, slots=True, kw_only=True)
class FittingClass:
    """A class whose title speaks of such snapshots."""

    lineage_id: UUID
    class_index: str
    title: str


async def present_settings(work: Work) -> PeriodExportSettings:
    """Return what the institution has said; revision 0 with the defaults while nobody has said anything."""
    found = await PeriodExportSettings.first()
    return found or PeriodExportSettings(revision=0, changed_at=work.now, changed_by=INSTALLATION)


async def change_settings(
    work: Work, settings: PeriodExportSettings, *, lineage_id: UUID | None, due_days: int
) -> PeriodExportSettings:
    """Say anew where snapshots are filed and when they are due; raise `ExportClassUnfit` or `StaleState`."""
    if (lineage_id, due_days) == (settings.lineage_id, settings.due_days):
        return settings
    if lineage_id is not None:
        await _class_in_force(work, lineage_id)
    actor = work.scope.actor_id or INSTALLATION
    values = [new_id(), work.scope.institution_id, lineage_id, due_days, work.now, actor, settings.revision]
    if await work.run(_CHANGE, values) != 1:
        raise StaleState
    said = {"record_class": str(lineage_id or ""), "due_days": due_days}
    work.record("period_export_settings.changed", "period_export_settings", "", said)
    return await PeriodExportSettings.all().get()


async def fitting_classes(work: Work) -> Sequence[FittingClass]:
    """Return the classes in force whose titles speak of such snapshots («Выгрузки результатов с … платформы …»)."""
    version = await version_in_force(work, await _today(work))
    if version is None:
        return []
    rows = await work.rows(_FITTING, [work.scope.institution_id, version])
    return [FittingClass(**row) for row in rows]


async def require_class(work: Work) -> None:
    """Raise `ExportClassMissing` or `ExportClassUnfit` where a snapshot could not be filed now."""
    settings = await present_settings(work)
    if settings.lineage_id is None:
        proposed = [{"lineage_id": str(each.lineage_id), "title": each.title} for each in await fitting_classes(work)]
        raise ExportClassMissing(proposed=proposed)
    await _class_in_force(work, settings.lineage_id)


async def case_of_snapshots(work: Work) -> Case:
    """Return the open case into which snapshots go now; it is opened if there is none.

    Raises `ExportClassMissing` or `ExportClassUnfit`.
    """
    await require_class(work)
    settings = await present_settings(work)
    lineage = settings.lineage_id
    if lineage is None:
        raise ExportClassMissing(proposed=[])
    # Two snapshots that are filed at the same moment open one case between them.
    await work.rows(_ONE_AT_A_TIME, [f"period_export_case/{work.scope.institution_id}"])
    record_class = await _class_in_force(work, lineage)
    cases = Case.filter(lineage_id=lineage, state=CaseState.OPEN, subject_kind__isnull=True)
    found = await cases.filter(class_id=record_class).order_by("-id").first()
    found = found or await cases.filter(carried_over=True).order_by("-year", "-id").first()
    if found is not None:
        return found
    day = await _today(work)
    return await open_case(work, NewCase(class_id=record_class, opened_on=day, electronic=True), today=day)


async def _class_in_force(work: Work, lineage_id: UUID) -> UUID:
    version = await version_in_force(work, await _today(work))
    rows: list[dict[str, Any]] = []
    if version is not None:
        rows = await work.rows(_CLASS, [work.scope.institution_id, version, lineage_id])
    if not rows or rows[0]["status"] != "understood":
        raise ExportClassUnfit(lineage=str(lineage_id), class_index=rows[0]["class_index"] if rows else "")
    found: UUID = rows[0]["id"]
    return found


async def _today(work: Work) -> date:
    zone = (await present(work)).time_zone
    return today(lambda: work.now, zone)
