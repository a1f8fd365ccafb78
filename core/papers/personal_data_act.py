"""The act on destroyed personal data, fields а–к of п. 3 of Roskomnadzor's order of 28.10.2022 № 179."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from core.papers.errors import PaperContradicts
from core.papers.ink import Sheet
from core.papers.numerals import ENTRY, SHEET, SUBJECT, counted, short_date
from core.papers.paper import Organisation, Paper, Signature, SinglePersonMode, require_counts, signature_sheet

_NONE: Final = "не привлекалось"
_NOT_USED: Final = "не использовались"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject («субъект персональных данных»): full name, or what else identifies him or her."""

    name: str
    identified_by: str = ""
    """«Иная информация, относящаяся к физическому лицу»."""
    categories: str = ""
    """Of this subject's data; empty if they are those of the whole act."""
    several: bool = False
    """Whether it stands for an unknown number of people, such as those named in the papers of a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCarrier:
    """A paper carrier («материальный носитель») with its number of sheets."""

    name: str
    sheets: int | None
    """None where nobody has counted them."""

    def __post_init__(self) -> None:
        require_counts("sheets", self.sheets)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDataAct(Paper):
    """«Акт об уничтожении персональных данных»; the operator is the issuer."""

    kind: ClassVar[str] = "personal_data_act"
    named: ClassVar[str] = "Акт об уничтожении персональных данных"

    processor: Organisation | None = None
    """Who processed on the operator's behalf."""
    subjects: tuple[Subject, ...]
    destroyers: tuple[Signature, ...]
    categories: tuple[str, ...]
    paper_carriers: tuple[PaperCarrier, ...] = ()
    systems: tuple[str, ...] = ()
    """Information systems the data were destroyed in."""
    method: str
    reason: str
    destroyed_on: date
    event_log: str = ""
    """The export from the event log that goes with the act («выгрузка … от … №»), if there is one."""
    single_person: SinglePersonMode | None = None

    def __post_init__(self) -> None:
        if not self.subjects or not self.destroyers:
            raise PaperContradicts(part="subjects", reason="nobody_named")
        if not self.paper_carriers and not self.systems:
            raise PaperContradicts(part="carriers", reason="neither_paper_nor_system")

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        carriers = [f"{each.name} — {_sheets(each)}" for each in self.paper_carriers]
        processor = [self.processor.name, self.processor.address] if self.processor else [_NONE]
        return {
            "before": [
                ["а", "Наименование и адрес оператора", [self.issuer.name, self.issuer.address]],
                ["б", "Лицо, осуществлявшее обработку по поручению оператора, и его адрес", processor],
                ["в", "Субъекты персональных данных", [f"{self._counted()}, по списку ниже"]],
                ["г", "Лица, уничтожившие персональные данные", [f"{who.name}, {who.post}" for who in self.destroyers]],
                ["д", "Категории уничтоженных персональных данных", list(self.categories)],
                ["е", "Материальные носители и количество листов", carriers or [_NOT_USED]],
                ["ж", "Информационные системы", list(self.systems) or [_NOT_USED]],
                ["з", "Способ уничтожения", [self.method]],
                ["и", "Причина уничтожения", [self.reason]],
                ["к", "Дата уничтожения", [short_date(self.destroyed_on)]],
            ],
            "subjects": [[each.name, each.identified_by, each.categories] for each in self.subjects],
            "by_subject": any(each.categories for each in self.subjects),
            "event_log": self.event_log,
            "single_person": self.single_person.phrase if self.single_person else "",
            "destroyers": [signature_sheet(each) for each in self.destroyers],
        }

    def _counted(self) -> str:
        known = sum(not each.several for each in self.subjects)
        several = len(self.subjects) - known
        named = [counted(known, SUBJECT)] if known else []
        others = [f"лица, указанные в документах ({counted(several, ENTRY)} списка)"] if several else []
        return " и ".join([*named, *others])


def _sheets(carrier: PaperCarrier) -> str:
    return "количество листов не учтено" if carrier.sheets is None else counted(carrier.sheets, SHEET)
