"""Promise: what is due among 1,000,000 cases is selected within 1 s.

Told beside the bare question for the ids of the due cases. The selection judges each of them anew with its holds, makes
the line that it would be on an act, and groups the lines. The gate of inventories is measured over the same cases.

Run: python -m benchmarks.due_selection [--cases 1000000] [--due 5000]
"""

import argparse
import asyncio
import time

from benchmarks.closed_cases import AUTHOR, TODAY, YEAR, Archive, archive
from core.disposal.selection import select_cases
from core.inventories.coverage import coverage

_BARE = """
SELECT id FROM cases WHERE institution_id = $1 AND state IN ('retained', 'expired') AND earliest_act_date <= $2
 ORDER BY earliest_act_date, id
"""


async def measure(place: Archive) -> list[tuple[str, float, int]]:
    found = []
    async with place.database.work(place.scope(AUTHOR)) as work:
        begun = time.perf_counter()
        ids = await work.rows(_BARE, [place.institution, TODAY])
        found.append(("the bare question", time.perf_counter() - begun, len(ids)))
        begun = time.perf_counter()
        selection = await select_cases(work, None, today=TODAY)
        found.append(("judged, as lines", time.perf_counter() - begun, len(selection.fitting)))
        begun = time.perf_counter()
        proposal = selection.proposal
        found.append(("grouped", time.perf_counter() - begun, proposal.cases if proposal else 0))
        begun = time.perf_counter()
        covered = await coverage(work, YEAR, YEAR)
        found.append(("the gate of inventories", time.perf_counter() - begun, len(covered.unlisted)))
    return found


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=5_000)
    chosen = parser.parse_args()
    async with archive(chosen.cases, chosen.due) as place:
        await measure(place)
        found = await measure(place)
    print(f"{chosen.due:,} due among {chosen.cases:,}")
    for what, seconds, count in found:
        print(
            f"{what:<26}{seconds * 1000:>8.0f} ms {count:>8,} cases {seconds / found[0][1]:>7.1f} of the bare question"
        )


if __name__ == "__main__":
    asyncio.run(main())
