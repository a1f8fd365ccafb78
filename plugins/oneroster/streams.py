"""The streams: which collections each needs, and how records come of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.sdk.connectors import (
    EnrolmentData,
    EntityKind,
    FinalResultData,
    GroupData,
    LearnerData,
    Message,
    Problem,
    ProblemClass,
    Progress,
    ReadRequest,
    Record,
    ResultData,
    StaffData,
    State,
    Stream,
    StudyPeriodData,
    SubjectData,
)
from plugins.oneroster import mapping
from plugins.oneroster.guardians import read_guardians
from plugins.oneroster.mapping import Item, Lesson, Rules, Work
from plugins.oneroster.source import Batch, Source
from plugins.oneroster.values import OneRosterObject, Unfit, reference, references, text

Made = Record | Problem | None
Convert = Callable[[Source, Rules, Sequence[Item]], Awaitable[Iterable[Made]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRosterStream:
    """A stream and the collections it needs, its own first."""

    kind: EntityKind
    title: str
    needs: tuple[str, ...]
    parents: tuple[str, ...] = ()
    convert: Convert | None
    """`None`: only all objects together say what the records are."""
    optional: bool = False

    def beside(self, rules: Rules) -> tuple[str, ...]:
        """Return the collections that are looked up."""
        wants_demographics = self.kind is EntityKind.LEARNERS and rules.demographics
        return (*self.needs[1:], "demographics") if wants_demographics else self.needs[1:]

    def declared(self, name: str, source: Source) -> Stream:
        """Return what the host is told of it."""
        return Stream(
            name=name,
            kind=self.kind,
            title=self.title,
            sync=source.sync(self.needs[0], whole=self.convert is None),
            parents=self.parents,
            optional=self.optional,
        )


async def read(stream: OneRosterStream, source: Source, rules: Rules, request: ReadRequest) -> AsyncIterator[Message]:
    """Yield what the source has for a stream: records, then the state that covers them, then how far it is."""
    if stream.convert is None:
        async for message in read_guardians(source, rules):
            yield message
        return
    for beside in stream.beside(rules):
        async for _ in source.prepare(beside, request, _MAKERS[beside](rules)):
            yield Progress(0)
    async for batch in source.batches(stream.needs[0], request):
        for problem in batch.problems:
            if stream.needs[0] != "users" or stream.kind is _stream_of(problem, rules):
                yield problem
        for made in filter(None, await stream.convert(source, rules, batch.items)):
            yield made
        for after in _after(batch):
            yield after


def _after(batch: Batch) -> Iterator[Message]:
    if batch.cursor is not None:
        yield State(batch.cursor)
    if batch.items:
        yield Progress(batch.done, batch.total)


def _stream_of(problem: Problem, rules: Rules) -> EntityKind:
    """Three streams read users; what is wrong with a row is told once."""
    role = problem.raw.get("role")
    if role in mapping.GUARDIAN_ROLES:
        return EntityKind.GUARDIANS
    return EntityKind.STAFF if role in rules.staff_roles else EntityKind.LEARNERS


async def _study_periods(source: Source, rules: Rules, items: Sequence[Item]) -> Iterator[Made]:
    del source
    describe = partial(mapping.study_period, rules=rules)
    return (mapping.record_of(item, StudyPeriodData, describe) for item in items)


async def _subjects(source: Source, rules: Rules, items: Sequence[Item]) -> Iterator[Made]:
    del source
    describe = partial(mapping.subject, rules=rules)
    return (mapping.record_of(item, SubjectData, describe) for item in items)


async def _groups(source: Source, rules: Rules, items: Sequence[Item]) -> Iterator[Made]:
    terms = {term for item in items for term in _terms(item.entry)}
    years: Mapping[str, str] = await source.look_up("academicSessions", terms, _year)
    describe = partial(mapping.group, rules=rules, years=years)
    return (mapping.record_of(item, GroupData, describe) for item in items)


def _year(entry: OneRosterObject) -> str:
    return mapping.study_year(text(entry, "schoolYear"))


# What is wrong with a field is told when its object is mapped; those who only look where it leads see nothing.


def _terms(entry: OneRosterObject) -> tuple[str, ...]:
    try:
        return references(entry, "terms")
    except Unfit:
        return ()


def _named(entry: OneRosterObject, field: str) -> str:
    try:
        return reference(entry, field) or ""
    except Unfit:
        return ""


async def _learners(source: Source, rules: Rules, items: Sequence[Item]) -> Iterator[Made]:
    about: Mapping[str, OneRosterObject] = {}
    if rules.demographics:
        ids = {str(item.entry.get("sourcedId")) for item in items}
        about = await source.look_up("demographics", ids, _birth_date_and_sex)
    describe = partial(mapping.learner, rules=rules, demographics=about)
    return (mapping.record_of(_with(item, about), LearnerData, describe) for item in items)


def _birth_date_and_sex(entry: OneRosterObject) -> OneRosterObject:
    return {"birthDate": text(entry, "birthDate"), "sex": text(entry, "sex")}


def _with(item: Item, about: Mapping[str, OneRosterObject]) -> Item:
    known = about.get(str(item.entry.get("sourcedId")))
    return Item(item.entry, {**item.raw, "demographics": known}) if known else item


async def _staff(source: Source, rules: Rules, items: Sequence[Item]) -> Iterator[Made]:
    del source
    describe = partial(mapping.member_of_staff, rules=rules)
    return (mapping.record_of(item, StaffData, describe) for item in items)


async def _lessons(source: Source, rules: Rules, classes: set[str]) -> Mapping[str, Lesson]:
    return await source.look_up("classes", classes - {""}, _MAKERS["classes"](rules))


async def _enrolments(source: Source, rules: Rules, items: Sequence[Item]) -> Iterator[Made]:
    lessons = await _lessons(source, rules, {_named(item.entry, "class") for item in items})
    describe = partial(mapping.enrolment, rules=rules, lessons=lessons)
    return (mapping.record_of(item, EnrolmentData, describe) for item in items)


async def _works(source: Source, rules: Rules, items: Sequence[Item]) -> Mapping[str, Work]:
    wanted = {_named(item.entry, "lineItem") for item in items} - {""}
    found: Mapping[str, Work] = await source.look_up("lineItems", wanted, _MAKERS["lineItems"](rules))
    categories = {work.category for work in found.values()} - {""}
    titles: Mapping[str, str] = await source.look_up("categories", categories, _title)
    return {key: work._replace(category=titles.get(work.category, "")) for key, work in found.items()}


async def _marks(source: Source, rules: Rules, items: Sequence[Item], *, final: bool) -> Iterator[Made]:
    works = await _works(source, rules, items)
    lessons = await _lessons(source, rules, {work.group or "" for work in works.values()})
    return (_mark(item, rules, works, lessons, final=final) for item in items)


def _mark(item: Item, rules: Rules, works: Mapping[str, Work], lessons: Mapping[str, Lesson], *, final: bool) -> Made:
    work = works.get(_named(item.entry, "lineItem"))
    if work is None:
        return None if final else _without_work(item)
    lesson = lessons.get(work.group or "", Lesson(None, ours=True))
    if not lesson.ours or (work.category.casefold() in rules.final_categories) is not final:
        return None
    fields = mapping.final_result if final else mapping.result
    describe = partial(fields, rules=rules, about=work, course=lesson.course)
    made = mapping.record_of(item, FinalResultData if final else ResultData, describe)
    if isinstance(made, Record) and not made.gone and not mapping.value_of(item.entry):
        # The work is not graded, or not any more: what was known of it is gone at the source.
        return Record(made.external_id, made.data, source_updated_at=made.source_updated_at, raw=item.raw, gone=True)
    return made


def _without_work(item: Item) -> Made:
    """A result whose line item is nowhere: a letter, unless it is deleted anyway."""
    made = mapping.record_of(item, ResultData, _nothing)
    if isinstance(made, Problem):
        return Problem(ProblemClass.RECORD, "its line item is not there", external_id=made.external_id, raw=item.raw)
    return made


def _nothing(entry: OneRosterObject) -> Mapping[str, str]:
    del entry
    return {}


def _title(entry: OneRosterObject) -> str:
    return text(entry, "title")


_MAKERS: Mapping[str, Callable[[Rules], Callable[[OneRosterObject], Any]]] = {
    "academicSessions": lambda _: _year,
    "categories": lambda _: _title,
    "classes": lambda rules: partial(mapping.lesson, rules=rules),
    "demographics": lambda _: _birth_date_and_sex,
    "lineItems": lambda rules: partial(mapping.work, rules=rules),
}
"""What is remembered of the objects of each collection that is looked up."""

STREAMS: Mapping[str, OneRosterStream] = {
    "study_periods": OneRosterStream(
        kind=EntityKind.STUDY_PERIODS,
        title="Academic sessions",
        needs=("academicSessions",),
        convert=_study_periods,
    ),
    "subjects": OneRosterStream(kind=EntityKind.SUBJECTS, title="Courses", needs=("courses",), convert=_subjects),
    "groups": OneRosterStream(
        kind=EntityKind.GROUPS, title="Classes", needs=("classes", "academicSessions"), convert=_groups
    ),
    "learners": OneRosterStream(kind=EntityKind.LEARNERS, title="Students", needs=("users",), convert=_learners),
    "staff": OneRosterStream(kind=EntityKind.STAFF, title="Teachers and other staff", needs=("users",), convert=_staff),
    "guardians": OneRosterStream(
        kind=EntityKind.GUARDIANS,
        title="Parents and guardians",
        needs=("users",),
        parents=("learners",),
        convert=None,
        optional=True,
    ),
    "enrolments": OneRosterStream(
        kind=EntityKind.ENROLMENTS,
        title="Enrolments",
        needs=("enrollments", "classes"),
        parents=("groups", "learners", "staff", "subjects"),
        convert=_enrolments,
    ),
    "results": OneRosterStream(
        kind=EntityKind.RESULTS,
        title="Results",
        needs=("results", "lineItems", "categories", "classes"),
        parents=("study_periods", "subjects", "groups", "learners"),
        convert=partial(_marks, final=False),
    ),
    "final_results": OneRosterStream(
        kind=EntityKind.FINAL_RESULTS,
        title="Final results",
        needs=("results", "lineItems", "categories", "classes"),
        parents=("study_periods", "subjects", "groups", "learners"),
        convert=partial(_marks, final=True),
    ),
}
"""The streams by their names, parents before those that refer to them."""
