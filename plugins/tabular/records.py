"""From facts to records, one stream after the other; what repeats in every row is said once."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from core.sdk.connectors import (
    AttendanceData,
    AwardData,
    EnrolmentData,
    EntityKind,
    FinalResultData,
    GroupData,
    LearnerData,
    Problem,
    ProblemClass,
    Record,
    ResultData,
    Stream,
    SubjectData,
    SyncMode,
    make_record,
)
from plugins.tabular.configuration import Layout, TabularConfiguration
from plugins.tabular.facts import Fact
from plugins.tabular.titles import folded

Said = Record | Problem
Reader = Callable[[Iterable[Fact], TabularConfiguration], Iterator[Said]]


def _key(*parts: object) -> str:
    return "|".join(folded(str(part)) if isinstance(part, str) else str(part or "") for part in parts)


def groups(facts: Iterable[Fact], _configuration: TabularConfiguration) -> Iterator[Said]:
    """The groups that rows name, each once."""
    seen: set[str] = set()
    for fact in facts:
        key = _key(fact.group, fact.study_year)
        if fact.group and key not in seen:
            seen.add(key)
            yield make_record(key, GroupData, {"name": fact.group, "study_year": fact.study_year}, raw=fact.raw)


def learners(facts: Iterable[Fact], _configuration: TabularConfiguration) -> Iterator[Said]:
    """The learners, each once, and the rows that could not be understood."""
    seen: set[str] = set()
    for fact in facts:
        if fact.problem:
            yield Problem(ProblemClass.RECORD, fact.problem, external_id=fact.key or f"row {fact.line}", raw=fact.raw)
        elif fact.learner is not None and fact.learner.key not in seen:
            seen.add(fact.learner.key)
            said = {
                name: getattr(fact.learner, name)
                for name in ("family_name", "given_name", "patronymic", "birth_date", "sex", "number", "snils")
            }
            said |= {"email": fact.learner.email, "phone": fact.learner.phone}
            yield make_record(fact.learner.key, LearnerData, said, raw=fact.raw)


def enrolments(facts: Iterable[Fact], _configuration: TabularConfiguration) -> Iterator[Said]:
    """Who is in which group."""
    seen: set[str] = set()
    for fact in facts:
        if fact.learner is None or not fact.group:
            continue
        group = _key(fact.group, fact.study_year)
        key = f"{fact.learner.key}|{group}"
        if key not in seen:
            seen.add(key)
            yield make_record(key, EnrolmentData, {"learner": fact.learner.key, "group": group}, raw={})


def subjects(facts: Iterable[Fact], _configuration: TabularConfiguration) -> Iterator[Said]:
    """The subjects, each once."""
    seen: set[str] = set()
    for fact in facts:
        key = _key(fact.subject)
        if fact.subject and key not in seen:
            seen.add(key)
            yield make_record(key, SubjectData, {"name": fact.subject}, raw={})


def results(facts: Iterable[Fact], configuration: TabularConfiguration) -> Iterator[Said]:
    """Current marks; several of one day are told apart by their order."""
    order: Counter[str] = Counter()
    for fact in facts:
        if fact.learner is None or not (fact.current and fact.value):
            continue
        base = f"{fact.learner.key}|{_key(fact.subject, fact.held_on, fact.title)}"
        order[base] += 1
        said = {
            "learner": fact.learner.key,
            "subject": _key(fact.subject) or None,
            "group": _key(fact.group, fact.study_year) if fact.group else None,
            "value": fact.value,
            "scale": configuration.scale,
            "title": fact.title,
            "held_on": fact.held_on,
            "comment": fact.comment,
        }
        yield make_record(f"{base}|{order[base]}", ResultData, said, raw=fact.raw)


def final_results(facts: Iterable[Fact], configuration: TabularConfiguration) -> Iterator[Said]:
    """Final marks: one a learner, subject, kind and study year."""
    for fact in facts:
        if fact.learner is None or fact.current or not fact.value:
            continue
        key = f"{fact.learner.key}|{_key(fact.subject, fact.final_kind, fact.study_year)}"
        said = {
            "learner": fact.learner.key,
            "subject": _key(fact.subject) or None,
            "group": _key(fact.group, fact.study_year) if fact.group else None,
            "final_kind": fact.final_kind,
            "value": fact.value,
            "scale": configuration.scale,
            "decided_on": fact.decided_on,
            "comment": fact.comment,
        }
        yield make_record(key, FinalResultData, said, raw=fact.raw)


def attendance(facts: Iterable[Fact], _configuration: TabularConfiguration) -> Iterator[Said]:
    """Absences, by day and subject."""
    for fact in facts:
        if fact.learner is None or not fact.absence or fact.held_on is None:
            continue
        said = {
            "learner": fact.learner.key,
            "subject": _key(fact.subject) or None,
            "group": _key(fact.group, fact.study_year) if fact.group else None,
            "lesson_on": fact.held_on,
            "status": fact.absence,
        }
        key = f"{fact.learner.key}|{_key(fact.subject, fact.held_on, fact.absence)}"
        yield make_record(key, AttendanceData, said, raw=fact.raw)


def awards(facts: Iterable[Fact], _configuration: TabularConfiguration) -> Iterator[Said]:
    """Rewards, one a row that names one."""
    for fact in facts:
        if fact.learner is None or not fact.award:
            continue
        number = fact.document.get("registration_number") or fact.document.get("number", "")
        said = {
            "learner": fact.learner.key,
            "title": fact.award,
            "number": number,
            "issuer": fact.document.get("issued_by", ""),
            "awarded_on": fact.decided_on,
        }
        key = f"{fact.learner.key}|{_key(fact.award, number, fact.decided_on)}"
        yield make_record(key, AwardData, said, raw=fact.raw)


READERS: Final[dict[str, Reader]] = {
    "groups": groups,
    "learners": learners,
    "enrolments": enrolments,
    "subjects": subjects,
    "results": results,
    "final_results": final_results,
    "attendance": attendance,
    "awards": awards,
}
FILES: Final = "files"
_ABOUT: Final = ("groups", "learners", "subjects")


def _stream(name: str, kind: EntityKind, title: str, parents: tuple[str, ...] = ()) -> Stream:
    # A table says nothing of what it leaves out, so nothing is gone because a file does not name it.
    return Stream(name=name, kind=kind, title=title, sync=SyncMode.INCREMENTAL, parents=parents, overlap_days=0)


STREAMS: Final[dict[str, Stream]] = {
    stream.name: stream
    for stream in (
        _stream("groups", EntityKind.GROUPS, "Группы и классы"),
        _stream("learners", EntityKind.LEARNERS, "Обучающиеся"),
        _stream("enrolments", EntityKind.ENROLMENTS, "Состав групп", ("groups", "learners")),
        _stream("subjects", EntityKind.SUBJECTS, "Предметы"),
        _stream("results", EntityKind.RESULTS, "Текущие оценки", _ABOUT),
        _stream("final_results", EntityKind.FINAL_RESULTS, "Итоговые оценки", _ABOUT),
        _stream("attendance", EntityKind.ATTENDANCE, "Посещаемость", _ABOUT),
        _stream("awards", EntityKind.AWARDS, "Поощрения", ("learners",)),
        _stream(FILES, EntityKind.FILES, "Сканы", ("learners",)),
    )
}
_PEOPLE: Final = ("groups", "learners", "enrolments", "subjects")
OF_LAYOUT: Final[dict[Layout, tuple[str, ...]]] = {
    "rows": (*_PEOPLE, "final_results", "awards", FILES),
    "marks": (*_PEOPLE, "final_results"),
    "netschool_totals": (*_PEOPLE, "final_results"),
    "netschool_progress": (*_PEOPLE, "results", "final_results", "attendance"),
    "journal": (*_PEOPLE, "results", "attendance"),
}
