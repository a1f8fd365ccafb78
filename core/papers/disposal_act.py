"""The archival disposal act («акт о выделении к уничтожению документов, не подлежащих хранению»)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import count
from typing import ClassVar, Final

from core.papers.errors import PaperContradicts
from core.papers.ink import Narrow, Sheet
from core.papers.numerals import STORAGE_UNIT, cases_and_units, counted, plain_decimal, short_date, years_phrase
from core.papers.paper import Minutes, Paper, Signature, SinglePersonMode, Years, require_counts, signature_sheet

_EXECUTORS: Final = 2


class Layout(StrEnum):
    """Which columns the act has: those of offices, or those of archives."""

    OFFICE = "office"
    ARCHIVE = "archive"


class Outcome(StrEnum):
    """Why a line was not destroyed."""

    HELD = "held"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spared:
    """A line that was not destroyed, and why."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActLine:
    """A case, or several of the same kind under a common title («групповой заголовок дел»)."""

    title: str
    dates: str
    """«Дата дела или крайние даты»."""
    years: Years
    inventories: str
    """«Номера описей (номенклатур) за годы»."""
    index: str
    quantity: int
    """Units of storage (volumes, parts) under this title: what column 6 counts."""
    cases: int | None = None
    """Cases under this title; None: each unit is one."""
    term: str
    """«Сроки хранения и номера статей по перечню»."""
    note: str = ""
    spared: Spared | None = None

    def __post_init__(self) -> None:
        require_counts("quantity", self.quantity, self.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActSection:
    """The lines of one section of the nomenclature; without a title, all of them."""

    title: str
    lines: tuple[ActLine, ...]


class InventoryKind(StrEnum):
    """What an inventory lists."""

    PERMANENT = "permanent"
    PERSONNEL = "personnel"
    LONG_TERM = "long_term"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryGate:
    """Inventories of the same period: approved or agreed by `minutes`, or recorded as none (`minutes` is None)."""

    kind: InventoryKind
    years: Years
    minutes: Minutes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicDestruction:
    """How electronic cases were destroyed («средство и способ уничтожения»)."""

    quantity: int
    """Units of storage."""
    cases: int | None = None
    """Cases; None: each unit is one."""
    method: str
    means: str
    means_version: str
    certificate: str = ""
    """Number of the means' certificate; empty if it has none, and then the act says so."""
    media: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_counts("electronic", self.quantity, self.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDestruction:
    """How paper cases were destroyed: by weight, with the hand-over note («приёмо-сдаточная накладная») if any."""

    quantity: int
    """Units of storage."""
    cases: int | None = None
    """Cases; None: each unit is one."""
    weight: Decimal | None
    """Kilograms; None where it was not weighed."""
    method: str
    hand_over: str = ""

    def __post_init__(self) -> None:
        require_counts("paper", self.quantity, self.cases)
        if self.weight is not None and (not self.weight.is_finite() or self.weight < 0):
            raise PaperContradicts(part="weight", reason="not_a_weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """What backups still hold: until when and on which media; without a date there are none, or nobody knows."""

    expire_on: date | None
    media: tuple[str, ...] = ()
    known: bool = True
    """Whether the institution has said how long backups are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """That the act was executed: when, how, by whom."""

    began_on: date
    ended_on: date
    electronic: ElectronicDestruction | None
    paper: PaperDestruction | None
    backups: Backups
    executors: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if self.ended_on < self.began_on:
            raise PaperContradicts(part="destruction", reason="ends_before_it_begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalAct(Paper):
    """«Акт о выделении к уничтожению [архивных] документов, не подлежащих хранению»."""

    kind: ClassVar[str] = "disposal_act"
    named: ClassVar[str] = "Акт о выделении к уничтожению"

    basis: str
    """Name and edition of the list («название и выходные данные перечня»)."""
    fonds_number: str = ""
    fonds_name: str = ""
    archival: bool = False
    """Whether the documents are archival («архивных»)."""
    layout: Layout = Layout.OFFICE
    sections: tuple[ActSection, ...]
    gates: tuple[InventoryGate, ...]
    appraised_by: Signature | None = None
    agreements: tuple[Minutes, ...] = ()
    """«СОГЛАСОВАНО»: minutes of the commission and, for source institutions, of the archive's board."""
    approval: Signature | None = None
    destruction: Destruction | None = None
    single_person: SinglePersonMode | None = None
    accounting_changed: Signature | None = None
    """Who entered the changes into the accounting documents, and when."""

    def __post_init__(self) -> None:
        done = self.destruction
        if done is None:
            return
        destroyed = self.total(spared=False)
        on_carriers = [each.quantity for each in (done.electronic, done.paper) if each is not None]
        # A hybrid case is destroyed on both carriers, so their sum may be more than the cases, never less.
        if any(quantity > destroyed for quantity in on_carriers) or sum(on_carriers) < destroyed:
            raise PaperContradicts(part="destruction", reason="carriers_do_not_add_up")
        if len(done.executors) < (_EXECUTORS if self.single_person is None else 1):
            raise PaperContradicts(part="executors", reason="two_people_needed")

    @property
    def lines(self) -> Iterator[ActLine]:
        """All lines in the order of the act."""
        return (line for section in self.sections for line in section.lines)

    def total(self, *, spared: bool | None = None) -> int:
        """Return how many units of storage the act names; with `spared`, only those that were spared or were not."""
        return sum(line.quantity for line in self._fated(spared=spared))

    def _fated(self, *, spared: bool | None) -> Iterator[ActLine]:
        return (line for line in self.lines if spared is None or (line.spared is not None) is spared)

    def _amount(self, *, spared: bool | None = None) -> str:
        cases = sum(line.quantity if line.cases is None else line.cases for line in self._fated(spared=spared))
        return self._said(self.total(spared=spared), cases)

    def _said(self, units: int, cases: int | None) -> str:
        """Return units in words: the archive's layout counts units of storage, that of offices cases first."""
        if self.layout is Layout.ARCHIVE:
            return counted(units, STORAGE_UNIT)
        return cases_and_units(units if cases is None else cases, units)

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        sections = list(self._sections())
        return {
            "basis": self.basis,
            "fonds": [self.fonds_number, self.fonds_name],
            "archival": self.archival,
            "layout": self.layout.value,
            "sections": [{"title": title, "rows": rows} for title, rows in sections],
            "totals": list(self._totals()),
            "spared": list(self._spared()),
            "gates": list(gate_sentences(self.gates)),
            "appraised_by": signature_sheet(self.appraised_by),
            "agreements": [minutes.phrase for minutes in self.agreements],
            "approval": signature_sheet(self.approval),
            "destruction": self._destruction(),
            "single_person": self.single_person.phrase if self.single_person else "",
            "accounting": signature_sheet(self.accounting_changed) if self.accounting_changed else None,
        }

    def _sections(self) -> Iterator[tuple[str, list[list[object]]]]:
        numbers = count(1)
        for section in self.sections:
            yield section.title, [_row(number, line) for line, number in zip(section.lines, numbers, strict=False)]

    def _spared(self) -> Iterator[list[object]]:
        for number, line in enumerate(self.lines, start=1):
            if line.spared is not None:
                reason = f"{_OUTCOMES[line.spared.outcome]}: {line.spared.reason}"
                yield [number, line.title, Narrow(line.index), line.quantity, reason]

    def _totals(self) -> Iterator[str]:
        years = {year for line in self.lines for year in range(line.years.first, line.years.last + 1)}
        yield f"Итого {self._amount()} {years_phrase(years)}."
        if self.destruction is None:
            if self.total(spared=True):
                yield f"Из них исключено или приостановлено: {self._amount(spared=True)}."
        elif not self.total(spared=True):
            yield f"Уничтожено: {self._amount()}."
        else:
            yield f"Из них уничтожено: {self._amount(spared=False)}; не уничтожено: {self._amount(spared=True)}."

    def _destruction(self) -> Sheet | None:
        done = self.destruction
        if done is None:
            return None
        days = short_date(done.began_on)
        if done.ended_on != done.began_on:
            days = f"{days}–{short_date(done.ended_on)}"
        electronic = list(self._electronic(done.electronic)) if done.electronic else []
        on_paper = [self._on_paper(done.paper)] if done.paper else []
        return {
            "days": days,
            "notes": [*electronic, *on_paper, _backups(done.backups)],
            "executors": [signature_sheet(each) for each in done.executors],
        }

    def _electronic(self, done: ElectronicDestruction) -> Iterator[str]:
        yield f"Электронные: {self._said(done.quantity, done.cases)}. Способ: {done.method}."
        certificate = f"сертификат № {done.certificate}" if done.certificate else "сертификат отсутствует"
        yield f"Средство уничтожения: {done.means}, версия {done.means_version}, {certificate}."
        if done.media:
            yield f"Носители: {'; '.join(done.media)}."

    def _on_paper(self, done: PaperDestruction) -> str:
        hand_over = f" {done.hand_over}." if done.hand_over else ""
        weight = "" if done.weight is None else f", весом {plain_decimal(done.weight)} кг"
        amount = self._said(done.quantity, done.cases)
        return f"На бумажном носителе: {amount}{weight}. Способ: {done.method}.{hand_over}"


_OUTCOMES: Final = {
    Outcome.HELD: "приостановлено уничтожение",
    Outcome.SKIPPED: "пропущено",
    Outcome.EXCLUDED: "исключено из акта",
}


def _row(number: int, line: ActLine) -> list[object]:
    mark = "не уничтожено, см. под таблицей" if line.spared else ""
    return [
        number,
        line.title,
        Narrow(line.dates),
        Narrow(line.inventories),
        Narrow(line.index),
        line.quantity,
        Narrow(line.term),
        Narrow("\n".join(each for each in (line.note, mark) if each)),
    ]


def _backups(backups: Backups) -> str:
    if not backups.known:
        return (
            "Срок хранения резервных копий организацией не объявлен; "
            "при восстановлении из копии уничтожение повторяется по реестру уничтожений."
        )
    if backups.expire_on is None:
        return "Резервных копий, содержащих уничтоженные дела, нет."
    media = f" ({'; '.join(backups.media)})" if backups.media else ""
    return (
        f"Резервные копии{media}, содержащие уничтоженные дела, удаляются не позднее {short_date(backups.expire_on)}."
    )


_APPROVED: Final = {
    InventoryKind.PERMANENT: ("Описи дел постоянного хранения", "утверждены"),
    InventoryKind.PERSONNEL: ("Описи дел по личному составу", "согласованы"),
    InventoryKind.LONG_TERM: ("Описи дел временных (свыше 10 лет) сроков хранения", "утверждены"),
}


def gate_sentences(gates: tuple[InventoryGate, ...]) -> Iterator[str]:
    """Return what the act says of inventories; in the words of the form where one decision covers the first two."""
    known = {gate.kind: gate for gate in gates}
    permanent, personnel = known.get(InventoryKind.PERMANENT), known.get(InventoryKind.PERSONNEL)
    rest = list(gates)
    minutes = permanent.minutes if permanent else None
    if permanent and personnel and minutes and (minutes, permanent.years) == (personnel.minutes, personnel.years):
        yield (
            f"Описи дел постоянного хранения {permanent.years.phrase} утверждены, а по личному составу согласованы "
            f"с {minutes.body} (протокол от {short_date(minutes.dated)} № {minutes.number})."
        )
        rest = [gate for gate in gates if gate not in (permanent, personnel)]
    for gate in rest:
        what, done = _APPROVED[gate.kind]
        if gate.minutes is None:
            yield f"{what} {gate.years.phrase} не составлялись: таких дел нет."
        else:
            yield f"{what} {gate.years.phrase} {done} ({gate.minutes.phrase})."
