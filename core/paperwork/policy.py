"""What the institution has decided about its papers: its letterhead, and under which classes they are filed.

The archival act belongs into the «дело фонда»; acts on personal data and exports from the event log are kept at least
three years from the destruction (order of Roskomnadzor of 28.10.2022 № 179, п. 8).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.cases.models import Case
from core.kernel.database.work import Work
from core.nomenclature.drafting import actor
from core.paperwork.errors import FilingClassUnfit, NoCaseForPaper, NoClassForPaper
from core.paperwork.models import PaperworkPolicy
from retention.case_facts import CaseState

LETTERHEAD: Final = (
    "address",
    "place",
    "fonds_number",
    "fonds_name",
    "head_post",
    "officer_post",
    "chair_post",
    "chair_name",
    "secretary_post",
    "secretary_name",
    "information_system",
    "data_categories",
    "backup_media",
)
_FOR_GOOD: Final = frozenset({"permanent", "until_liquidation"})
_SPANS: Final = frozenset({"years", "min_years"})
_LONG: Final = _FOR_GOOD | {"dual", "age_based"}
"""Kinds of terms that no paper outlives: the shortest span in them is half a century."""
LEAST_YEARS: Final[Mapping[str, int | None]] = {
    "disposal_act": None,
    "personal_data_act": 3,
    "event_log_export": 3,
    "event_log_table": 3,
}
"""Years that a paper is kept at least; None: for good. Of other kinds the institution decides alone."""
_TOGETHER: Final = {"event_log_table": "event_log_export"}
"""Where nothing else is said, a paper goes to the one of which it is another form."""
_CLASSES: Final = """
SELECT DISTINCT ON (c.lineage_id) c.lineage_id, c.class_index, r.status, (r.reading -> 'rule' -> 'term')::text AS term
  FROM record_classes c
  JOIN nomenclature_versions v ON v.institution_id = c.institution_id AND v.id = c.version_id AND v.state = 'approved'
  LEFT JOIN LATERAL (
    SELECT status, reading FROM rule_versions r WHERE r.institution_id = c.institution_id AND r.root_id = c.rule_root_id
     ORDER BY r.sequence DESC LIMIT 1) r ON true
 WHERE c.institution_id = $1 AND c.lineage_id = ANY ($2::uuid[])
 ORDER BY c.lineage_id, v.effective_on DESC, v.ordinal DESC
"""

_RULE: Final = """
SELECT status, (reading -> 'rule' -> 'term')::text AS term FROM rule_versions
 WHERE institution_id = $1 AND root_id = $2 ORDER BY sequence DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPaperworkPolicy:
    """A decision about papers."""

    letterhead: Mapping[str, str]
    """By the names of `LETTERHEAD`."""
    filing: Mapping[str, UUID]
    """Class (lineage) by kind of paper."""
    backup_days: int | None = None


async def latest_paperwork_policy() -> PaperworkPolicy | None:
    """Return what was decided last; None while nothing was."""
    return await PaperworkPolicy.all().order_by("-id").first()


async def decide_paperwork_policy(work: Work, new: NewPaperworkPolicy) -> PaperworkPolicy:
    """Write down a decision; papers that were issued stay as they are. Raises `FilingClassUnfit`."""
    await _require_fit(work, new.filing)
    filing = {kind: str(lineage) for kind, lineage in sorted(new.filing.items())}
    said = {name: new.letterhead.get(name, "") for name in LETTERHEAD}
    values: dict[str, Any] = {**said, "filing": filing, "backup_days": new.backup_days}
    made = await PaperworkPolicy.create(**values, decided_by=actor(work), decided_at=work.now)
    work.record("paperwork_policy.decided", "paperwork_policy", made.id, values)
    return made


async def _require_fit(work: Work, filing: Mapping[str, UUID]) -> None:
    rows = await work.rows(_CLASSES, [work.scope.institution_id, sorted(set(filing.values()))])
    known = {row["lineage_id"]: row for row in rows}
    unfit = [
        {"paper": kind, "class_index": known[lineage]["class_index"] if lineage in known else ""}
        for kind, lineage in sorted(filing.items())
        if lineage not in known or not _keeps(known[lineage], kind)
    ]
    if unfit:
        raise FilingClassUnfit(papers=unfit)


def _keeps(row: Mapping[str, Any], kind: str) -> bool:
    """Say whether the rule of a class is understood and keeps papers of a kind as long as the law asks."""
    if row["status"] != "understood":
        return False
    term = json.loads(row["term"])
    if kind not in LEAST_YEARS or term["kind"] in _FOR_GOOD:
        return True
    least = LEAST_YEARS[kind]
    if least is None:
        return False
    return term["kind"] in _LONG or (term["kind"] in _SPANS and int(term["years"]) >= least)


async def case_for(work: Work, kind: str) -> Case:
    """Return the open case into which papers of a kind go now.

    Raises `NoClassForPaper`, `NoCaseForPaper`, or `FilingClassUnfit` where the rule of the case keeps them too short.
    """
    policy = await latest_paperwork_policy()
    filing = policy.filing if policy else {}
    lineage = filing.get(kind) or filing.get(_TOGETHER.get(kind, ""))
    if lineage is None:
        raise NoClassForPaper(kind=kind)
    found = (
        await Case.filter(lineage_id=lineage, state=CaseState.OPEN, subject_kind__isnull=True)
        .order_by("-year", "-id")
        .first()
    )
    if found is None:
        rows = await work.rows(_CLASSES, [work.scope.institution_id, [UUID(lineage)]])
        raise NoCaseForPaper(lineage=lineage, class_index=rows[0]["class_index"] if rows else "")
    # The class may have got another term since it was named.
    rules = await work.rows(_RULE, [work.scope.institution_id, found.rule_root_id])
    if not all(_keeps(rule, kind) for rule in rules):
        raise FilingClassUnfit(papers=[{"paper": kind, "class_index": found.class_index}])
    return found
