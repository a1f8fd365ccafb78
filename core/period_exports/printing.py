"""The print-out of a filed snapshot: made of its package, so that it says what was kept, whatever was read since."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.papers.numerals import short_date
from core.papers.paper import Signature
from core.papers.period_results import GroupResults, PeriodResults
from core.paperwork.issuing import Make
from core.paperwork.letterhead import Making
from core.paperwork.makers.made import Made
from core.period_exports.models import PeriodExport
from core.period_exports.package import Package
from core.period_exports.tables import FINAL

SUBJECT: Final = "period_export"
"""What the paper is about, and its kind in the register of papers."""
_WITHOUT_GROUP: Final = "Без группы"
_WITHOUT_SUBJECT: Final = "Без предмета"


def print_out(export: PeriodExport, package: Package) -> Make:
    """Return what makes the print-out of a snapshot; its tables are read here, blocking."""
    groups, count = _groups(package)
    manifest = package.manifest

    async def make(making: Making) -> Made:
        head = making.letterhead
        paper = PeriodResults(
            number=str(export.version),
            dated=making.day_of(export.requested_at),
            issuer=head.issuer,
            place=head.place,
            created_at=making.created_at,
            period=_period(manifest["period"]),
            first_day=date.fromisoformat(manifest["period"]["starts_on"]),
            last_day=date.fromisoformat(manifest["period"]["ends_on"]),
            platform=_platform(manifest["connection"]),
            snapshot=manifest["digest"],
            read=_read(manifest["read_at"], making.time_zone),
            shortcomings=tuple(each["words"] for each in manifest["shortcomings"]),
            insisted=manifest["insisted"],
            results=count,
            groups=groups,
            head=Signature(post=head.head_post),
        )
        return Made(paper=paper, subject_type=SUBJECT, subject_id=export.id)

    return make


def _period(said: Mapping[str, Any]) -> str:
    return " ".join(each for each in (said["name"], said["study_year"]) if each)


def _platform(said: Mapping[str, Any]) -> str:
    account = (said["identity"] or {}).get("title", "")
    return ", ".join(each for each in (said["title"], account if account != said["title"] else "") if each)


def _read(moments: Mapping[str, str | None], time_zone: str) -> str:
    known = [datetime.fromisoformat(each) for each in moments.values() if each]
    if not known:
        return "полностью не читались"
    moment = min(known).astimezone(ZoneInfo(time_zone))
    return f"{short_date(moment.date())} в {moment:%H:%M}"


def _groups(package: Package) -> tuple[tuple[GroupResults, ...], int]:
    """Return the final results by group, and how many there are."""
    names = FINAL.names
    found: dict[tuple[str, str], dict[tuple[str, str], dict[str, list[str]]]] = {}
    count = 0
    for cells in package.rows(FINAL.file_name):
        row = dict(zip(names, cells, strict=True))
        group = (row["group"] or _WITHOUT_GROUP, row["group_id"])
        marks = found.setdefault(group, {}).setdefault((row["learner"] or row["learner_id"], row["learner_id"]), {})
        marks.setdefault(row["subject"] or row["subject_id"] or _WITHOUT_SUBJECT, []).append(_mark(row))
        count += 1
    return tuple(_group(group[0], found[group]) for group in sorted(found)), count


def _mark(row: Mapping[str, str]) -> str:
    usual = row["kind"].lower() in {"", "period", "year"}
    return row["value"] if usual else f"{row['value']} ({row['kind']})"


def _group(name: str, learners: Mapping[tuple[str, str], Mapping[str, list[str]]]) -> GroupResults:
    subjects = tuple(sorted({subject for marks in learners.values() for subject in marks}))

    def cells(marks: Mapping[str, list[str]]) -> Iterator[str]:
        return ("; ".join(marks.get(subject, [])) for subject in subjects)

    rows = tuple((learner[0], tuple(cells(learners[learner]))) for learner in sorted(learners))
    return GroupResults(group=name, subjects=subjects, learners=rows)
