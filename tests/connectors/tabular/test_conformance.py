"""The conformance suite, with tables that a clerk gives anew whenever something changes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from core.devkit.conformance import ConnectorConformance
from core.devkit.middleware import Application
from core.devkit.platform import SimulatedPlatform, Spot
from core.sdk.connectors import GivenFile
from plugins.tabular.connector import TabularConnector
from tests.connectors.tabular.desk import TablesHere, given

TITLES = "№ личного дела;ФИО;Дата рождения;Класс;Предмет;Итоговая оценка;Период;Награда"
ROWS = (
    "П-1;Примерова Анна Тестовна;17.05.2012;8А;Алгебра;5;год;",
    "П-1;Примерова Анна Тестовна;17.05.2012;8А;Физика;4;год;",
    "П-2;Образцов Пётр;03.11.2011;8А;Алгебра;зач;год;Грамота олимпиады",
    "П-3;Тестов Глеб;01.02.2012;8Б;Алгебра;3;год;",
    "П-4;Последнева Яна;08.08.2012;;;;;",
)
RESULT = "n:П-2|алгебра|год|"


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    GivenTables.folder = tmp_path_factory.mktemp("tables")


class GivenTables(SimulatedPlatform):
    folder: ClassVar[Path]
    written = count()
    empty_streams = ("files",)
    profile = "Итоги года"

    def __init__(self) -> None:
        super().__init__()
        self._given: list[GivenFile] = []
        self._give()

    def _give(self, titles: str = TITLES, rows: Sequence[str] = ROWS) -> None:
        number = next(self.written)
        content = "\r\n".join((f"Выгрузка {number}", titles, *rows)).encode()
        self._given.append(given(self.folder, f"{number}.csv", content))

    def hosts(self) -> Mapping[str, Application]:
        return {}

    def files(self) -> Sequence[GivenFile]:
        return tuple(self._given)

    def tables(self) -> TablesHere:
        return TablesHere(self.folder)

    def configuration(self) -> Mapping[str, Any]:
        return {"profile": self.profile}

    def repair(self) -> None:
        del self._given[:]
        self._give()

    def other_account(self) -> Mapping[str, Any]:
        return {"profile": "Другие итоги"}

    def poison(self) -> Spot:
        self._given.clear()
        self._give(rows=(*ROWS[:-1], ROWS[-1].replace("08.08.2012", "позавчера")))
        return Spot(stream="learners", external_id="n:П-4")

    def leave_out_key(self) -> Spot:
        self._given.clear()
        self._give(rows=(*ROWS[:-1], "П-4;Последнева;08.08.2012;;;;;"))
        return Spot(stream="learners", external_id="n:П-4")

    def add_fields(self) -> None:
        self._give(f"{TITLES};Рост", [f"{row};160" for row in ROWS])

    def oddities(self) -> Iterator[str]:
        for title, titles, rows in (
            ("columns in another order", _turned(TITLES), [_turned(row) for row in ROWS]),
            ("titles in capitals", TITLES.upper(), ROWS),
            ("a column less", TITLES.removesuffix(";Награда"), [row.rpartition(";")[0] for row in ROWS]),
            ("rows of nothing and a total", TITLES, [*ROWS[:2], ";;;;;;;", *ROWS[2:], ";;;;;;Итого: 4;"]),
        ):
            self._give(titles, rows)
            yield title

    def change_old_result(self) -> Spot:
        self._give(rows=[row.replace(";зач;", ";незач;") for row in ROWS])
        return Spot(stream="final_results", external_id=RESULT)


def _turned(row: str) -> str:
    return ";".join(reversed(row.split(";")))


class TestTables(ConnectorConformance):
    connector = TabularConnector
    platform = GivenTables
    not_applicable = MappingProxyType(
        {
            "rights": "A file has no rights that could be missing.",
            "revoked_token": "Nobody signs in to a file.",
            "secrets": "A connection of files has no secret.",
            "gone": "A table says nothing of what it leaves out: nobody is gone because a list does not name them.",
            "file_address": "Scans come out of the archive that was given; no address is followed.",
            "troubles": "Nothing is asked of a network.",
            "requests": "Nothing is asked of a network.",
        }
    )
