"""Closing a case, which starts its term, and opening it again."""

from datetime import date
from typing import Any, Final

from core.cases.models import Case, Volume
from core.cases.opening import find_case, lock_case, require_day
from core.cases.redatings import redatings_of
from core.cases.search_entry import index_case
from core.cases.verdicts import Judgement, computed_state, judge, keep, require_step
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from retention.case_facts import CaseFacts
from retention.cases import CLOSE, REOPEN

_CLASS_IN_FORCE: Final = """
SELECT c.id, c.version_id, c.rule_root_id, c.class_index FROM record_classes c
  JOIN nomenclature_versions v ON v.institution_id = c.institution_id AND v.id = c.version_id
 WHERE c.institution_id = $1 AND c.lineage_id = $2 AND v.state = 'approved' AND v.year = $3 AND v.effective_on <= $4
   AND c.rule_root_id IS NOT NULL
 ORDER BY v.effective_on DESC, v.ordinal DESC LIMIT 1
"""


async def close_case(work: Work, case: Case, *, closed_on: date | None, today: date, close_volumes: bool) -> Case:
    """Close a case on the day of its last document or of the formal closing, and compute how long it is kept.

    Class and version of the nomenclature are fixed: those in force on that day. Without a day it is that of the last
    document, or today if there is none. Raises `CaseStepRefused`, `ImpossibleCaseDate` or `StaleState`.
    """
    locked = await _locked(case)
    day = closed_on or locked.last_document_on or today
    require_day("closed_on", day, max(locked.opened_on, locked.last_document_on or locked.opened_on), today)
    if close_volumes:
        await Volume.filter(case_id=case.id, closed_on=None, opened_on__lte=day).update(closed_on=day)
    volumes_open = await Volume.filter(case_id=case.id, closed_on=None).exists()
    require_step(locked.state, CLOSE, CaseFacts(volumes_closed=not volumes_open, closing_day_given=True))
    locked.closed_on = day
    fixed = await _class_in_force(work, locked, day)
    locked.rule_root_id = fixed["rule_root_id"]
    judgement = await judge(work, locked, today=today)
    work.record("case.closed", "case", case.id, {"closed_on": day.isoformat(), "class_index": fixed["class_index"]})
    work.emit("case.closed", {"case": str(case.id)})
    await keep(work, locked, computed_state(judgement), judgement, closed_on=day, **fixed)
    after = await find_case(case.id)
    if after.class_index != case.class_index:
        await index_case(work, after)
    return after


async def _class_in_force(work: Work, case: Case, day: date) -> dict[str, Any]:
    """Return the row that governs a case that ends on `day`, or else its own.

    A case of one office year belongs to the latest version of that year, although its last papers may come later; one
    that was carried over belongs to the version that is in force when it ends. What a person accepted of a changed rule
    outlives a reopening: the case keeps that rule.
    """
    year = day.year if case.carried_over else case.year
    values = [work.scope.institution_id, case.lineage_id, year, day]
    found = [] if await redatings_of(work, case.id) else await work.rows(_CLASS_IN_FORCE, values)
    if not found:
        return {
            "class_id": case.class_id,
            "version_id": case.version_id,
            "rule_root_id": case.rule_root_id,
            "class_index": case.class_index,
        }
    row = found[0]
    return {"class_id": row["id"], **{name: row[name] for name in ("version_id", "rule_root_id", "class_index")}}


async def reopen_case(work: Work, case: Case, reason: str, *, today: date) -> Case:
    """Open a case again that was closed by mistake or too early; raise `CaseStepRefused` or `StaleState`."""
    locked = await _locked(case)
    facts = CaseFacts(reason_given=bool(reason.strip()), bound=locked.bound)
    state = require_step(locked.state, REOPEN, facts)
    former = locked.closed_on
    locked.closed_on = None
    judgement: Judgement = await judge(work, locked, today=today)
    work.record(
        "case.reopened", "case", case.id, {"reason": reason, "was_closed_on": former.isoformat() if former else None}
    )
    work.emit("case.reopened", {"case": str(case.id)})
    await keep(work, locked, state, judgement, closed_on=None)
    return await find_case(case.id)


async def _locked(case: Case) -> Case:
    locked = await lock_case(case.id)
    if locked.revision != case.revision:
        raise StaleState
    return locked
