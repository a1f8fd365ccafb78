"""Promise: a preview of a new list over 1,000,000 cases within 60 s on two cores, in bounded memory.

The cases stand under 200 rules and were closed on `--days` different days of each of ten years: the more days, the
fewer cases are alike. The new nomenclature changes every rule. Told beside a bare scan that rewrites a table of as many
rows. What is accepted then is done for the cases of `--accepted` classes, and told for a thousand cases.

Run: python -m benchmarks.redating [--cases 1000000] [--days 20] [--accepted 2]
"""

import argparse
import asyncio
import json
import os
import resource
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.closed_cases import AUTHOR, HEAD, MEMBER, TODAY, Archive, archive
from core.cases.verdicts import explanation
from core.kernel.ids import new_id
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.running import JobRunner
from core.nomenclature.rule_json import rule_from_json
from core.nomenclature.term_reading import RuleCells, read_term
from core.redating.accepting import APPLY_JOB, accept
from core.redating.applying import apply_acceptance_job
from core.redating.computing import preview_cases_job
from core.redating.models import Part, RedatingPreview
from core.redating.previewing import PREVIEW_JOB, Scope, ask_preview, find_redating
from retention.case_facts import state_of
from retention.circumstances import Circumstances, PermanentReading, Policy, RuleVersion
from retention.schedule import decide
from retention.terms import Rule

RULES = 200
TERMS = ("3 года", "5 лет", "10 лет", "15 лет", "5 лет ЭПК", "50/75 лет", "Постоянно", "3 года после замены новыми")
"""Terms of the first nomenclature, in turn; in the next one each class has the term after its own."""
YEARS = 10
LAST_YEAR = 2024
NEXT_YEAR = 2026

_POLICY = Policy(source_of_acquisition=False, permanent_without_source=PermanentReading.UNTIL_LIQUIDATION)
_RULE = """
INSERT INTO rule_versions (id, institution_id, root_id, sequence, origin, lineage_id, term, footnote, article, status,
  reading, created_by, created_at)
VALUES ($1, $2, $1, 1, 'nomenclature', $3, $4, '', 'ст. 1', 'understood', $5, $6, now())
"""
_NOMENCLATURE = (
    "INSERT INTO nomenclatures (id, institution_id, year, created_by, created_at) VALUES ($1, $2, $3, $4, now())"
)
_VERSION = """
INSERT INTO nomenclature_versions (id, institution_id, nomenclature_id, ordinal, year, effective_on, state, authors,
  created_at)
VALUES ($1, $2, $1, 1, $3, make_date($3, 1, 1), 'draft', ARRAY[$4::uuid], now())
"""
_SECTION = """
INSERT INTO nomenclature_sections (id, institution_id, version_id, position, code, title)
VALUES ($1, $2, $1, 1, '01', 'Канцелярия')
"""
_CLASS = """
INSERT INTO record_classes (id, institution_id, version_id, section_id, place, lineage_id, class_index, title, term,
  article, rule_root_id, created_at)
VALUES ($1, $2, $3, $3, $4, $5, $6, 'Переписка', $7, 'ст. 1', $8, now())
"""
_IN_FORCE = (
    "UPDATE nomenclature_versions SET state = 'submitted', submitted_by = $2, submitted_at = now() WHERE id = $1",
    (
        "UPDATE nomenclature_versions SET state = 'agreed', minutes_date = effective_on, minutes_number = '1',"
        " minutes_members = '{А}', agreed_by = $2, agreed_at = now() WHERE id = $1"
    ),
    (
        "UPDATE nomenclature_versions SET state = 'approved', approved_on = effective_on, approved_by = $2,"
        " approved_at = now() WHERE id = $1"
    ),
)
_KINDS_OF_CASES = """
CREATE TABLE bench_kinds (class_place integer, day integer, class_id uuid, lineage_id uuid, rule_id uuid,
  closed_on date, state text, outcome text, earliest date, not_before date, open_end boolean, said jsonb)
"""
_CASES = """
INSERT INTO cases (id, institution_id, version_id, class_id, lineage_id, rule_root_id, class_index, title, year, state,
  paper_fate, electronic_fate, opened_on, last_document_on, closed_on, rule_id, outcome, earliest_act_date, kept_until,
  not_before, open_end, explanation, computed_on, created_by, created_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, k.class_id, k.lineage_id, k.rule_id,
       '01-' || k.class_place, 'Переписка ' || n, $3, k.state, 'none', 'kept', make_date($3, 1, 9), k.closed_on,
       k.closed_on, k.rule_id, k.outcome, k.earliest, k.earliest - 1, k.not_before, k.open_end, k.said, $4, $5, now()
  FROM generate_series(1, $6::integer) AS n
  JOIN bench_kinds k ON k.class_place = n % $7 AND k.day = (n / $7) % $8
"""
_BARE = (
    "CREATE TABLE bench_rows AS SELECT id, 0 AS result FROM cases",
    "UPDATE bench_rows b SET result = 1 FROM cases c WHERE c.id = b.id AND c.closed_on IS NOT NULL",
)


