"""What comes after the filing of a snapshot: how it differs from the one before, and its print-out; each once."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import islice
from typing import Final
from uuid import UUID

from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.paperwork.issuing import issue
from core.period_exports.comparing import Difference, differences
from core.period_exports.fetching import Copy, fetched
from core.period_exports.filing import case_of_snapshots
from core.period_exports.models import PeriodExport
from core.period_exports.package import Package
from core.period_exports.printing import PrintOut
from core.period_exports.services import PeriodExportServices

_TOGETHER: Final = 1_000
GONE: Final = "gone"
"""Stands in the counts where the earlier snapshot is no more."""
_CLEAR: Final = "DELETE FROM period_export_differences WHERE institution_id = $1 AND export_id = $2"
_INSERT: Final = """
INSERT INTO period_export_differences
  (id, institution_id, export_id, ordinal, table_name, kind, stream, record, before, after)
SELECT d.id, $1, $2, d.ordinal, d.table_name, d.kind, d.stream, d.record, d.before::jsonb, d.after::jsonb
  FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
    AS d(id, ordinal, table_name, kind, stream, record, before, after)
"""


async def follow(services: PeriodExportServices, export: PeriodExport, scope: Scope) -> None:
    """Compare and print what was not yet; raises what `fetched` and `core.paperwork.issuing.issue` raise."""
    to_compare = export.earlier_id is not None and export.differences is None
    if export.package_id is None or not (to_compare or not export.paper_ids):
        return
    async with fetched(services, scope, export.package_id) as copy:
        if to_compare:
            await _compare(services, scope, export, copy.package)
        if not export.paper_ids:
            await _print(services, scope, export, copy)


async def _print(services: PeriodExportServices, scope: Scope, export: PeriodExport, copy: Copy) -> None:
    """Issue every part; one that an earlier attempt had issued is found again."""
    print_out = await asyncio.to_thread(PrintOut, export, copy.package, copy.path.parent)
    papers = print_out.papers()
    issued: list[str] = []
    while make := await asyncio.to_thread(next, papers, None):
        issued.append(str((await issue(services.paperwork, scope, make, case_of=case_of_snapshots)).paper.id))
    async with services.database.work(scope) as work:
        await PeriodExport.filter(id=export.id).update(paper_ids=issued)
        work.record("period_export.printed", "period_export", export.id, {"papers": issued})


async def _compare(services: PeriodExportServices, scope: Scope, export: PeriodExport, later: Package) -> None:
    async with AsyncExitStack() as stack:
        async with services.database.work(scope):
            earlier = await PeriodExport.get(id=export.earlier_id)
        package = None
        if earlier.package_id is not None:
            try:
                copy = await stack.enter_async_context(fetched(services, scope, earlier.package_id))
            except NotFound:
                # Its term is over; what it said is nobody's any more.
                pass
            else:
                package = copy.package
        found = {GONE: 1} if package is None else await _write(services, scope, export, differences(package, later))
        async with services.database.work(scope) as work:
            await PeriodExport.filter(id=export.id).update(differences=found)
            if found.keys() & {"added", "removed", "changed"} and any(found.values()):
                work.emit("period_export.changed", {"export": str(export.id), "earlier": str(earlier.id)})


async def _write(
    services: PeriodExportServices, scope: Scope, export: PeriodExport, found: Iterator[Difference]
) -> dict[str, int]:
    counts: Counter[str] = Counter({"added": 0, "removed": 0, "changed": 0})
    async with services.database.work(scope) as work:
        # Whoever does the same at the same moment waits here.
        await PeriodExport.filter(id=export.id).select_for_update().get()
        await work.run(_CLEAR, [scope.institution_id, export.id])
        while batch := await asyncio.to_thread(lambda: list(islice(found, _TOGETHER))):
            first = counts.total()
            counts.update(each.kind for each in batch)
            await work.run(_INSERT, [scope.institution_id, export.id, *_columns(batch, first)])
    return dict(counts)


def _columns(batch: list[Difference], first: int) -> list[Sequence[UUID | int | str]]:
    return [
        [new_id() for _ in batch],
        list(range(first, first + len(batch))),
        [each.table for each in batch],
        [each.kind for each in batch],
        [each.stream for each in batch],
        [each.record for each in batch],
        [json.dumps(each.before, ensure_ascii=False) for each in batch],
        [json.dumps(each.after, ensure_ascii=False) for each in batch],
    ]
