"""Readers of what a school consists of: classes, reporting periods, subjects."""

from collections.abc import AsyncIterator
from datetime import date

from core.sdk.connectors import (
    GroupData,
    Message,
    Progress,
    ReadRequest,
    StudyPeriodData,
    SubjectData,
    make_record,
)
from plugins.dnevnik.answers import REFUSALS
from plugins.dnevnik.fields import Loose
from plugins.dnevnik.lessons import Lessons
from plugins.dnevnik.reading import ReaderBySchool, Run, left_out
from plugins.dnevnik.school import SEPTEMBER, Group, study_year_name, study_year_of


class Groups(ReaderBySchool):
    """Classes and subgroups."""

    has_past = True

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield them; those of past years are told by the learners."""
        school, past = await self.asked(request)
        if past:
            async for done in school.read_past_groups():
                yield Progress(done)
        for group in school.known_past() if past else await school.listed_groups():
            yield _group(group)


def _group(group: Group) -> Message:
    fields = {
        "name": group.name,
        "group_kind": group.kind,
        "study_year": study_year_name(group.year),
        "level": "" if group.level is None else str(group.level),
        "parent": group.parent,
        "archived": group.archived,
    }
    return make_record(group.id, GroupData, fields, raw=group.raw)


class StudyPeriods(ReaderBySchool):
    """Reporting periods, and the study years that they belong to."""

    has_past = True

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield each period once, though many classes share it."""
        school, past = await self.asked(request)
        told: set[str | None] = set()
        groups = await school.past_groups() if past else await school.groups()
        classes = [group for group in groups if group.parent is None]
        for number, group in enumerate(classes, start=1):
            try:
                periods = await school.listed_periods(group)
            except REFUSALS as error:
                if not school.is_without_periods(group):
                    raise
                yield left_out(f"the reporting periods of class {group.id}", error)
                continue
            for period in periods:
                for message in _with_year(period, told):
                    yield message
            yield Progress(number, len(classes))


def _with_year(period: Loose, told: set[str | None]) -> list[Message]:
    identifier, start = period.id("id"), period.day("start")
    if identifier is not None and identifier in told:
        return []
    told.add(identifier)
    found: list[Message] = []
    year = study_year_of(start) if start else period.number("year")
    if year and f"year-{year}" not in told:
        told.add(f"year-{year}")
        fields = {
            "name": study_year_name(year),
            "period_kind": "year",
            "starts_on": date(year, SEPTEMBER, 1),
            "ends_on": date(year + 1, SEPTEMBER - 1, 31),
            "study_year": study_year_name(year),
        }
        found.append(make_record(f"year-{year}", StudyPeriodData, fields, raw={}))
    fields = {
        "name": period.text("name") or period.text("type"),
        "period_kind": period.text("type"),
        "starts_on": start,
        "ends_on": period.day("finish"),
        "study_year": study_year_name(year),
        "number": period.number("number"),
        "parent": f"year-{year}" if year else None,
    }
    found.append(make_record(identifier, StudyPeriodData, fields, raw=period.raw))
    return found


class Subjects(ReaderBySchool):
    """Subjects of the current study year; those of past years are told by the lessons of past classes."""

    has_past = True

    def __init__(self, run: Run, lessons: Lessons) -> None:
        super().__init__(run)
        self.lessons = lessons

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield them."""
        school, past = await self.asked(request)
        now = await school.subjects()
        if not past:
            for subject in now:
                fields = {"name": subject.text("name"), "area": subject.text("knowledgearea")}
                yield make_record(subject.id("id"), SubjectData, fields, raw=subject.raw)
            return
        told = {subject.id("id") for subject in now}
        for group in await school.past_groups():
            for period in await school.periods(group):
                names = (await self.lessons.journal(group, period)).names
                yield Progress(len(told))
                for identifier in names.keys() - told:
                    yield make_record(identifier, SubjectData, {"name": names[identifier]}, raw={})
                told |= names.keys()
