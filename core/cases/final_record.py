"""The final record («итоговая запись») of a year: how many cases of which category were opened in it."""

from datetime import date
from typing import Any, Final

from tortoise.exceptions import IntegrityError

from core.cases.errors import FinalRecordExists, TermsUndecided, YearNotOver
from core.cases.models import FinalRecord
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.nomenclature.drafting import actor
from core.nomenclature.models import Nomenclature

CATEGORIES: Final = ("permanent", "over_ten_years", "up_to_ten_years", "undecided")

_COUNT: Final = """
WITH rule AS (
  SELECT DISTINCT ON (r.root_id) r.root_id, r.status, r.reading -> 'rule' -> 'term' AS term
    FROM rule_versions r WHERE r.institution_id = $1 ORDER BY r.root_id, r.sequence DESC)
SELECT CASE
         WHEN rule.status = 'needs_review' THEN 'undecided'
         WHEN rule.term ->> 'kind' IN ('permanent', 'until_liquidation') THEN 'permanent'
         WHEN rule.term ->> 'kind' IN ('dual', 'age_based') OR (rule.term ->> 'years')::integer > 10
         THEN 'over_ten_years'
         ELSE 'up_to_ten_years'
       END AS category,
       count(*) AS cases,
       coalesce(sum((SELECT count(*) FROM case_volumes v WHERE v.institution_id = $1 AND v.case_id = c.id)), 0)::bigint
         AS volumes,
       count(*) FILTER (WHERE c.carried_over) AS carried_over,
       count(*) FILTER (WHERE rule.term ? 'mark') AS appraised
  FROM cases c JOIN rule ON rule.root_id = c.rule_root_id
 WHERE c.institution_id = $1 AND c.year = $2
 GROUP BY 1
"""


async def count_year(work: Work, year: int) -> dict[str, dict[str, int]]:
    """Return cases, volumes, carried-over cases and those with «ЭПК» by category, and in `total`."""
    empty = {"cases": 0, "volumes": 0, "carried_over": 0, "appraised": 0}
    found = {category: dict(empty) for category in CATEGORIES}
    for row in await work.rows(_COUNT, [work.scope.institution_id, year]):
        found[row["category"]] = {name: int(row[name]) for name in empty}
    found["total"] = {name: sum(found[category][name] for category in CATEGORIES) for name in empty}
    return found


async def find_final_record(nomenclature: Nomenclature) -> FinalRecord | None:
    """Return the final record of a year as it was made; None while it was not."""
    return await FinalRecord.get_or_none(nomenclature_id=nomenclature.id)


async def make_final_record(work: Work, nomenclature: Nomenclature, *, today: date) -> FinalRecord:
    """Fix the final record of a year that is over; raise `YearNotOver`, `FinalRecordExists` or `TermsUndecided`."""
    if today.year <= nomenclature.year:
        raise YearNotOver(earliest=date(nomenclature.year + 1, 1, 1).isoformat())
    counted = await count_year(work, nomenclature.year)
    if counted["undecided"]["cases"]:
        raise TermsUndecided(undecided=counted["undecided"]["cases"])
    content: dict[str, Any] = {"year": nomenclature.year, "counted": counted}
    try:
        made = await FinalRecord.create(
            nomenclature_id=nomenclature.id, content=content, made_by=actor(work), made_at=work.now
        )
    except IntegrityError as error:
        if violated_constraint(error) == "final_records_once":
            raise FinalRecordExists from error
        raise
    work.record("nomenclature.final_record_made", "nomenclature", nomenclature.id, content)
    return made
