"""What papers say of an execution: how, by which means, by whom; and that it is over."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from core.disposal.models import DisposalAct as ActRow
from core.papers.disposal_act import Backups, Destruction, ElectronicDestruction, PaperDestruction
from core.papers.numerals import short_date
from core.papers.paper import Signature
from core.paperwork.errors import PaperNotReady
from core.paperwork.letterhead import EXECUTOR, Making, names_of
from core.paperwork.makers.archival_states import DONE
from core.paperwork.stream import DestroyedCase, DestructionStream, read_stream

ELECTRONIC: Final = (
    "удаление всех версий файлов и производных от них копий, отсутствие каждой версии подтверждено хранилищем"
)
RECORDS: Final = "записи информационной системы: удаление строк и обезличивание карточек"
_ROWS: Final = {
    "people": "карточки обучающихся",
    "results": "результаты",
    "attendance": "отметки о посещении",
    "rewards": "награды и поощрения",
    "enrolments": "зачисления в группы",
    "representatives": "законные представители",
    "special_needs": "особые образовательные потребности",
    "will_statements": "волеизъявления",
    "consents": "согласия",
}
_WAYS: Final = {"shredded": "измельчение", "burnt": "сжигание", "handed_over": "передача на переработку"}
_GRAMS: Final = 1000


async def stream_of(making: Making, act: ActRow, kind: str) -> DestructionStream:
    """Return the stream of an executed act; raise `PaperNotReady` while it is not executed."""
    if act.state not in DONE:
        raise PaperNotReady(kind=kind, reason="not_executed")
    return await read_stream(making, act)


def unready(stream: DestructionStream) -> str:
    """Return why papers of an execution may be looked at only."""
    return "paper_not_recorded" if stream.paper_open else ""


async def executors(stream: DestructionStream) -> tuple[Signature, ...]:
    """Return the places for the signatures of those who destroyed."""
    names = await names_of(stream.executors)
    return tuple(Signature(post=EXECUTOR, name=names.get(each, "")) for each in stream.executors)


def reference(act: ActRow) -> str:
    """Return «акт о выделении к уничтожению № 3 от 05.03.2026»."""
    day = f" от {short_date(act.approved_on)}" if act.approved_on else ""
    return f"акт о выделении к уничтожению № {act.number}{day}"


def rows_phrase(rows: Mapping[str, int]) -> str:
    """Return how many rows about learners went, «карточки обучающихся — 1, результаты — 12»; `people` are the cards."""
    return ", ".join(f"{title}\u00a0—\u00a0{rows[kind]}" for kind, title in _ROWS.items() if rows.get(kind))


def methods(cases: Sequence[DestroyedCase], *, rows: bool = False) -> str:
    """Return how the data were destroyed, each way once; `rows`: those of the registry too."""
    ways = [f"электронные документы: {ELECTRONIC}"] if any(case.electronic for case in cases) else []
    on_paper = sorted({_WAYS[case.paper.way] for case in cases if case.paper is not None})
    ways += [RECORDS] if rows else []
    return "; ".join([*ways, *(f"документы на бумажном носителе: {way}" for way in on_paper)])


async def destruction(making: Making, stream: DestructionStream) -> Destruction:
    """Return what the archival act says of its execution."""
    return Destruction(
        began_on=stream.began_on,
        ended_on=stream.ended_on,
        electronic=_electronic(stream),
        paper=_on_paper(stream),
        backups=_backups(making, stream),
        executors=await executors(stream),
    )


def _electronic(stream: DestructionStream) -> ElectronicDestruction | None:
    going = [case.line.volumes for case in stream.cases if case.electronic]
    if not going:
        return None
    named = stream.means[-1] if stream.means else None
    return ElectronicDestruction(
        quantity=sum(going),
        cases=len(going),
        method=ELECTRONIC,
        means=named.name if named else "",
        means_version=named.version if named else "",
        certificate=named.certificate if named else "",
    )


def _on_paper(stream: DestructionStream) -> PaperDestruction | None:
    done = [(case, case.paper) for case in stream.cases if case.paper is not None]
    if not done:
        return None
    grams = [paper.weight_grams for _, paper in done]
    # A weight is that of all the paper that one note covers, so a note is weighed once.
    notes = list(dict.fromkeys((paper.evidence, paper.weight_grams, paper.destroyed_on) for _, paper in done))
    weight = None if None in grams else Decimal(sum(note[1] or 0 for note in notes)) / _GRAMS
    evidence = dict.fromkeys(note[0].rstrip(".") for note in notes)
    return PaperDestruction(
        quantity=sum(case.line.volumes for case, _ in done),
        cases=len(done),
        weight=weight,
        method=", ".join(sorted({_WAYS[paper.way] for _, paper in done})),
        hand_over=". ".join(each[:1].upper() + each[1:] for each in evidence),
    )


def _backups(making: Making, stream: DestructionStream) -> Backups:
    head = making.letterhead
    if head.backup_days is None:
        return Backups(expire_on=None, known=False)
    media = (head.backup_media,) if head.backup_media else ()
    expire_on = stream.ended_on + timedelta(days=head.backup_days) if head.backup_days else None
    return Backups(expire_on=expire_on, media=media)
