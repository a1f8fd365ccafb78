"""Which cases belong into which inventory, and for which years inventories are there.

A disposal act needs approved inventories of permanent, personnel and long-term cases for its years, or the statement
that there are none (`retention.disposal_facts.ActGate.INVENTORIES`).
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.inventories.models import Inventory
from core.kernel.database.work import Work

CATEGORIES: Final = ("permanent", "personnel", "long_term")
ASK_THE_ARCHIVE: Final = ("permanent", "personnel")
"""Categories whose inventories the archive's commission sees, where the institution supplies an archive."""
_SHOWN: Final = 20

# Permanent by verdict; over ten years by the rule, whatever events moved the date by, or by a condition of the rule
# that prevailed. Personnel records are of the latter, and only people know them: entered into either inventory, a case
# is accounted for.
CLOSED_CASES: Final = """
WITH rule AS (
  SELECT DISTINCT ON (r.root_id) r.root_id, r.term, r.article, r.reading -> 'rule' -> 'term' AS parsed,
         EXISTS (SELECT FROM jsonb_array_elements(r.reading -> 'rule' -> 'conditions') AS e
                  WHERE e #>> '{term,kind}' IN ('dual', 'age_based') OR (e #>> '{term,years}')::integer > 10)
           AS may_be_long
    FROM rule_versions r WHERE r.institution_id = $1 ORDER BY r.root_id, r.sequence DESC),
kept AS (
  SELECT c.id, c.class_index, c.title, c.opened_on, c.closed_on, rule.term, rule.article,
         CASE WHEN c.outcome IN ('permanent', 'until_liquidation') THEN 'permanent'
              WHEN rule.parsed ->> 'kind' IN ('dual', 'age_based') OR (rule.parsed ->> 'years')::integer > 10
                OR rule.may_be_long AND extract(year FROM c.kept_until) - extract(year FROM c.closed_on) > 10
              THEN 'long_term' ELSE 'short' END AS category
    FROM cases c JOIN rule ON rule.root_id = c.rule_root_id
   WHERE c.institution_id = $1 AND c.closed_on IS NOT NULL
     AND c.state IN ('permanent', 'retained', 'awaiting_event', 'expired')
     AND c.closed_on BETWEEN make_date($2, 1, 1) AND make_date($3, 12, 31))
SELECT kept.*,
       extract(year FROM opened_on)::integer AS first_year, extract(year FROM closed_on)::integer AS last_year,
       greatest(1, (SELECT count(*) FROM case_volumes v WHERE v.institution_id = $1 AND v.case_id = kept.id))::integer
         AS volumes
  FROM kept
 WHERE kept.category = $4
   AND NOT EXISTS (
     SELECT FROM inventory_lines l JOIN inventories i ON i.institution_id = $1 AND i.id = l.inventory_id
      WHERE l.institution_id = $1 AND l.case_id = kept.id AND (i.state = 'approved' OR i.id = $5))
 ORDER BY class_index, title, id LIMIT $6
"""
"""Closed cases of a category (`permanent`, `long_term`) and of years in no approved inventory, nor in the one of $5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What inventories say of a span of years."""

    missing: tuple[str, ...]
    """Categories and years without an approved inventory: `permanent 2020`."""
    unlisted: tuple[str, ...]
    """Ids of permanent and long-term cases of these years in no approved inventory; the first of them."""
    archive_missing: tuple[UUID, ...]
    """Approved inventories that the archive has not decided about."""

    @property
    def complete(self) -> bool:
        """Whether gate (c) of an act for these years is closed."""
        return not (self.missing or self.unlisted)

    @property
    def archive_agreed(self) -> bool:
        """Whether the archive decided about every inventory of these years that it has to see."""
        return not self.archive_missing


async def coverage(work: Work, first_year: int, last_year: int) -> Coverage:
    """Return what is approved for the years `first_year` to `last_year`, and what is missing."""
    approved = await Inventory.filter(state="approved", first_year__lte=last_year, last_year__gte=first_year)
    missing = [
        f"{category} {year}"
        for category in CATEGORIES
        for year in range(first_year, last_year + 1)
        if not any(row.category == category and row.first_year <= year <= row.last_year for row in approved)
    ]
    unlisted: list[str] = []
    for category in ("permanent", "long_term"):
        unlisted += [str(row["id"]) for row in await closed_cases(work, category, first_year, last_year, limit=_SHOWN)]
    undecided = [
        row.id for row in approved if row.category in ASK_THE_ARCHIVE and not row.empty and row.archive_date is None
    ]
    return Coverage(missing=tuple(missing), unlisted=tuple(unlisted[:_SHOWN]), archive_missing=tuple(undecided))


async def closed_cases(
    work: Work, category: str, first_year: int, last_year: int, *, draft: UUID | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the closed cases of a category that stand in no approved inventory, nor in the `draft`."""
    values = [work.scope.institution_id, first_year, last_year, category, draft, limit]
    return await work.rows(CLOSED_CASES, values)
