"""The act on destroyed personal data and the export from the event log, of order № 179, from one stream of events."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from uuid import UUID

from core.papers.event_log_export import EventLogEntry, EventLogExport
from core.papers.numerals import short_date
from core.papers.paper import Signature
from core.papers.personal_data_act import PaperCarrier, PersonalDataAct, Subject
from core.paperwork.errors import PaperNotReady
from core.paperwork.letterhead import Making
from core.paperwork.makers.archival_act import single_person_of, submitted_act
from core.paperwork.makers.executed import executors, methods, reference, rows_phrase, stream_of, unready
from core.paperwork.makers.made import Made
from core.paperwork.stream import DestroyedCase, DestructionStream

_REASON: Final = "Истечение срока хранения"


async def make_personal_data_act(making: Making, act_id: UUID) -> Made:
    """Return the act of п. 3 of order № 179; raise `NotFound`, or `PaperNotReady` before the execution."""
    act = await submitted_act(act_id)
    stream = await stream_of(making, act, PersonalDataAct.kind)
    _require_something(stream, PersonalDataAct.kind)
    head = making.letterhead
    kinds = sorted({kind for case in stream.cases for kind in case.kinds})
    named = (
        head.data_categories,
        *((f"виды документов: {', '.join(kinds)}",) if kinds else ()),
        *((f"записи в информационной системе: {rows_phrase(stream.rows)}",) if stream.ended else ()),
    )
    paper = PersonalDataAct(
        number=act.number,
        dated=stream.ended_on,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        subjects=tuple(_subjects(stream)),
        destroyers=await executors(stream),
        categories=named,
        paper_carriers=tuple(
            PaperCarrier(name=_named(case), sheets=case.sheets or None)
            for case in stream.cases
            if case.paper is not None
        ),
        systems=(head.information_system,) if stream.ended or any(case.electronic for case in stream.cases) else (),
        method=methods(stream.cases, rows=bool(stream.ended)),
        reason=f"{_REASON}; {reference(act)}",
        destroyed_on=stream.ended_on,
        event_log=(
            f"Выгрузка из журнала регистрации событий № {act.number} от {short_date(stream.ended_on)}. "
            f"SHA-256 потока событий: {stream.digest}"
        ),
        single_person=single_person_of(act),
    )
    return _made(paper, stream)


async def make_event_log_export(making: Making, act_id: UUID) -> Made:
    """Return the export of п. 5 of order № 179; raise `NotFound`, or `PaperNotReady` before the execution."""
    act = await submitted_act(act_id)
    stream = await stream_of(making, act, EventLogExport.kind)
    _require_something(stream, EventLogExport.kind)
    head = making.letterhead
    paper = EventLogExport(
        number=act.number,
        dated=stream.ended_on,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        entries=tuple(
            EventLogEntry(
                subjects="; ".join(stream.names_of(case)) or _of_case(case),
                categories="; ".join((head.data_categories, *sorted(case.kinds), *_rows_of(stream, case))),
                system=head.information_system,
                reason=f"{_REASON}; {reference(act)}",
                destroyed_on=making.day_of(case.destroyed_at),
            )
            for case in stream.cases
        ),
        made_by=Signature(post=head.officer_post),
    )
    return _made(paper, stream)


async def make_event_log_table(making: Making, act_id: UUID) -> Made:
    """Return the same export, to be issued as CSV; raises what `make_event_log_export` does."""
    return replace(await make_event_log_export(making, act_id), table=True)


def _rows_of(stream: DestructionStream, case: DestroyedCase) -> tuple[str, ...]:
    """Return what went from the registry of those whose rows the case carried."""
    carried = {UUID(each["person_id"]) for each in case.line.carried} & stream.ended.keys()
    rows: Counter[str] = Counter()
    for person in carried:
        rows.update({"people": 1, **stream.ended[person]})
    return (rows_phrase(rows),) if rows else ()


def _made(paper: PersonalDataAct | EventLogExport, stream: DestructionStream) -> Made:
    act = stream.act
    return Made(
        paper=paper,
        subject_type="disposal_act",
        subject_id=act.id,
        edition=f"executed-{act.round}",
        unready=unready(stream),
    )


def _require_something(stream: DestructionStream, kind: str) -> None:
    if not stream.cases:
        raise PaperNotReady(kind=kind, reason="nothing_destroyed")


def _subjects(stream: DestructionStream) -> Iterator[Subject]:
    """Give everybody whom destroyed cases are about; then the cases of which the registry knows nobody."""
    about: dict[UUID, list[str]] = {}
    for case in stream.cases:
        for person in case.person_ids:
            about.setdefault(person, []).append(_named(case))
    known = sorted((each for each in about if each in stream.people), key=lambda each: stream.people[each])
    for each in known:
        yield Subject(name=stream.people[each], identified_by="; ".join(about[each]))
    for case in stream.cases:
        if not any(person in stream.people for person in case.person_ids):
            about_case = f"индекс {case.line.class_index}, {_years(case)}"
            yield Subject(name=_of_case(case), identified_by=about_case, several=True)


def _named(case: DestroyedCase) -> str:
    return f"{case.line.class_index} «{case.line.title}», {_years(case)}"


def _of_case(case: DestroyedCase) -> str:
    return f"Лица, указанные в документах дела «{case.line.title}»"


def _years(case: DestroyedCase) -> str:
    first, last = case.line.first_year, case.line.last_year
    return f"{first} г." if first == last else f"{first}–{last} гг."