async def nomenclature(place: Archive, year: int, lineages: list[UUID], shift: int) -> tuple[UUID, list[Any]]:
    """Write a nomenclature of one section; return its version, and per class its id, rule and reading."""
    run, version = place.owner.execute, new_id()
    await run(_NOMENCLATURE, version, place.institution, year, AUTHOR)
    await run(_VERSION, version, place.institution, year, AUTHOR)
    await run(_SECTION, version, place.institution)
    made = []
    for number, lineage in enumerate(lineages):
        term = TERMS[(number + shift) % len(TERMS)]
        reading = read_term(RuleCells(term=term, article="ст. 1"))
        rule, row = new_id(), new_id()
        await run(_RULE, rule, place.institution, lineage, term, json.dumps(reading.content), AUTHOR)
        index = f"01-{number}"
        await run(_CLASS, row, place.institution, version, number + 1, lineage, index, term, rule)
        made.append((row, lineage, rule, rule_from_json(reading.content["rule"])))
    for statement, person in zip(_IN_FORCE, (AUTHOR, MEMBER, HEAD), strict=True):
        await run(statement, version, person)
    return version, made


async def fill(place: Archive, cases: int, days: int) -> tuple[UUID, list[UUID]]:
    """Write the cases, dated as the service dates them; return the next version and its classes."""
    lineages = [new_id() for _ in range(RULES)]
    year = LAST_YEAR - YEARS + 1
    version, classes = await nomenclature(place, year, lineages, 0)
    following, rows = await nomenclature(place, NEXT_YEAR, lineages, 1)
    spread = [date(year + at // days, 1, 10) + timedelta(days=at % days * 340 // days) for at in range(YEARS * days)]
    await place.owner.execute(_KINDS_OF_CASES)
    kinds = [
        (number, at, row, lineage, rule, closed_on, *_dated(rule, read, closed_on))
        for number, (row, lineage, rule, read) in enumerate(classes)
        for at, closed_on in enumerate(spread)
    ]
    await place.owner.copy_records_to_table("bench_kinds", records=kinds)
    await place.owner.execute("ANALYZE bench_kinds")
    values = [place.institution, version, year, TODAY, AUTHOR, cases, RULES, len(spread)]
    await place.owner.execute(_CASES, *values)
    await place.owner.execute("ANALYZE")
    return following, [row[0] for row in rows]


def _dated(rule_id: UUID, rule: Rule, closed_on: date) -> tuple[Any, ...]:
    verdict = decide(RuleVersion(str(rule_id), rule), Circumstances(closed_on=closed_on), today=TODAY, policy=_POLICY)
    said = json.dumps(explanation(verdict), ensure_ascii=False)
    outcome, earliest = verdict.outcome.value, verdict.earliest_act_date
    lock = verdict.storage_lock.legal_hold
    return state_of(verdict).value, outcome, earliest, verdict.not_before, lock, said


async def run_jobs(place: Archive) -> float:
    """Run what was deferred, as a worker would; return the seconds."""
    catalog = JobCatalog()
    catalog.register(PREVIEW_JOB, preview_cases_job())
    catalog.register(APPLY_JOB, apply_acceptance_job())
    kinds = {kind.name: kind for kind in catalog}
    runner = JobRunner(place.database, None)
    rows = await place.owner.fetch(
        "SELECT j.id, j.kind, p.args -> 'arguments' AS arguments FROM jobs j"
        " JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id WHERE j.state = 'queued'"
    )
    begun = time.perf_counter()
    for row in rows:
        named = json.loads(row["arguments"])
        await runner.run(kinds[row["kind"]], job_id=row["id"], institution_id=place.institution, arguments=named)
    return time.perf_counter() - begun


async def preview(place: Archive, version: UUID, class_id: UUID | None = None) -> tuple[RedatingPreview, float]:
    async with place.database.work(place.scope(AUTHOR)) as work:
        asked = await ask_preview(work, Scope(version_id=version, class_id=class_id), today=TODAY)
    seconds = await run_jobs(place)
    async with place.database.work(place.scope(AUTHOR)):
        return await find_redating(asked.id), seconds


async def bare(place: Archive) -> float:
    await place.owner.execute(_BARE[0])
    begun = time.perf_counter()
    await place.owner.execute(_BARE[1])
    return time.perf_counter() - begun


async def applied(place: Archive, version: UUID, classes: list[UUID]) -> tuple[int, float]:
    """Accept what keeps the cases of some classes longer; return how many that were, and the seconds."""
    cases, seconds = 0, 0.0
    for class_id in classes:
        shown, _ = await preview(place, version, class_id)
        if not shown.counts.get("later"):
            continue
        async with place.database.work(place.scope(AUTHOR)) as work:
            await accept(work, shown, Part.LATER, digest=shown.digest.hex(), reason="измерение")
        seconds += await run_jobs(place)
        cases += await place.owner.fetchval(
            "SELECT count(*) FROM redating_lines WHERE preview_id = $1 AND result = 'applied'", shown.id
        )
    return cases, seconds


async def processor_of_postgresql(place: Archive) -> float:
    """Seconds of processor time that the servers of all connections have used."""
    return _spent_by([row["pid"] for row in await place.owner.fetch("SELECT pid FROM pg_stat_activity")])


def _spent_by(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--accepted", type=int, default=2)
    chosen = parser.parse_args()
    async with archive(0, 0) as place:
        version, classes = await fill(place, chosen.cases, chosen.days)
        before = memory()
        scan = await bare(place)
        served, processor = await processor_of_postgresql(place), time.process_time()
        shown, seconds = await preview(place, version)
        processor = time.process_time() - processor
        served = await processor_of_postgresql(place) - served
        after = memory()
        groups = await place.owner.fetchval("SELECT count(*) FROM redating_groups WHERE preview_id = $1", shown.id)
        cases, spent = await applied(place, version, classes[: chosen.accepted])
    print(f"{shown.examined:,} cases in {groups:,} groups: {shown.counts}")
    print(f"bare scan that rewrites as many rows {scan:>8.1f} s")
    print(f"preview {seconds:>37.1f} s {seconds / scan:>7.1f} of the bare scan")
    print(f"processor time {processor:>30.1f} s in Python, {served:.1f} s in PostgreSQL")
    print(f"memory of the process {before:>20.0f} MiB before, {after:.0f} MiB at most")
    print(f"acceptance of {cases:,} cases: {spent / max(cases, 1) * 1000:.2f} s a thousand")


if __name__ == "__main__":
    asyncio.run(main())
