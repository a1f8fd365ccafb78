"""What an operator chooses: what the files hold, which column is what, and what no column says."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from plugins.tabular.titles import KNOWN

Layout = Literal["rows", "marks", "netschool_totals", "netschool_progress", "journal"]


class TabularConfiguration(BaseModel):
    """A way to read tables, built once and used for every file given to the connection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str = Field(
        min_length=1,
        max_length=200,
        title="Что это за файлы",
        description="Своё имя для этого вида файлов, например «Списки на 1 сентября»; второго с таким именем не будет.",
    )
    layout: Layout = Field(
        default="rows",
        title="Что в файлах",
        description=(
            "rows: строка о человеке или документе (списки, оценки столбиком, выгрузки ФИС ФРДО, GetCourse, Stepik); "
            "marks: строки — обучающиеся, столбцы — предметы; netschool_totals и netschool_progress: отчёты «Сетевого "
            "города»; journal: страница журнала ЭлЖур"
        ),
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        title="Столбцы",
        description="Поле → заголовок столбца, где заголовок необычный. Пустой заголовок: поле не брать.",
    )
    sheet: str = Field(default="", title="Лист", description="Название листа; пусто: первый непустой.")
    head_rows: int = Field(
        default=0, ge=0, le=20, title="Строк в шапке", description="0: найти самим. Для журналов ЭлЖур обычно 3."
    )
    group: str = Field(default="", max_length=200, title="Группа", description="Если в файле её нет.")
    study_year: str = Field(default="", max_length=20, title="Учебный год", description="Если в файле его нет.")
    subject: str = Field(default="", max_length=500, title="Предмет", description="Если в файле его нет.")
    final_kind: str = Field(
        default="",
        max_length=200,
        title="Вид итоговой оценки",
        description="«1 четверть», «год», если в файле его нет.",
    )
    scale: str = Field(default="", max_length=200, title="Шкала", description="Название шкалы оценок.")
    document_kind: str = Field(
        default="", max_length=100, title="Вид документа", description="Для сканов, если в таблице его нет."
    )

    def unknown_fields(self) -> list[str]:
        """Return chosen fields that no row has."""
        return sorted(set(self.columns) - set(KNOWN))
