"""Promise: an act of 10,000 cases is made, submitted, agreed to and approved within about 3 s each.

Told as a ratio to the bare statements: so many cases read by one SELECT and written by one UPDATE. One process, an
embedded PostgreSQL; each case holds one document. The gate of holds is held for the whole of a step, and for the second
half of the making.

Run: python -m benchmarks.act_steps [--cases 10000]
"""

import argparse
import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from benchmarks.closed_cases import AUTHOR, HEAD, MEMBER, TODAY, Archive, archive
from core.access.permissions import Role
from core.cases.asking import asking
from core.disposal import steps
from core.disposal.listing import Wanted, create_act
from core.disposal.lives import find_act
from core.disposal.models import DisposalAct
from core.disposal.summary import summarise
from core.kernel.database.work import Work
from core.kernel.plugins import build_host
from retention.transitions import Asking

_MINUTES = steps.Decision(decided_on=TODAY, number="1", members=("Проверкина А. А.",))
_Step = Callable[[Work, DisposalAct, Asking], Awaitable[DisposalAct]]


async def bare(place: Archive) -> float:
    """Seconds that PostgreSQL needs to give the due cases and to write them back."""
    begun = time.perf_counter()
    async with place.database.work(place.scope(AUTHOR)) as work:
        await work.rows(
            "SELECT * FROM cases WHERE institution_id = $1 AND state = 'expired' ORDER BY id", [place.institution]
        )
        await work.run(
            "UPDATE cases SET revision = revision + 1 WHERE institution_id = $1 AND state = 'expired'",
            [place.institution],
        )
    return time.perf_counter() - begun


async def made(place: Archive) -> tuple[float, UUID]:
    begun = time.perf_counter()
    wanted = Wanted(scope=place.scope(AUTHOR), roles=[Role.RECORDS_OFFICER], case_ids=None, today=TODAY)
    listed = await create_act(place.database, build_host([], {}), wanted, basis="Перечень")
    return time.perf_counter() - begun, listed.act.id


async def taken(place: Archive, act: UUID, who: tuple[UUID, Role], step: _Step) -> float:
    begun = time.perf_counter()
    async with place.database.work(place.scope(who[0])) as work:
        await step(work, await find_act(act), asking(work, [who[1]]))
    return time.perf_counter() - begun


async def told(place: Archive, act: UUID) -> float:
    begun = time.perf_counter()
    async with place.database.work(place.scope(HEAD)) as work:
        await summarise(work, await find_act(act), today=TODAY)
    return time.perf_counter() - begun


async def measure(place: Archive) -> dict[str, float]:
    officer, member, head = (AUTHOR, Role.RECORDS_OFFICER), (MEMBER, Role.COMMISSION), (HEAD, Role.HEAD)
    found = {"the bare statements": await bare(place)}
    found["making it"], act = await made(place)
    found["submission"] = await taken(
        place, act, officer, lambda work, act, who: steps.submit(work, act, who, {}, today=TODAY)
    )
    found["its summary"] = await told(place, act)
    found["agreement"] = await taken(
        place, act, member, lambda work, act, who: steps.agree(work, act, who, _MINUTES, today=TODAY)
    )
    found["approval"] = await taken(
        place, act, head, lambda work, act, who: steps.approve(work, act, who, _MINUTES, today=TODAY)
    )
    found["cancelling it"] = await taken(
        place, act, head, lambda work, act, who: steps.cancel(work, act, who, "передумали", today=TODAY)
    )
    return found


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    chosen = parser.parse_args()
    async with archive(chosen.cases, chosen.cases) as place:
        found = await measure(place)
    unit = found["the bare statements"]
    for what, seconds in found.items():
        each = seconds / chosen.cases * 1000
        print(f"{what:<22}{seconds:>7.2f} s {each:>7.3f} ms a case {seconds / unit:>7.1f} of the bare statements")
    print(f"largest memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    asyncio.run(main())
