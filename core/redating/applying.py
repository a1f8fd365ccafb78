"""The job that does what was accepted: each case is compared with what the person has seen, then dated anew."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.cases.circumstances import valid_facts
from core.cases.errors import CaseStepRefused
from core.cases.models import Case
from core.cases.policy import policy_of
from core.cases.verdicts import Dated, Judgement, keep_many, require_step
from core.institutions.registry import present_day
from core.kernel.database.work import Work
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobCancelled, JobContext
from core.redating.accepting import outdated_reasons
from core.redating.grouping import Rules
from core.redating.judging import Change, judge_change
from core.redating.models import KINDS, Part, RedatingAcceptance, RedatingPreview
from core.redating.previewing import find_redating
from core.redating.spans import HASHED, not_previewed
from retention.case_facts import COMPUTED, CaseFacts, CaseState, state_of
from retention.cases import ACCEPT

AT_ONCE: Final = 1_000
"""Cases of one transaction."""
_REMEMBERED: Final = 20_000
_FIRST: Final = UUID(int=0)

_OPEN_LINES: Final = """
SELECT case_id, revision, group_key, kind FROM redating_lines
 WHERE institution_id = $1 AND preview_id = $2 AND case_id > $3 AND result = 'open' AND kind = ANY ($4::text[])
 ORDER BY case_id LIMIT $5
"""
_GROUPS: Final = """
SELECT g.key, g.rule_before, g.rule_after, g.outcome_after, g.earliest_after, g.not_before, t.rule_root_id,
       rc.id AS class_id, rc.version_id, rc.class_index, rc.lineage_id, v.year
  FROM redating_groups g
  JOIN redating_targets t ON t.id = g.target_id
  LEFT JOIN record_classes rc ON rc.institution_id = $1 AND rc.id = t.class_id
  LEFT JOIN nomenclature_versions v ON v.institution_id = $1 AND v.id = rc.version_id
 WHERE g.institution_id = $1 AND g.preview_id = $2 AND g.key = ANY ($3::uuid[])
"""
_REPLACED: Final = """
SELECT a.id FROM rule_versions a
 WHERE a.institution_id = $1 AND a.id = ANY ($2::uuid[])
   AND EXISTS (SELECT FROM rule_versions r WHERE r.root_id = a.root_id AND r.sequence > a.sequence)
"""
_YEARS: Final = "SELECT id, year FROM nomenclature_versions WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
_SETTLE: Final = """
UPDATE redating_lines SET result = CASE $4::text WHEN '' THEN 'applied' ELSE 'stale' END, reason = $4
 WHERE institution_id = $1 AND preview_id = $2 AND case_id = ANY ($3::uuid[]) AND result = 'open'
"""
_REPOINT: Final = """
UPDATE cases c
   SET rule_root_id = n.rule_root_id, class_id = coalesce(n.class_id, c.class_id),
       version_id = coalesce(n.version_id, c.version_id), class_index = coalesce(n.class_index, c.class_index)
  FROM jsonb_to_recordset($2::jsonb) AS n(case_id uuid, rule_root_id uuid, class_id uuid, version_id uuid,
       class_index text)
 WHERE c.institution_id = $1 AND c.id = n.case_id
"""
_WRITTEN: Final = """
INSERT INTO case_redatings (institution_id, case_id, acceptance_id, redating_id, rule_before, rule_after,
  outcome_before, outcome_after, earliest_before, earliest_after, accepted_by, accepted_at, applied_at)
SELECT $1, n.case_id, $2, $3, n.rule_before, n.rule_after, n.outcome_before, n.outcome_after, n.earliest_before,
       n.earliest_after, $5, $6, $7
  FROM jsonb_to_recordset($4::jsonb) AS n(case_id uuid, rule_before uuid, rule_after uuid, outcome_before text,
    outcome_after text, earliest_before date, earliest_after date)
