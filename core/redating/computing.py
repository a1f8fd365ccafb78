"""The job that computes a preview: a span of cases in one transaction."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.cases.policy import latest_policy
from core.kernel.database.work import Work
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobCancelled, JobContext
from core.redating.grouping import Judged, Rules, judge_groups
from core.redating.models import UNAFFECTED, RedatingPreview
from core.redating.previewing import find_redating
from core.redating.spans import COUNT, HASHED, HELD, MAKE_LINES, SPAN_END, keyed_cases

SPAN: Final = 20_000
"""Cases of one transaction."""
_LAST: Final = UUID(int=2**128 - 1)

Line = tuple[UUID, int, UUID | None, str, bool, bool]
"""Case, its revision, key of its group, kind, due, held."""


def preview_cases_job(*, span: int = SPAN) -> JobHandler:
    """Return the handler of `core.redating.previewing.PREVIEW_JOB`; an interrupted one goes on at its last span."""

    async def handle(context: JobContext, *, redating: str) -> None:
        rules = Rules()
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


async def _next_span(work: Work, preview: RedatingPreview, rules: Rules, span: int) -> bool:
    """Judge the next cases; return whether nothing is left to do."""
    latest = await latest_policy()
    if (latest and latest.id) != preview.policy_id:
        await _end(work, preview, "failed")
        return True
    institution = work.scope.institution_id
    ends = await work.rows(SPAN_END, [institution, preview.last_case_id, span - 1])
    end: UUID = ends[0]["id"] if ends else _LAST
    held = {row["case_id"] for row in await work.rows(HELD, [institution, preview.last_case_id, end])}
    await work.rows(HASHED, ["off"])
    found = await work.rows(keyed_cases(preview.match), [institution, preview.id, preview.last_case_id, end])
    await work.rows(HASHED, ["on"])
    groups = {row["key"]: row for row in found if row["untouched"] is None}
    judged = await judge_groups(work, preview, groups, rules)
    lines = [line for row in found if (line := _line(row, judged, held)) is not None]
    if lines:
        await work.run(MAKE_LINES, [institution, preview.id, *map(list, zip(*lines, strict=True))])
    _add(preview, len(found), lines)
    preview.last_case_id = end
    await preview.save(update_fields=["examined", "counts", "digest", "last_case_id"])
    if ends:
        return False
    await _end(work, preview, "ready")
    return True


def _line(row: Mapping[str, Any], judged: Mapping[UUID, Judged], held: set[UUID]) -> Line | None:
    """Return the line that a case makes; None for one that the change does not touch."""
    case_id, untouched = row["id"], row["untouched"]
    if untouched is not None:
        return (case_id, row["revision"], None, untouched, False, case_id in held) if row["differs"] else None
    kind, due = judged[row["key"]]
    return None if kind == UNAFFECTED else (case_id, row["revision"], row["key"], kind, due, case_id in held)


def _add(preview: RedatingPreview, examined: int, lines: Sequence[Line]) -> None:
    said = hashlib.sha256(preview.digest)
    for case_id, revision, key, kind, due, _ in lines:
        said.update(b"%b%d %b%b%d\n" % (case_id.bytes, revision, key.bytes if key else b"", kind.encode(), due))
    preview.digest = said.digest()
    preview.examined += examined
    counts = Counter(preview.counts)
    counts.update(kind for _, _, _, kind, _, _ in lines)
    ready, held = sum(line[4] for line in lines), sum(line[5] for line in lines)
    counts.update({"due": ready, "held": held, UNAFFECTED: examined - len(lines)})
    preview.counts = dict(counts)


async def _end(work: Work, preview: RedatingPreview, state: str) -> None:
    preview.state, preview.ended_at = state, work.now
    await preview.save(update_fields=["state", "ended_at"])
    facts = {"counts": preview.counts, "digest": preview.digest.hex()}
    work.record(f"redating.preview_{state}", "redating", preview.id, facts)
    if state == "ready":
        work.emit("redating.previewed", {"redating": str(preview.id)})
