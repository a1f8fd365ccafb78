"""The streams: which collections each needs, and how records come of them."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

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
from plugins.oneroster.values import OneRosterObject, Unfit, reference, references

Made = Record | Problem | None
Convert = Callable[[Rules, Source, Sequence[Item]], Iterable[Made]]
Needs = Callable[[Source, Sequence[Item]], Iterable[tuple[str, set[str]]]]
"""Which objects of other collections are needed, one collection after the other: those after may depend on it."""


def _nothing_else(source: Source, items: Sequence[Item]) -> Iterable[tuple[str, set[str]]]:
    del source, items
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRosterStream:
    """A stream and the collections it needs, its own first."""

    kind: EntityKind
    title: str
    needs: tuple[str, ...]
    parents: tuple[str, ...] = ()
    convert: Convert | None
    """`None`: only all objects together say what the records are."""
    others: Needs = _nothing_else
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
    async for batch in source.batches(stream.needs[0], request):
        for collection, ids in stream.others(source, batch.items):
            if collection in stream.beside(rules):
                async for _ in source.gather(collection, ids):
                    yield Progress(batch.done, batch.total)
        for message in _messages(stream, source, rules, batch):
            yield message


def _messages(stream: OneRosterStream, source: Source, rules: Rules, batch: Batch) -> Iterator[Message]:
    for problem in batch.problems:
        if stream.kind is _teller(stream.needs[0], problem, rules):
            yield problem
    if stream.convert is not None:
        yield from (made for made in stream.convert(rules, source, batch.items) if made is not None)
    yield from _after(batch)


def _after(batch: Batch) -> Iterator[Message]:
    if batch.cursor is not None:
        yield State(batch.cursor)
    if batch.items:
        yield Progress(batch.done, batch.total)


def _teller(collection: str, problem: Problem, rules: Rules) -> EntityKind:
    """Several streams read users, and two read results; what is wrong with a row is told by one."""
    if collection != "users":
        return next(stream.kind for stream in STREAMS.values() if stream.needs[0] == collection)
    role = problem.raw.get("role")
    if role in mapping.GUARDIAN_ROLES:
        return EntityKind.GUARDIANS
    return EntityKind.STAFF if role in rules.staff_roles else EntityKind.LEARNERS


def _study_periods(rules: Rules, source: Source, items: Sequence[Item]) -> Iterator[Made]:
    del source
    describe = partial(mapping.study_period, rules=rules)
    return (mapping.record_of(item, StudyPeriodData, describe) for item in items)


def _subjects(rules: Rules, source: Source, items: Sequence[Item]) -> Iterator[Made]:
    del source
    describe = partial(mapping.subject, rules=rules)
    return (mapping.record_of(item, SubjectData, describe) for item in items)


def _groups(rules: Rules, source: Source, items: Sequence[Item]) -> Iterator[Made]:
    describe = partial(mapping.group, rules=rules, years=source.known("academicSessions"))
    return (mapping.record_of(item, GroupData, describe) for item in items)


def _learners(rules: Rules, source: Source, items: Sequence[Item]) -> Iterator[Made]:
    about = source.known("demographics")
    describe = partial(mapping.learner, rules=rules, demographics=about)
    return (mapping.record_of(_with(item, about), LearnerData, describe) for item in items)


def _with(item: Item, about: Mapping[str, OneRosterObject]) -> Item:
    known = about.get(str(item.entry.get("sourcedId")))
    return Item(item.entry, {**item.raw, "demographics": known}) if known else item


def _staff(rules: Rules, source: Source, items: Sequence[Item]) -> Iterator[Made]:
    del source
    describe = partial(mapping.member_of_staff, rules=rules)
    return (mapping.record_of(item, StaffData, describe) for item in items)


def _enrolments(rules: Rules, source: Source, items: Sequence[Item]) -> Iterator[Made]:
    describe = partial(mapping.enrolment, rules=rules, lessons=source.known("classes"))
    return (mapping.record_of(item, EnrolmentData, describe) for item in items)


def _marks(rules: Rules, source: Source, items: Sequence[Item], *, final: bool) -> Iterator[Made]:
    return (_mark(item, rules, source, final=final) for item in items)


def _mark(item: Item, rules: Rules, source: Source, *, final: bool) -> Made:
    work: Work | None = source.known("lineItems").get(_named(item.entry, "lineItem"))
    if work is None:
        return _without_work(item, final=final)
    lesson: Lesson = source.known("classes").get(work.group or "", Lesson(None, ours=True))
    category = source.known("categories").get(work.category, "")
    if not lesson.ours or (category.casefold() in rules.final_categories) is not final:
        return None
    fields = mapping.final_result if final else mapping.result
    describe = partial(fields, rules=rules, about=work._replace(category=category), course=lesson.course)
    made = mapping.record_of(item, FinalResultData if final else ResultData, describe)
    if isinstance(made, Record) and not made.gone and not mapping.value_of(item.entry):
        # The work is not graded, or not any more: what was known of it is gone at the source.
        return Record(made.external_id, made.data, source_updated_at=made.source_updated_at, raw=item.raw, gone=True)
    return made


def _without_work(item: Item, *, final: bool) -> Made:
    """A result whose line item is nowhere: a letter, unless it is deleted; then nobody knows of which stream it was."""
    made = mapping.record_of(item, FinalResultData if final else ResultData, _nothing)
    if not isinstance(made, Problem):
        return made
    if final:
        return None
    return Problem(ProblemClass.RECORD, "its line item is not there", external_id=made.external_id, raw=item.raw)


def _nothing(entry: OneRosterObject) -> Mapping[str, str]:
    del entry
    return {}


def _terms_of(source: Source, items: Sequence[Item]) -> Iterator[tuple[str, set[str]]]:
    del source
    yield "academicSessions", {term for item in items for term in _terms(item.entry)}


def _themselves(source: Source, items: Sequence[Item]) -> Iterator[tuple[str, set[str]]]:
    del source
    yield "demographics", {str(item.entry.get("sourcedId")) for item in items}


def _classes_of(source: Source, items: Sequence[Item]) -> Iterator[tuple[str, set[str]]]:
    del source
    yield "classes", {_named(item.entry, "class") for item in items} - {""}


def _works_of(source: Source, items: Sequence[Item]) -> Iterator[tuple[str, set[str]]]:
    named = {_named(item.entry, "lineItem") for item in items} - {""}
    yield "lineItems", named
    known = source.known("lineItems")
    works: list[Work] = [known[key] for key in named if key in known]
    yield "categories", {work.category for work in works} - {""}
    yield "classes", {work.group for work in works if work.group}


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


STREAMS: Mapping[str, OneRosterStream] = {
    "study_periods": OneRosterStream(
        kind=EntityKind.STUDY_PERIODS,
        title="Academic sessions",
        needs=("academicSessions",),
        convert=_study_periods,
    ),
    "subjects": OneRosterStream(kind=EntityKind.SUBJECTS, title="Courses", needs=("courses",), convert=_subjects),
    "groups": OneRosterStream(
        kind=EntityKind.GROUPS,
        title="Classes",
        needs=("classes", "academicSessions"),
        convert=_groups,
        others=_terms_of,
    ),
    "learners": OneRosterStream(
        kind=EntityKind.LEARNERS, title="Students", needs=("users",), convert=_learners, others=_themselves
    ),
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
        others=_classes_of,
    ),
    "results": OneRosterStream(
        kind=EntityKind.RESULTS,
        title="Results",
        needs=("results", "lineItems", "categories", "classes"),
        parents=("study_periods", "subjects", "groups", "learners"),
        convert=partial(_marks, final=False),
        others=_works_of,
    ),
    "final_results": OneRosterStream(
        kind=EntityKind.FINAL_RESULTS,
        title="Final results",
        needs=("results", "lineItems", "categories", "classes"),
        parents=("study_periods", "subjects", "groups", "learners"),
        convert=partial(_marks, final=True),
        others=_works_of,
    ),
}
"""The streams by their names, parents before those that refer to them."""
