"""Lines of a preview, a page at a time: each case with what keeps it and what would."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.models import JobRow
from core.redating.models import RedatingAcceptance, RedatingPreview

# A line without a group is untouched: what keeps it stands in the case itself.
_LINES: Final = """
SELECT l.case_id, l.kind, l.due, l.held, l.result, l.reason, c.class_index, c.title, c.closed_on, c.lineage_id,
       coalesce(g.outcome_before, c.outcome) AS outcome_before, g.outcome_after,
       CASE WHEN g.key IS NULL THEN c.earliest_act_date ELSE g.earliest_before END AS earliest_before, g.earliest_after,
       g.not_before, coalesce(g.rule_before, c.rule_id) AS rule_before, g.rule_after,
       coalesce(g.explanation_before, c.explanation) AS explanation_before, g.explanation_after,
       b.term AS term_before, b.article AS article_before, a.term AS term_after, a.article AS article_after,
       (SELECT i.inventory_id FROM inventory_lines i
          JOIN inventories v ON v.institution_id = $1 AND v.id = i.inventory_id
         WHERE i.institution_id = $1 AND i.case_id = c.id AND v.state = 'approved' AND l.kind = 'in_inventory'
         ORDER BY i.inventory_id LIMIT 1) AS inventory_id,
       (SELECT d.act_id FROM disposal_act_lines d
         WHERE d.institution_id = $1 AND d.case_id = c.id AND d.living AND l.kind = 'on_act') AS act_id
  FROM (SELECT * FROM redating_lines
         WHERE institution_id = $1 AND preview_id = $2 AND case_id > $3 {filters}
         ORDER BY case_id LIMIT {limit}) l
  JOIN cases c ON c.institution_id = $1 AND c.id = l.case_id
  LEFT JOIN redating_groups g ON g.preview_id = $2 AND g.key = l.group_key
  LEFT JOIN rule_versions b ON b.institution_id = $1 AND b.id = coalesce(g.rule_before, c.rule_id)
  LEFT JOIN rule_versions a ON a.institution_id = $1 AND a.id = g.rule_after
 ORDER BY l.case_id
"""
_WORKING: Final = ("computing", "applying")
_FILTERS: Final = {
    "kind": "kind = ${place}",
    "due": "due",
    "held": "held",
    "result": "result = ${place}",
    "reason": "reason = ${place}",
}


async def tell_ends(*rows: RedatingPreview | RedatingAcceptance) -> None:
    """Show what was given up or cancelled before its job could say so itself; changes nothing that is kept."""
    working = {row.job_id: row for row in rows if row.state in _WORKING}
    if working:
        for job in await JobRow.all().filter(id__in=list(working), state__in=["failed", "cancelled"]):
            working[job.id].state = str(job.state)


async def read_lines(
    work: Work, redating_id: UUID, *, after: UUID, limit: int, filters: Mapping[str, str | bool]
) -> tuple[list[dict[str, Any]], bool]:
    """Return at most `limit` lines behind the case `after`, and whether more follow.

    `filters` are any of `kind`, `result` and `reason` with a value, `due` and `held`, which are looked at if true.
    """
    values: list[Any] = [work.scope.institution_id, redating_id, after]
    said = []
    for name, value in filters.items():
        if isinstance(value, str):
            values.append(value)
        if value:
            said.append(f"AND {_FILTERS[name].format(place=len(values))}")
    rows = await work.rows(_LINES.format(filters=" ".join(said), limit=limit + 1), values)
    for row in rows:
        for name in ("explanation_before", "explanation_after"):
            row[name] = json.loads(row[name]) if isinstance(row[name], str) else row[name]
    return rows[:limit], len(rows) > limit
