"""The job that computes a preview: a span of cases in one transaction, judged once for each group of equal cases."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from core.cases.circumstances import valid_facts
from core.cases.models import Case
from core.cases.policy import latest_policy, policy_of
from core.cases.verdicts import explanation
from core.kernel.database.work import Work
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobCancelled, JobContext
from core.nomenclature.models import RuleVersion
from core.redating.judging import Change, judge_change
from core.redating.models import UNAFFECTED, RedatingPreview
from core.redating.previewing import find_redating
from core.redating.spans import COUNT, SPAN_END, make_lines, new_keys
from retention.circumstances import Policy

SPAN: Final = 20_000
"""Cases of one transaction."""
_AT_ONCE: Final = 500
_LAST: Final = UUID(int=2**128 - 1)

_GROUPS: Final = """
INSERT INTO redating_groups (institution_id, preview_id, key, kind, due, target_id, rule_before, rule_after,
  outcome_before, outcome_after, earliest_before, earliest_after, not_before, explanation_before, explanation_after)
SELECT $1, $2, g.key, g.kind, g.due, g.target_id, g.rule_before, g.rule_after, g.outcome_before, g.outcome_after,
       g.earliest_before, g.earliest_after, g.not_before, g.explanation_before, g.explanation_after
  FROM jsonb_to_recordset($3::jsonb) AS g(key uuid, kind text, due boolean, target_id uuid, rule_before uuid,
    rule_after uuid, outcome_before text, outcome_after text, earliest_before date, earliest_after date,
    not_before date, explanation_before jsonb, explanation_after jsonb)
"""


def preview_cases_job(*, span: int = SPAN) -> JobHandler:
    """Return the handler of `core.redating.previewing.PREVIEW_JOB`; an interrupted one goes on at its last span."""

    async def handle(context: JobContext, *, redating: str) -> None:
        rules: dict[UUID, RuleVersion] = {}
        async with context.work() as work:
            rows = await work.rows(COUNT, [work.scope.institution_id, UUID(redating)])
        total, done = rows[0]["total"], False
        while not done:
            cancelled = await context.cancelled()
            async with context.work() as work:
                preview = await find_redating(UUID(redating))
                if preview.state != "computing":
                    return
                if cancelled:
                    await _end(work, preview, "cancelled")
                else:
                    done = await _next_span(work, preview, rules, span)
            if cancelled:
                raise JobCancelled
            await context.progress(min(preview.examined, total), total)

    return handle


async def _next_span(work: Work, preview: RedatingPreview, rules: dict[UUID, RuleVersion], span: int) -> bool:
    """Judge the next cases; return whether nothing is left to do."""
    latest = await latest_policy()
    if (latest and latest.id) != preview.policy_id:
        await _end(work, preview, "failed")
        return True
    institution = work.scope.institution_id
    ends = await work.rows(SPAN_END, [institution, preview.last_case_id, span - 1])
    end: UUID = ends[0]["id"] if ends else _LAST
    values = [institution, preview.id, preview.last_case_id, end]
    new = await work.rows(new_keys(preview.match), values)
    policy = await policy_of(work)
    for start in range(0, len(new), _AT_ONCE):
        await _judge_groups(work, preview, new[start : start + _AT_ONCE], rules, policy)
    counted = await work.rows(make_lines(preview.match), [*values, preview.digest])
    _add(preview, counted)
    preview.last_case_id = end
    await preview.save(update_fields=["examined", "counts", "digest", "last_case_id"])
    if ends:
        return False
    await _end(work, preview, "ready")
    return True


def _add(preview: RedatingPreview, counted: Sequence[dict[str, Any]]) -> None:
    counts = Counter(preview.counts)
    for row in counted:
        if row["all_kinds"]:
            preview.digest = row["digest"]
            preview.examined += row["examined"]
            counts.update(due=row["due"], held=row["held"], unaffected=row["examined"] - row["lines"])
        else:
            counts[row["kind"]] += row["lines"]
    preview.counts = dict(counts)


async def _end(work: Work, preview: RedatingPreview, state: str) -> None:
    preview.state, preview.ended_at = state, work.now
    await preview.save(update_fields=["state", "ended_at"])
    facts = {"counts": preview.counts, "digest": preview.digest.hex()}
    work.record(f"redating.preview_{state}", "redating", preview.id, facts)
    if state == "ready":
        work.emit("redating.previewed", {"redating": str(preview.id)})


async def _judge_groups(
    work: Work,
    preview: RedatingPreview,
    found: Sequence[dict[str, Any]],
    rules: dict[UUID, RuleVersion],
    policy: Policy,
) -> None:
    ids = [row["id"] for row in found]
    cases = {case.id: case for case in await Case.filter(id__in=ids)}
    facts = await valid_facts(ids)
    needed = [row["target_rule_id"] for row in found] + [case.rule_id for case in cases.values()]
    await learn_rules(rules, needed)
    groups = []
    for row in found:
        case = cases[row["id"]]
        pair = (rules[_dated_with(case)], rules[row["target_rule_id"]])
        change = judge_change(case, facts[case.id], pair, today=preview.computed_on, policy=policy)
        groups.append({"key": row["key"], "target_id": row["target_id"], **_columns(case, change)})
    said = json.dumps(groups, default=str, ensure_ascii=False)
    await work.run(_GROUPS, [work.scope.institution_id, preview.id, said])


async def learn_rules(known: dict[UUID, RuleVersion], wanted: Iterable[UUID | None]) -> None:
    """Read those of the wanted rules that are not known yet."""
    missing = {each for each in wanted if each is not None} - known.keys()
    if missing:
        known.update({rule.id: rule for rule in await RuleVersion.filter(id__in=list(missing))})


def _dated_with(case: Case) -> UUID:
    if case.rule_id is None:
        message = f"the dated case {case.id} names its rule"
        raise ValueError(message)
    return case.rule_id


def _columns(case: Case, change: Change) -> dict[str, Any]:
    stored, after = change.stored, change.after
    affected = change.kind != UNAFFECTED
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
        "explanation_before": {**case.explanation, "holds": []} if affected else None,
        "explanation_after": explanation(after) if affected else None,
    }
