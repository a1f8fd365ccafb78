"""Promise: a page of 50 among 1,000,000 marks, of a learner or a group in a period and subject, within 30 ms (p95).

Marks are written as imports write them, a thousand by a statement; what that takes is said too. Requests go through the
whole API over loopback, one at a time. Beside milliseconds the ratio to an empty list is printed, which other work on
the machine disturbs less.

Run: python -m benchmarks.results_list [--marks 1000000] [--requests 200]
"""

import argparse
import asyncio
import random
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from benchmarks.desk import Bench, bench
from benchmarks.lists_and_search import p95
from core.bootstrap.clock import system_clock
from core.bootstrap.parts import APPS
from core.kernel.database.connection import Database
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.origins.writing import Incoming
from core.results.writers import result_writers
from core.sdk.connectors import EntityKind

_BATCH: Final = 1_000
_LEARNERS: Final = 1_000
_IN_A_GROUP: Final = 25
_SUBJECTS: Final = 15
_PERIODS: Final = 4
_PEOPLE: Final = """
INSERT INTO people (id, institution_id, family_name, given_name, sort_key, created_at)
SELECT id, $1, 'Образцова', 'Вера', 'образцова вера ' || n, now() FROM unnest($2::uuid[]) WITH ORDINALITY AS p(id, n)
"""
_GROUPS: Final = """
INSERT INTO groups (id, institution_id, name, sort_key, created_at)
SELECT id, $1, 'Группа ' || n, 'группа ' || n, now() FROM unnest($2::uuid[]) WITH ORDINALITY AS p(id, n)
"""
_SUBJECT: Final = """
INSERT INTO subjects (id, institution_id, name, sort_key, created_at)
SELECT id, $1, 'Предмет ' || n, 'предмет ' || n, now() FROM unnest($2::uuid[]) WITH ORDINALITY AS p(id, n)
"""
_PERIOD: Final = """
INSERT INTO study_periods (id, institution_id, kind, name, starts_on, ends_on, created_at)
SELECT id, $1, 'other', 'Период ' || n, '2025-09-01', '2026-05-31', now()
  FROM unnest($2::uuid[]) WITH ORDINALITY AS p(id, n)
"""


@dataclass(frozen=True)
class School:
    """What marks are of."""

    institution: UUID
    learners: list[UUID]
    groups: list[UUID]
    subjects: list[UUID]
    periods: list[UUID]


async def found(owner: asyncpg.Connection) -> School:
    institution = await owner.fetchval("SELECT id FROM institutions")
    numbers = (_LEARNERS, _LEARNERS // _IN_A_GROUP, _SUBJECTS, _PERIODS)
    ids = [[new_id() for _ in range(number)] for number in numbers]
    for statement, made in zip((_PEOPLE, _GROUPS, _SUBJECT, _PERIOD), ids, strict=True):
        await owner.execute(statement, institution, made)
    return School(institution, *ids)


async def write(url: str, school: School, count: int) -> float:
    """Write `count` marks as an import does; return how many a second."""
    rng = random.Random(1)
    writer = result_writers()[EntityKind.RESULTS]
    database = Database(url, apps=APPS, clock=system_clock)
    await database.open()
    begun = time.perf_counter()
    for _ in range(0, count, _BATCH):
        rows = [Incoming(new_id(), writer.columns(mark(school, rng))) for _ in range(_BATCH)]
        async with database.work(Scope(institution_id=school.institution)) as work:
            await writer.create(work, rows)
    rate = count / (time.perf_counter() - begun)
    await database.close()
    return rate


def mark(school: School, rng: random.Random) -> dict[str, object]:
    learner = rng.randrange(_LEARNERS)
    day = rng.randrange(250)
    return {
        "learner": school.learners[learner],
        "group": school.groups[learner // _IN_A_GROUP],
        "subject": rng.choice(school.subjects),
        "period": school.periods[day * _PERIODS // 250],
        "value": rng.choice("2345"),
        "scale": "mark5",
        "result_kind": "Контрольная работа",
        "title": "Контрольная работа",
        "held_on": date(2025, 9, 1) + timedelta(days=day),
    }


async def fill(place: Bench, count: int) -> tuple[School, float]:
    addresses = place.service.addresses()
    owner = await asyncpg.connect(addresses["DELOTEKA_DATABASE__OWNER_URL"])
    school = await found(owner)
    rate = await write(addresses["DELOTEKA_DATABASE__URL"], school, count)
    await owner.execute("ANALYZE")
    await owner.close()
    return school, rate


def asked(school: School, count: int) -> dict[str, list[str]]:
    rng = random.Random(2)

    def one(of: str, ids: list[UUID], *, subject: bool) -> str:
        further = f"&subject_id={rng.choice(school.subjects)}" if subject else ""
        return f"/api/v1/{of}/{rng.choice(ids)}/results?limit=50&period_id={rng.choice(school.periods)}{further}"

    return {
        "a learner in a period": [one("people", school.learners, subject=False) for _ in range(count)],
        "a group in a period and subject": [one("groups", school.groups, subject=True) for _ in range(count)],
        "a group in a period": [one("groups", school.groups, subject=False) for _ in range(count)],
        "a group": [f"/api/v1/groups/{rng.choice(school.groups)}/results?limit=50" for _ in range(count)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marks", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=200)
    chosen = parser.parse_args()
    with bench() as place:
        school, rate = asyncio.run(fill(place, chosen.marks))
        nothing = f"/api/v1/people/{school.learners[0]}/results?limit=50&subject_id={school.periods[0]}"
        empty = p95(place, [nothing] * chosen.requests)
        listed = {name: p95(place, paths) for name, paths in asked(school, chosen.requests).items()}
    print(f"{chosen.marks:,} marks were written at {rate:,.0f} a second")
    print(f"  an empty list: median {empty[0]:.0f} ms, p95 {empty[1]:.0f} ms")
    for name, (median, slow) in listed.items():
        print(
            f"page of 50 of {name}: median {median:.0f} ms, p95 {slow:.0f} ms (promised 30);"
            f" {median / empty[0]:.1f} of an empty list"
        )


if __name__ == "__main__":
    main()
