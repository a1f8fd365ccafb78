"""The print-out of a filed snapshot: made of its package, so that it says what was kept, whatever was read since.

What is sewn must not be thicker than a volume of a case, 250 sheets by the usual rules of archives; so a large
print-out has parts, each certified on its own. Final results are put into the order of groups and people on the disk
and set part by part: memory does not grow with them.
"""

import csv
import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.papers.numerals import short_date
from core.papers.paper import Signature
from core.papers.period_results import SUBJECTS_ACROSS, GroupResults, PeriodResults
from core.paperwork.issuing import Make
from core.paperwork.letterhead import Making
from core.paperwork.makers.made import Made
from core.period_exports.models import PeriodExport
from core.period_exports.package import Package
from core.period_exports.tables import FINAL
from core.period_exports.wording import days_of, period_named, platform_named
from core.search.folding import fold_text

SUBJECT: Final = "period_export"
"""What the paper is about, and its kind in the register of papers."""
MOST_LINES: Final = 4_000
"""Lines of a part, some 200 sheets at most; a heading takes as much room as eight."""
_HEADING: Final = 8
_SORTED_TOGETHER: Final = 20_000
_KINDS: Final = {"period": "", "year": "", "examination": "экз.", "course": "курс", "other": "иное"}
"""What is set beside a mark of each kind that is not what the print-out is about anyway."""
_WITHOUT_GROUP: Final = "Без группы"
_WITHOUT_SUBJECT: Final = "Без предмета"
_GROUP, _LEARNER = itemgetter(0, 1), itemgetter(0, 1, 2, 3)
_NUMBER: Final = re.compile(r"\d+")
_DIGITS: Final = 9

Entry = tuple[str, str, str, str, str, str]
"""Group, its code, learner, the code of the learner, subject, mark."""
Part = tuple[tuple[GroupResults, ...], int]
"""Groups, and how many final results they have."""


class PrintOut:
    """A print-out whose results lie sorted in a folder of the local disk until they are set."""

    def __init__(self, export: PeriodExport, package: Package, folder: Path) -> None:
        self._export = export
        self._manifest = package.manifest
        self._runs = list(_sorted_runs(package, folder))
        self._number = max(1, sum(1 for _ in self._parts()))

    def papers(self) -> Iterator[Make]:
        """Yield what makes each part, in order; each step reads the disk, so call it outside the event loop."""
        nothing: Part = (), 0
        for place, part in enumerate(self._parts() if self._runs else iter([nothing]), 1):
            yield self._make(place, *part)

    def _parts(self) -> Iterator[Part]:
        with ExitStack() as stack:
            files = [stack.enter_context(path.open(encoding="utf-8", newline="")) for path in self._runs]
            yield from _parts(heapq.merge(*(map(_entry, csv.reader(file)) for file in files), key=_order))

    def _make(self, place: int, groups: tuple[GroupResults, ...], count: int) -> Make:
        manifest, export = self._manifest, self._export
        first, last = days_of(manifest["period"])

        async def make(making: Making) -> Made:
            head = making.letterhead
            paper = PeriodResults(
                number=str(export.version),
                part=place,
                parts=self._number,
                dated=making.day_of(export.requested_at),
                issuer=head.issuer,
                place=head.place,
                created_at=making.created_at,
                period=period_named(manifest["period"]),
                first_day=first,
                last_day=last,
                platform=platform_named(manifest["connection"]),
                snapshot=manifest["digest"],
                read=_read(manifest["read_at"], making.time_zone),
                shortcomings=tuple(each["words"] for each in manifest["shortcomings"]),
                insisted=manifest["insisted"],
                results=count,
                groups=groups,
                head=Signature(post=head.head_post),
            )
            edition = f"part-{place}" if self._number > 1 else ""
            return Made(paper=paper, subject_type=SUBJECT, subject_id=export.id, edition=edition)

        return make