"""


def apply_acceptance_job(*, at_once: int = AT_ONCE) -> JobHandler:
    """Return the handler of `core.redating.accepting.APPLY_JOB`; what is settled already is not touched again."""

    async def handle(context: JobContext, *, acceptance: str) -> None:
        remembered = _Remembered(at_once)
        last: UUID | None = _FIRST
        done = 0
        while last is not None:
            cancelled = await context.cancelled()
            async with context.work() as work:
                found = await RedatingAcceptance.get(id=UUID(acceptance))
                if found.state != "applying":
                    return
                preview = await find_redating(found.preview_id)
                total = sum(preview.counts.get(kind.value, 0) for kind in KINDS[Part(found.part)])
                if cancelled:
                    await _end(work, found, "cancelled")
                else:
                    last = await _apply_some(work, preview, found, last, remembered)
                done = found.applied + found.stale
            if cancelled:
                raise JobCancelled
            await context.progress(min(done, total), total)

    return handle


Group = Mapping[str, Any]


@dataclass(slots=True)
class _Remembered:
    """How many lines are looked at together, and what those behind need again."""

    at_once: int
    today: date | None = None
    rules: Rules = field(default_factory=Rules)
    groups: dict[UUID, Group] = field(default_factory=dict)
    """As the person has seen them."""
    changes: dict[UUID, Change] = field(default_factory=dict)
    """The same groups, judged for today."""
    years: dict[UUID, int] = field(default_factory=dict)
    """Of versions of nomenclatures."""

    def forget(self, today: date) -> None:
        """Let go of what is of another day, or too much."""
        if self.today != today or len(self.groups) > _REMEMBERED:
            self.today, self.changes, self.groups = today, {}, {}


async def _apply_some(
    work: Work, preview: RedatingPreview, acceptance: RedatingAcceptance, last: UUID, remembered: _Remembered
) -> UUID | None:
    """Settle the next lines; return the last case looked at, or None when all are settled and the end is written."""
    kinds = [kind.value for kind in KINDS[Part(acceptance.part)]]
    values = [work.scope.institution_id, preview.id, last, kinds, remembered.at_once]
    lines = await work.rows(_OPEN_LINES, values)
    if not lines:
        await work.rows(HASHED, ["off"])
        acceptance.stale += await work.run(not_previewed(preview.match), values[:2])
        await _end(work, acceptance, "applied")
        return None
    locked = await Case.filter(id__in=[line["case_id"] for line in lines]).order_by("id").select_for_update()
    cases = {case.id: case for case in locked}
    await _remember(work, preview, lines, cases, remembered)
    replaced = await _replaced(work, [remembered.groups[line["group_key"]] for line in lines])
    outdated = await outdated_reasons(work, preview)
    reasons: dict[UUID, str] = {}
    dated = []
    for line in lines:
        case, group = cases[line["case_id"]], remembered.groups[line["group_key"]]
        reason = outdated[0] if outdated else _moved_on(line, case, group, replaced)
        state = None
        if not reason:
            reason, state = _decide(line, group, case, remembered.changes[line["group_key"]], Part(acceptance.part))
        reasons[case.id] = reason
        if state is not None:
            change = remembered.changes[line["group_key"]]
            dated.append((Dated(case, state, Judgement(change.after, change.rule_id)), group))
    await _write(work, acceptance, dated, remembered.years)
    await _settle(work, acceptance, reasons)
    return cases[lines[-1]["case_id"]].id


async def _remember(
    work: Work,
    preview: RedatingPreview,
    lines: Sequence[Mapping[str, Any]],
    cases: Mapping[UUID, Case],
    remembered: _Remembered,
) -> None:
    """Read the groups of these lines, and judge them for today, each by one of its cases that has not changed."""
    remembered.forget(await present_day(work))
    versions = {case.version_id for case in cases.values()} - remembered.years.keys()
    if versions:
        rows = await work.rows(_YEARS, [work.scope.institution_id, list(versions)])
        remembered.years.update({row["id"]: row["year"] for row in rows})
    keys = {line["group_key"] for line in lines} - remembered.groups.keys()
    if keys:
        rows = await work.rows(_GROUPS, [work.scope.institution_id, preview.id, list(keys)])
        remembered.groups.update({row["key"]: row for row in rows})
    await _judge(work, lines, cases, remembered)


async def _judge(
    work: Work, lines: Sequence[Mapping[str, Any]], cases: Mapping[UUID, Case], remembered: _Remembered
) -> None:
    shown = {
        line["group_key"]: cases[line["case_id"]]
        for line in lines
        if line["group_key"] not in remembered.changes and cases[line["case_id"]].revision == line["revision"]
    }
    if not shown or remembered.today is None:
        return
    facts = await valid_facts([case.id for case in shown.values()])
    rules, policy = remembered.rules, await policy_of(work)
    await rules.learn(remembered.groups[key][name] for key in shown for name in ("rule_before", "rule_after"))
    for key, case in shown.items():
        pair = (rules.known[remembered.groups[key]["rule_before"]], rules.known[remembered.groups[key]["rule_after"]])
        remembered.changes[key] = judge_change(case, facts[case.id], pair, today=remembered.today, policy=policy)


async def _replaced(work: Work, groups: Sequence[Group]) -> set[UUID]:
    """Return those rules of these groups that were decided anew."""
    wanted = {group["rule_after"] for group in groups}
    return {row["id"] for row in await work.rows(_REPLACED, [work.scope.institution_id, list(wanted)])}


def _moved_on(line: Mapping[str, Any], case: Case, group: Group, replaced: set[UUID]) -> str:
    """Say why a line is not what the person has seen; empty if nothing differs that can be seen before judging."""
    if case.state not in COMPUTED:
        return "case_in_another_state"
    if case.bound:
        return "bound"
    if case.revision != line["revision"] or case.rule_id != group["rule_before"]:
        return "case_changed"
    return "rule_changed" if group["rule_after"] in replaced else ""


def _decide(
    line: Mapping[str, Any], group: Group, case: Case, change: Change, part: Part
) -> tuple[str, CaseState | None]:
    """Return where a case goes by what was accepted; or why it does not, and None."""
    after = change.after
    seen = (line["kind"], group["outcome_after"], group["earliest_after"], group["not_before"])
    if seen != (change.kind, after.outcome.value, after.earliest_act_date, after.not_before):
        return "verdict_differs", None
    facts = CaseFacts(
        verdict=after,
        verdict_before=change.stored,
        bound=case.bound,
        previewed=True,
        earlier_accepted=part is Part.EARLIER,
    )
    try:
        return "", require_step(case.state, ACCEPT[state_of(after)], facts)
    except CaseStepRefused as refused:
        said = refused.facts.get("reasons")
        return str(said[0]) if isinstance(said, list) and said else refused.code, None


async def _write(
    work: Work, acceptance: RedatingAcceptance, dated: Sequence[tuple[Dated, Group]], years: Mapping[UUID, int]
) -> None:
    if not dated:
        return
    institution = work.scope.institution_id
    pointed = [_pointed(each.case, group, years) for each, group in dated]
    await work.run(_REPOINT, [institution, json.dumps(pointed, default=str, ensure_ascii=False)])
    await keep_many(work, [each for each, _ in dated])
    written = [
        {
            "case_id": each.case.id,
            "rule_before": each.case.rule_id,
            "rule_after": each.judgement.rule_id,
            "outcome_before": each.case.outcome,
            "outcome_after": each.judgement.verdict.outcome,
            "earliest_before": each.case.earliest_act_date,
            "earliest_after": each.judgement.verdict.earliest_act_date,
        }
        for each, _ in dated
    ]
    by = [acceptance.accepted_by, acceptance.accepted_at, work.now]
    said = json.dumps(written, default=str)
    await work.run(_WRITTEN, [institution, acceptance.id, acceptance.preview_id, said, *by])


def _pointed(case: Case, group: Group, years: Mapping[UUID, int]) -> dict[str, Any]:
    """Return the rule of a case, and its row in the nomenclature of the year under which it stands.

    A row of another year is not taken over: the nomenclature of its year is what inventories and acts name beside the
    index.
    """
    said = {"case_id": case.id, "rule_root_id": group["rule_root_id"]}
    if group["year"] != years[case.version_id] or group["lineage_id"] != case.lineage_id:
        return said
    return said | {name: group[name] for name in ("class_id", "version_id", "class_index")}


async def _settle(work: Work, acceptance: RedatingAcceptance, reasons: Mapping[UUID, str]) -> None:
    # Reason by reason: PostgreSQL looks a list of ids up, and would compare every line with every row of a join.
    for reason in set(reasons.values()):
        ids = [case_id for case_id, said in reasons.items() if said == reason]
        await work.run(_SETTLE, [work.scope.institution_id, acceptance.preview_id, ids, reason])
    stale = sum(1 for reason in reasons.values() if reason)
    acceptance.applied += len(reasons) - stale
    acceptance.stale += stale
    await acceptance.save(update_fields=["applied", "stale"])


async def _end(work: Work, acceptance: RedatingAcceptance, state: str) -> None:
    acceptance.state, acceptance.ended_at = state, work.now
    await acceptance.save(update_fields=["state", "applied", "stale", "ended_at"])
    facts = {"acceptance": str(acceptance.id), "applied": acceptance.applied, "stale": acceptance.stale}
    work.record(f"redating.acceptance_{state}", "redating", acceptance.preview_id, facts)
    work.emit("redating.applied", {"redating": str(acceptance.preview_id), "acceptance": str(acceptance.id)})
