"""The reader of final marks: of reporting periods, of the year, of examinations."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.sdk.connectors import FinalResultData, Message, Partition, ReadRequest, make_record
from plugins.dnevnik.answers import REFUSALS
from plugins.dnevnik.fields import Loose, Raw, as_identifier, day_of, identifier, loose_objects
from plugins.dnevnik.lessons import Lessons
from plugins.dnevnik.reading import Reader, Run, strangers
from plugins.dnevnik.results import mark_value
from plugins.dnevnik.school import SEPTEMBER, Group, School, names_by_number, study_year_of

PERIOD_KIND = "PeriodMark"
"""What the platform calls a mark of a reporting period, where it says nothing nearer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalMark:
    """A final mark with what the answer says around it."""

    mark: Raw
    subject: str | None
    period: str | None
    kind: str
    """Empty: not known from the answer."""


class FinalResults(Reader):
    """Final marks, a class at a time."""

    def __init__(self, run: Run, lessons: Lessons) -> None:
        super().__init__(run)
        self.lessons = lessons

    async def partitions(self) -> Sequence[Partition]:
        """Return the classes; a part ends with its study year."""
        found = []
        for school in await self.run.schools():
            for group in await school.classes():
                year = group.year or study_year_of(self.run.today)
                end = date(year + 1, SEPTEMBER - 1, 31)
                part = Partition(key=group.id, title=group.name, starts_on=date(year, SEPTEMBER, 1), ends_on=end)
                found.append(part)
        found.sort(key=lambda part: part.ends_on or self.run.today, reverse=True)
        return found

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the final marks of the class."""
        school, group = await self.run.group(request.partition.key)
        past = any(group.id == each.id for each in school.known_past())
        roster = await school.roster(past=past)
        marks = await self._marks(school, group)
        kinds = await self._kinds(group, [each for each in marks if each.period is None and not each.kind])
        unknown = set()
        for each in marks:
            person = identifier(each.mark, "person")
            if person is not None and person not in roster.people:
                unknown.add(person)
                continue
            key = identifier(each.mark, "id")
            kind = each.kind or kinds.get(key or "", PERIOD_KIND if each.period else "")
            yield _record(each, person, group, kind)
        for problem in strangers(group.id, len(unknown), roster):
            yield problem

    async def _marks(self, school: School, group: Group) -> list[FinalMark]:
        """Ask for the class, and read both forms of the answer."""
        path = f"/edu-groups/{group.id}/final-marks"
        answer = await self.run.api.get(path)
        kinds = await school.names_of_work_types()
        if isinstance(answer, dict):
            periods = {(period.number, period.kind): period.id for period in await school.periods(group)}
            return list(_of_bundle(Loose(answer), kinds, periods))
        return list(_of_list(loose_objects(answer, path), kinds))

    async def _kinds(self, group: Group, unknown: Sequence[FinalMark]) -> Mapping[str, str]:
        """Return the kinds of marks of no period by the id of the mark: from their works, else asked of each person."""
        if not unknown:
            return {}
        works = {work for each in unknown if (work := identifier(each.mark, "work"))}
        types = {identifier(work, "id"): work.get("type") for work in await self.lessons.many("/works/many", works)}
        found: dict[str, str] = {}
        people: dict[str, None] = {}
        for each in unknown:
            key, kind = identifier(each.mark, "id"), types.get(identifier(each.mark, "work"))
            person = identifier(each.mark, "person")
            if key and isinstance(kind, str) and kind:
                found[key] = kind
            elif person:
                people[person] = None
        for person in people:
            found.update(await self._kinds_of_person(group, person))
        return found

    async def _kinds_of_person(self, group: Group, person: str) -> Mapping[str, str]:
        try:
            answer = await self.run.api.get(f"/persons/{person}/edu-groups/{group.id}/allfinalmarks")
        except REFUSALS:
            return {}
        bundle = Loose(answer if isinstance(answer, dict) else {})
        marks = _of_bundle(bundle, names_by_number(bundle.items("worktypes")), {})
        return {key: each.kind for each in marks if (key := identifier(each.mark, "id"))}


def _of_list(people: Iterable[Loose], kinds: Mapping[str, str]) -> Iterator[FinalMark]:
    for person in people:
        for each in person.items("persubjectfinalmarks"):
            mark = each.inner("finalmark").raw
            if identifier(mark, "person") is None:
                mark = {**mark, "person": person.id("person")}
            yield FinalMark(
                mark=mark, subject=each.id("subject"), period=person.id("reportingperiod"), kind=_kind(mark, kinds)
            )


def _of_bundle(
    bundle: Loose, kinds: Mapping[str, str], periods: Mapping[tuple[int | None, str], str]
) -> Iterator[FinalMark]:
    kinds = {**kinds, **names_by_number(bundle.items("worktypes"))}
    works = {work.id("id"): work for work in bundle.items("works")}
    subjects = {as_identifier(subject.get("id")): subject.id("id") for subject in bundle.items("subjects")}
    for mark in bundle.items("marks"):
        work = works.get(mark.id("work"))
        number = as_identifier(work.get("subjectid")) if work else None
        period = periods.get((work.number("periodnumber"), work.text("periodtype"))) if work else None
        yield FinalMark(
            mark=mark.raw,
            subject=subjects.get(number, number),
            period=period,
            kind=_kind(mark.raw, kinds) or (work.text("type") if work else ""),
        )


def _kind(mark: Raw, kinds: Mapping[str, str]) -> str:
    return kinds.get(as_identifier(mark.get("workType")) or "", "")


def _record(each: FinalMark, person: str | None, group: Group, kind: str) -> Message:
    given: Any = each.mark.get("date")
    fields = {
        "learner": person,
        "subject": each.subject,
        "group": group.id,
        "period": each.period,
        "final_kind": kind,
        "value": mark_value(each.mark),
        "scale": each.mark.get("type") or "",
        "decided_on": (day_of(given) or given) if isinstance(given, str) and given else None,
    }
    return make_record(identifier(each.mark, "id"), FinalResultData, fields, raw=each.mark)