def _read(moments: Mapping[str, str | None], time_zone: str) -> str:
    known = [datetime.fromisoformat(each) for each in moments.values() if each]
    if not known:
        return "полностью не читались"
    moment = min(known).astimezone(ZoneInfo(time_zone))
    return f"{short_date(moment.date())} в {moment:%H:%M}"


def _sorted_runs(package: Package, folder: Path) -> Iterator[Path]:
    """Write the final results into files, each in order, and yield these."""
    entries = map(_of_row, package.rows(FINAL.file_name))
    number = 0
    while some := list(islice(entries, _SORTED_TOGETHER)):
        some.sort(key=_order)
        path = folder / f"results-{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(some)
        yield path
        number += 1


def _of_row(cells: Sequence[str]) -> Entry:
    row = dict(zip(FINAL.names, cells, strict=True))
    kind = _KINDS.get(row["kind"].lower(), row["kind"])
    return (
        row["group"] or _WITHOUT_GROUP,
        row["group_id"],
        row["learner"] or row["learner_id"],
        row["learner_id"],
        row["subject"] or row["subject_id"] or _WITHOUT_SUBJECT,
        f"{row['value']} ({kind})" if kind else row["value"],
    )


def _order(entry: Entry) -> tuple[bool, str, str, str, str]:
    """Return what entries are sorted by: 5А before 10А, Ёлкин beside Елкин, and last whoever is in no group."""
    group, group_id, learner, learner_id, *_ = entry
    return not group_id, _folded(group), group_id, _folded(learner), learner_id


@lru_cache(maxsize=1 << 14)
def _folded(name: str) -> str:
    return _NUMBER.sub(lambda found: found[0].zfill(_DIGITS), fold_text(name))


def _entry(cells: Sequence[str]) -> Entry:
    group, group_id, learner, learner_id, subject, mark = cells
    return group, group_id, learner, learner_id, subject, mark


def _parts(entries: Iterator[Entry]) -> Iterator[Part]:
    """Yield parts of at most `MOST_LINES` lines; a group ends in the part in which it begins, if it can."""
    part: list[_Group] = []
    for group in _groups(entries):
        if part and sum(each.lines for each in part) + group.lines > MOST_LINES:
            yield _set(part)
            part = []
        part.append(group)
    if part:
        yield _set(part)


def _set(part: Sequence["_Group"]) -> Part:
    return tuple(each.table() for each in part), sum(each.results for each in part)


@dataclass(slots=True)
class _Group:
    """Final results of a group, or of as many of its learners as have room in a part."""

    name: str
    learners: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    subjects: set[str] = field(default_factory=set)

    @property
    def lines(self) -> int:
        return _lines(len(self.learners), len(self.subjects))

    @property
    def results(self) -> int:
        return sum(len(each) for _, marks in self.learners for each in marks.values())

    def has_room(self, marks: Mapping[str, list[str]]) -> bool:
        return not self.learners or _lines(len(self.learners) + 1, len(self.subjects | marks.keys())) <= MOST_LINES

    def add(self, learner: str, marks: dict[str, list[str]]) -> None:
        self.learners.append((learner, marks))
        self.subjects |= marks.keys()

    def table(self) -> GroupResults:
        subjects = tuple(sorted(self.subjects))
        rows = tuple(
            (name, tuple("; ".join(marks.get(each, [])) for each in subjects)) for name, marks in self.learners
        )
        return GroupResults(group=self.name, subjects=subjects, learners=rows)


def _groups(entries: Iterator[Entry]) -> Iterator[_Group]:
    for (name, _), of_group in groupby(entries, _GROUP):
        group = _Group(name)
        for (_, _, learner, _), of_learner in groupby(of_group, _LEARNER):
            marks: dict[str, list[str]] = {}
            for *_, subject, mark in of_learner:
                marks.setdefault(subject, []).append(mark)
            if not group.has_room(marks):
                yield group
                group = _Group(name)
            group.add(learner, marks)
        yield group


def _lines(learners: int, subjects: int) -> int:
    return (learners + _HEADING) * -(-subjects // SUBJECTS_ACROSS)
