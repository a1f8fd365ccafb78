"""The normalised tables of a snapshot: what each is called, and its columns."""

from dataclasses import dataclass
from typing import Final, NamedTuple


class Column(NamedTuple):
    """A column: its name in the API, its title for people, and how it is shown on a sheet."""

    name: str
    title: str
    width: int = 14
    """Characters of a sheet."""
    day: bool = False
    code: bool = False
    """Whether it tells programs which row it is; people look for it last."""


_KEY: Final = (Column("stream", "Поток", 14, code=True), Column("record", "Запись", 24, code=True))
_PLACES: Final = (
    Column("learner_id", "Код обучающегося", 24, code=True),
    Column("learner", "Обучающийся", 36),
    Column("group_id", "Код группы", 24, code=True),
    Column("group", "Группа", 14),
    Column("subject_id", "Код предмета", 24, code=True),
    Column("subject", "Предмет", 28),
)
KEYED_BY: Final = 2
"""Cells at the beginning of a row that say which it is; tables are in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its name in file names and in the API, its title for people, its columns."""

    name: str
    title: str
    columns: tuple[Column, ...]

    @property
    def heads(self) -> list[str]:
        """Return the titles of the columns."""
        return [column.title for column in self.columns]

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]

    @property
    def shown(self) -> list[Column]:
        """Return the columns as people look for them: what a row says, then its codes."""
        return sorted(self.columns, key=lambda column: column.code)

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
            Column("name", "Название", 28),
            Column("kind", "Вид"),
            Column("study_year", "Учебный год"),
            Column("level", "Параллель"),
            Column("programme", "Программа", 36),
        ),
    ),
    Table(
        name="learners",
        title="Обучающиеся",
        columns=(
            *_KEY,
            Column("name", "Обучающийся", 36),
            Column("birth_date", "Дата рождения", day=True),
            Column("number", "Номер", 18),
        ),
    ),
    Table(
        name="enrolments",
        title="Состав групп",
        columns=(
            *_KEY,
            *_PLACES[:4],
            Column("starts_on", "С какого дня", day=True),
            Column("ends_on", "По какой день", day=True),
        ),
    ),
    Table(
        name="subjects",
        title="Предметы",
        columns=(*_KEY, Column("name", "Название", 36), Column("code", "Код"), Column("area", "Область", 28)),
    ),
    Table(
        name="results",
        title="Текущие результаты",
        columns=(
            *_KEY,
            *_PLACES,
            Column("kind", "Вид работы", 24),
            Column("title", "Работа или урок", 36),
            Column("held_on", "Дата работы", day=True),
            Column("graded_on", "Дата отметки", day=True),
            Column("value", "Результат", 11),
            Column("scale", "Шкала", 11),
            Column("teacher", "Преподаватель", 36),
            Column("comment", "Примечание", 36),
        ),
    ),
    Table(
        name="final_results",
        title="Итоговые результаты",
        columns=(
            *_KEY,
            *_PLACES,
            Column("kind", "За что"),
            Column("decided_on", "Дата", day=True),
            Column("value", "Результат", 11),
            Column("scale", "Шкала", 11),
            Column("comment", "Примечание", 36),
        ),
    ),
    Table(
        name="attendance",
        title="Посещаемость",
        columns=(
            *_KEY,
            *_PLACES,
            Column("lesson_on", "Дата урока", day=True),
            Column("lesson_number", "Номер урока", 9),
            Column("status", "Отметка", 11),
            Column("comment", "Примечание", 36),
        ),
    ),
)
"""In the order of the reading, of the workbook and of the package."""
BY_NAME: Final = {table.name: table for table in TABLES}
FINAL: Final = BY_NAME["final_results"]
