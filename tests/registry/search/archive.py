"""Three hundred invented things to look for, put in by the verbs that the service uses."""

from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Final
from uuid import UUID

from core.documents.holding import Holding, whose
from core.documents.models import Document
from core.documents.search_entry import search_entry
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.people.grouping import WantedGroup, create_group
from core.people.keeping import WantedPerson, create_person
from core.personal_files.filing import open_personal_file
from core.personal_files.learners import Learner, learner_of
from core.search.entries import put_entry

TODAY: Final = date(2026, 3, 2)

_FAMILIES: Final = (
    *("Абрикосов", "Берёзкин", "Ветеркова", "Грибоедина", "Дубравин", "Ежевикин", "Желудёв", "Зимородкова"),
    *("Калинкин", "Лопухова", "Малинников", "Незабудкина", "Осинников", "Полынин", "Рябинкина", "Сиренев"),
)
_GIVEN: Final = (("Анна", "Петровна"), ("Иван", "Олегович"), ("Мария", "Ивановна"), ("Глеб", "Тимурович"))
_NOISE: Final = (("order", "О зачислении"), ("consent", "На обработку персональных данных"), ("diploma", "Скан 0012"))


@dataclass
class Archive:
    """Ids by the short names that the table of questions uses."""

    ids: dict[str, UUID] = field(default_factory=dict)

    def name(self, found: UUID) -> str:
        """The short name of a thing, or «noise»."""
        return next((name for name, known in self.ids.items() if known == found), "noise")


async def fill(work: Work) -> Archive:
    """Put everything in; returns what the questions are about."""
    archive = Archive()
    await _noise(work)
    vera = await _learner(work, archive, "вера", "Образцова Вера Игоревна", former="Примерова", external="2025-0117")
    petr = await _learner(work, archive, "пётр", "Семёнов Пётр Ильич")
    anna = await _learner(work, archive, "анна", "Римская-Корсакова Анна Львовна")
    await _learner(work, archive, "ли", "Ли Чен")
    await _learner(work, archive, "жанна", "Д'Аламберова Жанна")
    await _learner(work, archive, "павел", "Павлов Павел Павлович")
    group = await create_group(
        work, WantedGroup(name="ИС-21", study_year="2025/2026", programme="Информационные системы")
    )
    school_class = await create_group(work, WantedGroup(name="5А", study_year="2026"))
    archive.ids |= {"ис21": group.id, "5а": school_class.id}
    archive.ids["диплом"] = await _document(
        work,
        vera,
        kind="diploma",
        title="Диплом о профессиональной переподготовке",
        series="ПП-I",
        number="000123",
        registration_number="45/2026",
        text="Выпускная работа: нейронные сети и обработка русского текста. Защищена с отличием.",
    )
    archive.ids["аттестат"] = await _document(
        work, petr, kind="school_certificate", title="a1", series="АВ", number="987654"
    )
    archive.ids["грамота"] = await _document(work, anna, kind="award", title="За победу в олимпиаде по математике")
    archive.ids["альбом"] = await _document(work, group.id, kind="class_album", title="Выпуск 2026 года")
    return archive


async def _noise(work: Work) -> None:
    number = 500_000
    for family, (given, patronymic) in product(_FAMILIES, _GIVEN):
        wanted = WantedPerson(family_name=family, given_name=given, patronymic=patronymic)
        person = await create_person(work, wanted, today=TODAY)
        learner = Learner(person.id, f"{person.full_name}")
        for kind, title in _NOISE:
            number += 1
            text = "Сведения о зачислении, текст и обработка заявления" if kind == "order" else ""
            await _document(work, learner, kind=kind, title=title, number=str(number), text=text)


async def _learner(
    work: Work, archive: Archive, key: str, full_name: str, *, former: str = "", external: str = ""
) -> Learner:
    family, given, *rest = full_name.split(" ")
    wanted = WantedPerson(
        family_name=family,
        given_name=given,
        patronymic=" ".join(rest),
        former_names=former,
        external_number=external,
    )
    person = await create_person(work, wanted, today=TODAY)
    personal_file = await open_personal_file(work, person, today=TODAY)
    archive.ids |= {key: person.id, f"дело {key}": personal_file.id}
    return await learner_of(work, personal_file.id)


async def _document(work: Work, holder: Learner | UUID, *, text: str | None = None, **members: str) -> UUID:
    learner = holder if isinstance(holder, Learner) else None
    document = Document(id=new_id(), group_id=None if learner else holder, **members)
    holding = Holding(learner.id, learner.names) if learner else await whose(work, document)
    await put_entry(work, search_entry(document, holding, text=text))
    return document.id
