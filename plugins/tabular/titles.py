"""Titles of columns: compared folded, so that «Ф. И. О.», a Latin «c» and a double space make no difference."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

_LOOKALIKES: Final = str.maketrans("aebkmhopctyxё", "аевкмнорстухе")
_SIGNS: Final = re.compile(r"[^\w%+]+")


def folded(title: str) -> str:
    """Return a title for comparison only."""
    text = title.lower().replace("№", "n").translate(_LOOKALIKES)
    return _SIGNS.sub(" ", text).strip()


KNOWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "full_name": (
            *(
                "ФИО",
                "Ф. И. О.",
                "Фамилия, имя, отчество",
                "Фамилия Имя Отчество",
                "Фамилия, имя",
                "Ученик",
                "Учащийся",
            ),
            *("Обучающийся", "Слушатель", "Студент", "ФИО ученика", "ФИО обучающегося", "ФИО слушателя", "Student"),
        ),
        "family_name": ("Фамилия", "Фамилия получателя", "Last name", "last_name", "Surname"),
        "given_name": ("Имя", "Имя получателя", "First name", "first_name", "Name"),
        "patronymic": ("Отчество", "Отчество получателя", "Отчество (при наличии)", "Middle name"),
        "birth_date": ("Дата рождения", "Дата рождения получателя", "Д.р.", "Birth date"),
        "sex": ("Пол", "Пол получателя", "Sex"),
        "snils": ("СНИЛС", "СНИЛС получателя"),
        "number": (
            "Номер личного дела",
            "№ личного дела",
            "Личное дело",
            "Табельный номер",
            "ID",
            "user_id",
            "Код ученика",
        ),
        "email": ("Email", "E-mail", "Электронная почта", "Почта"),
        "phone": ("Телефон", "Мобильный телефон", "Phone"),
        "group": ("Класс", "Группа", "Учебная группа", "Group"),
        "study_year": ("Учебный год",),
        "subject": ("Предмет", "Дисциплина", "Курс", "Модуль", "Subject", "Course"),
        "value": (
            "Отметка",
            "Оценка",
            "Итог",
            "Итоговая оценка",
            "Итоговая отметка",
            "Балл",
            "Баллы",
            "Результат",
            "total",
        ),
        "final_kind": ("Период", "Учебный период", "Четверть", "Вид оценки"),
        "decided_on": ("Дата", "Дата оценки", "Дата аттестации"),
        "comment": ("Комментарий", "Комментарии", "Примечание"),
        "award": ("Награда", "Поощрение", "Вид поощрения", "Достижение"),
        "file": ("Файл", "Имя файла", "Скан", "Скан-копия", "File"),
        "document_kind": ("Вид файла", "Тип документа"),
        "title": ("Название документа", "Наименование документа", "Вид документа"),
        "series": ("Серия", "Серия документа", "Серия бланка"),
        "document_number": ("Номер", "Номер документа", "Номер бланка", "№ документа"),
        "registration_number": ("Регистрационный номер", "Рег. номер", "Регистрационный N"),
        "issued_on": ("Дата выдачи", "Дата выдачи документа"),
        "issued_by": ("Кем выдан", "Организация", "Выдавшая организация"),
        "programme": (
            *("Программа", "Образовательная программа", "Наименование дополнительной профессиональной программы"),
            *("Наименование программы профессионального обучения", "Наименование образовательной программы"),
        ),
        "hours": (
            *("Часы", "Количество часов", "Срок обучения, часов", "Объём программы, часов"),
            "Срок обучения, часов (для документа о квалификации)",
        ),
    }
)
"""Fields of a row by the titles under which they are known, the likeliest first."""

_BY_TITLE: Final = {folded(title): field for field, titles in KNOWN.items() for title in titles}
_NAMES: Final = frozenset({"full_name", "family_name"})
_HEAD_WITHIN: Final = 30
"""Rows in which the head of a table is looked for."""


def matched(row: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Return the column of each field in a row of titles; what the clerk has chosen comes before what is known.

    Of two columns with one title the first is taken.
    """
    titles = [folded(cell) for cell in row]
    found: dict[str, int] = {}
    taken: set[int] = set()
    for field, title in chosen.items():
        if title and folded(title) in titles:
            found[field] = titles.index(folded(title))
            taken.add(found[field])
    for number, title in enumerate(titles):
        known = _BY_TITLE.get(title, "")
        if known and known not in {*found, *chosen} and number not in taken:
            found[known] = number
    return found


def head_of(
    rows: Sequence[Sequence[str]], chosen: Mapping[str, str], *, least: int = 2
) -> tuple[int, dict[str, int]] | None:
    """Return the number of the row with the titles (0 is the first) and the columns; None if there is none.

    It is the first row that names people and the most fields, at least `least`.
    """
    best: tuple[int, dict[str, int]] | None = None
    for number, row in enumerate(rows[:_HEAD_WITHIN]):
        columns = matched(row, chosen)
        fits = len(columns) >= least and len(row) > 1 and _NAMES & columns.keys()
        if fits and (best is None or len(columns) > len(best[1])):
            best = number, columns
    return best
