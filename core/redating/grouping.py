"""Groups of a preview: cases of which nothing differs that a date depends on, judged once for all of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from core.cases.circumstances import valid_facts
from core.cases.models import Case
from core.cases.policy import policy_of
from core.cases.verdicts import explanation, rule_version
from core.kernel.database.work import Work
from core.nomenclature.models import RuleVersion as RuleRow
from core.redating.judging import Change, judge_change
from core.redating.models import UNAFFECTED, RedatingPreview
from retention.circumstances import RuleVersion

_AT_ONCE: Final = 500
_JUDGED: Final = ("id", "rule_id", "closed_on", "outcome", "earliest_act_date", "not_before", "explanation")
_TARGETS: Final = "SELECT id, rule_id FROM redating_targets WHERE institution_id = $1 AND preview_id = $2"
_KNOWN: Final = """
SELECT key, kind, due FROM redating_groups WHERE institution_id = $1 AND preview_id = $2 AND key = ANY ($3::uuid[])
"""
_GROUPS: Final = """
INSERT INTO redating_groups (institution_id, preview_id, key, kind, due, target_id, rule_before, rule_after,
  outcome_before, outcome_after, earliest_before, earliest_after, not_before, explanation_before, explanation_after)
SELECT $1, $2, g.key, g.kind, g.due, g.target_id, g.rule_before, g.rule_after, g.outcome_before, g.outcome_after,
       g.earliest_before, g.earliest_after, g.not_before,
       CASE WHEN g.explanation_after IS NOT NULL THEN c.explanation || '{"holds": []}' END, g.explanation_after
  FROM jsonb_to_recordset($3::jsonb) AS g(key uuid, kind text, due boolean, target_id uuid, rule_before uuid,
    rule_after uuid, outcome_before text, outcome_after text, earliest_before date, earliest_after date,
    not_before date, case_id uuid, explanation_after jsonb)
  JOIN cases c ON c.institution_id = $1 AND c.id = g.case_id
"""

Judged = tuple[str, bool]
"""Kind of a group, and whether the change makes its cases due."""


@dataclass(slots=True)
class Rules:
    """Rules that one attempt at a job has read: of the targets of its preview, and of the cases so far."""

    targets: dict[UUID, UUID] = field(default_factory=dict)
    known: dict[UUID, RuleVersion] = field(default_factory=dict)
    """As they are computed with, by id."""

    async def learn(self, wanted: Iterable[UUID | None]) -> None:
        """Read those of the wanted rules that are not known yet."""
        missing = {each for each in wanted if each is not None} - self.known.keys()
        if missing:
            self.known |= {row.id: rule_version(row) for row in await RuleRow.filter(id__in=list(missing))}

    async def learn_targets(self, work: Work, preview_id: UUID) -> None:
        """Read which rule each target of a preview has."""
        if not self.targets:
            rows = await work.rows(_TARGETS, [work.scope.institution_id, preview_id])
            self.targets = {row["id"]: row["rule_id"] for row in rows}


async def judge_groups(
    work: Work, preview: RedatingPreview, found: Mapping[UUID, Mapping[str, Any]], rules: Rules
) -> dict[UUID, Judged]:
    """Return what becomes of each group, judged if nobody has done so yet; `found`: by key, one of its cases."""
    keys = [work.scope.institution_id, preview.id, list(found)]
    judged: dict[UUID, Judged] = {row["key"]: (row["kind"], row["due"]) for row in await work.rows(_KNOWN, keys)}
    new = [row for key, row in found.items() if key not in judged]
    for start in range(0, len(new), _AT_ONCE):
        judged |= await _judge_some(work, preview, new[start : start + _AT_ONCE], rules)
    return judged


async def _judge_some(
    work: Work, preview: RedatingPreview, found: Sequence[Mapping[str, Any]], rules: Rules
) -> dict[UUID, Judged]:
    ids = [row["id"] for row in found]
    cases = {case.id: case for case in await Case.filter(id__in=ids).only(*_JUDGED)}
    facts, policy = await valid_facts(ids), await policy_of(work)
    await rules.learn_targets(work, preview.id)
    await rules.learn([*(rules.targets[row["target_id"]] for row in found), *(case.rule_id for case in cases.values())])
    groups = []
    for row in found:
        case = cases[row["id"]]
        pair = (rules.known[dated_with(case)], rules.known[rules.targets[row["target_id"]]])
        change = judge_change(case, facts[case.id], pair, today=preview.computed_on, policy=policy)
        groups.append({"key": row["key"], "target_id": row["target_id"], **_columns(case, change)})
    said = json.dumps(groups, default=str, ensure_ascii=False)
    await work.run(_GROUPS, [work.scope.institution_id, preview.id, said])
    return {group["key"]: (group["kind"], group["due"]) for group in groups}


def dated_with(case: Case) -> UUID:
    """Return the version of the rule that a dated case names."""
    if case.rule_id is None:
        message = f"the dated case {case.id} names its rule"
        raise ValueError(message)
    return case.rule_id


def _columns(case: Case, change: Change) -> dict[str, Any]:
    stored, after = change.stored, change.after
    return {
        "kind": change.kind,
        "due": change.due,
        "rule_before": case.rule_id,
        "rule_after": change.rule_id,
        "outcome_before": stored.outcome.value,
        "outcome_after": after.outcome.value,
        "earliest_before": stored.earliest_act_date,
        "earliest_after": after.earliest_act_date,
        "not_before": after.not_before,
        "case_id": case.id,
        "explanation_after": explanation(after) if change.kind != UNAFFECTED else None,
    }
