"""The normalised tables of a snapshot: what each is called, and its columns."""

from dataclasses import dataclass
from typing import Final

_KEY: Final = (("stream", "Поток"), ("record", "Запись"))
_PLACES: Final = (
    ("learner_id", "Код обучающегося"),
    ("learner", "Обучающийся"),
    ("group_id", "Код группы"),
    ("group", "Группа"),
    ("subject_id", "Код предмета"),
    ("subject", "Предмет"),
)
KEYED_BY: Final = 2
"""Cells at the beginning of a row that say which it is; tables are in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its name in file names and in the API, its title for people, names and titles of its columns."""

    name: str
    title: str
    columns: tuple[tuple[str, str], ...]

    @property
    def heads(self) -> list[str]:
        """Return the titles of the columns."""
        return [title for _, title in self.columns]

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [name for name, _ in self.columns]

    @property
    def file_name(self) -> str:
        """Return where the table lies in a package."""
        return f"tables/{self.name}.csv"


TABLES: Final = (
    Table(
        name="groups",
        title="Группы",
        columns=(
            *_KEY,
            ("name", "Название"),
            ("kind", "Вид"),
            ("study_year", "Учебный год"),
            ("level", "Параллель"),
            ("programme", "Программа"),
        ),
    ),
    Table(
        name="learners",
        title="Обучающиеся",
        columns=(*_KEY, ("name", "Обучающийся"), ("birth_date", "Дата рождения"), ("number", "Номер")),
    ),
    Table(
        name="enrolments",
        title="Состав групп",
        columns=(*_KEY, *_PLACES[:4], ("starts_on", "С какого дня"), ("ends_on", "По какой день")),
    ),
    Table(
        name="subjects",
        title="Предметы",
        columns=(*_KEY, ("name", "Название"), ("code", "Код"), ("area", "Область")),
    ),
    Table(
        name="results",
        title="Текущие результаты",
        columns=(
            *_KEY,
            *_PLACES,
            ("kind", "Вид работы"),
            ("title", "Работа или урок"),
            ("held_on", "Дата работы"),
            ("graded_on", "Дата отметки"),
            ("value", "Результат"),
            ("scale", "Шкала"),
            ("teacher", "Преподаватель"),
            ("comment", "Примечание"),
        ),
    ),
    Table(
        name="final_results",
        title="Итоговые результаты",
        columns=(
            *_KEY,
            *_PLACES,
            ("kind", "За что"),
            ("decided_on", "Дата"),
            ("value", "Результат"),
            ("scale", "Шкала"),
            ("comment", "Примечание"),
        ),
    ),
    Table(
        name="attendance",
        title="Посещаемость",
        columns=(
            *_KEY,
            *_PLACES,
            ("lesson_on", "Дата урока"),
            ("lesson_number", "Номер урока"),
            ("status", "Отметка"),
            ("comment", "Примечание"),
        ),
    ),
)
"""In the order of the reading, of the workbook and of the package."""
BY_NAME: Final = {table.name: table for table in TABLES}
FINAL: Final = BY_NAME["final_results"]
