"""Table files as people really have them come out as rows of text, and hostile ones as a refusal."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import xlsxwriter

from core.kernel.sandbox import Limits
from core.kernel.sandbox.client import Sandbox, SandboxSettings
from core.tables.csv_text import delimiter_of, encoding_of
from core.tables.errors import TableEncodingUnknown, TableRefused, TableTooLarge
from core.tables.opening import open_tables
from core.tables.provider import PLUGIN
from core.tables.reading import COLUMNS, UNPACKED, write_sheets

Rows = list[list[str]]
XLS = Path(__file__).with_name("marks.xls")
LEARNERS = "ФИО;Группа\r\nПримерова Анна;8А\r\n«Образцов; Пётр»;8Б\r\n"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    limits = Limits(cpu_seconds=3, wall_seconds=8)
    async with Sandbox(SandboxSettings(plugins=(PLUGIN,), concurrency=1, limits=limits)) as started:
        yield started


def rows(tmp_path: Path, content: bytes) -> list[Rows]:
    source, folder = tmp_path / "source", tmp_path / "sheets"
    source.write_bytes(content)
    folder.mkdir()
    found = []
    for path, _, _ in write_sheets(source, folder):
        lines = path.read_text(encoding="utf-8").splitlines()
        found.append([json.loads(line) for line in lines[1:]])
    return found


def workbook(*sheets: Rows) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for sheet in sheets:
            page = book.add_worksheet()
            for number, row in enumerate(sheet):
                page.write_row(number, 0, row)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        LEARNERS.replace("«Образцов; Пётр»", '"Образцов; Пётр"').encode(),
        LEARNERS.replace("«Образцов; Пётр»", '"Образцов; Пётр"').encode("utf-8-sig"),
        LEARNERS.replace("«Образцов; Пётр»", '"Образцов; Пётр"').encode("cp1251"),
        LEARNERS.replace("«Образцов; Пётр»", '"Образцов; Пётр"').encode("utf-16"),
        LEARNERS.replace(";", "\t").replace("«Образцов\t Пётр»", "Образцов; Пётр").encode(),
        LEARNERS.replace(";", ",").replace("«Образцов, Пётр»", '"Образцов; Пётр"').encode("cp1251"),
    ],
    ids=["utf-8", "with a mark", "windows-1251", "utf-16", "tabs", "commas"],
)
def test_csv_of_every_habit_reads_the_same(tmp_path: Path, content: bytes) -> None:
    assert rows(tmp_path, content) == [[["ФИО", "Группа"], ["Примерова Анна", "8А"], ["Образцов; Пётр", "8Б"]]]


def test_text_in_no_known_encoding_is_not_guessed_at(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(0x80, 0x100)) * 20)
    with pytest.raises(TableEncodingUnknown):
        encoding_of(source)


def test_the_delimiter_is_the_one_that_parts_the_lines_alike() -> None:
    assert delimiter_of(["a;b,c;d\n", "1;2,5;3\n", "1;2;3\n"]) == ";"


def test_cells_of_an_xlsx_are_text_and_numbers_lose_nothing(tmp_path: Path) -> None:
    content = workbook([["№", "СНИЛС", "Балл"], ["1", "000-000-001 00", "4,5"]], [["другой лист"]])
    assert rows(tmp_path, content) == [[["№", "СНИЛС", "Балл"], ["1", "000-000-001 00", "4,5"]], [["другой лист"]]]


def test_an_xls_is_read_with_its_days_and_marks(tmp_path: Path) -> None:
    first, second = rows(tmp_path, XLS.read_bytes())
    assert first[2] == ["1", "Примерова Анна Тестовна", "2012-05-17", "5", "000-000-001 00"]
    assert first[3] == ["2", "Образцов Пётр", "", "4.5"]
    assert second == []


def test_a_page_that_is_called_a_spreadsheet_keeps_its_columns_in_line(tmp_path: Path) -> None:
    page = (
        '<html><head><meta charset="windows-1251"><style>td{}</style></head><body>Класс: 8А<br>Ученик: '
        "<span class=select>Примерова Анна</span><table><tr><td rowspan=2>Предмет<td colspan=2>Сентябрь"
        "<td rowspan=2>Итог</tr><tr><td>1<td>2</tr><tr><td>Алгебра<td>5<td>4/Н<td>5</tr></table></body></html>"
    )
    outside, table = rows(tmp_path, page.encode("cp1251"))
    assert outside == [["Класс: 8А"], ["Ученик: Примерова Анна"]]
    assert table == [["Предмет", "Сентябрь", "", "Итог"], ["", "1", "2"], ["Алгебра", "5", "4/Н", "5"]]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\x00\x01\x02\x03 binary", TableRefused),
        (b"PK\x03\x04 no package at all", zipfile.BadZipFile),
        ((";".join("x" * 3 for _ in range(COLUMNS + 1)) + "\n").encode(), TableTooLarge),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        rows(tmp_path, content)


async def test_the_host_walks_through_rows_that_a_child_has_read(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    first, second = await open_tables(sandbox, XLS, folder)
    assert (first.name, first.columns, first.rows) == ("Оценки", 5, 4)
    assert next(first.lines()) == ["Итоговые оценки"]
    assert (second.name, list(second.lines())) == ("Пустой", [])


@pytest.mark.parametrize("content", [b"PK\x03\x04 no package at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600])
async def test_a_damaged_file_is_a_refusal_and_the_next_one_is_read(
    sandbox: Sandbox, tmp_path: Path, content: bytes
) -> None:
    source, folder, other = tmp_path / "source.xlsx", tmp_path / "sheets", tmp_path / "other"
    source.write_bytes(content)
    folder.mkdir()
    other.mkdir()
    with pytest.raises(TableRefused):
        await open_tables(sandbox, source, folder)
    assert len(await open_tables(sandbox, XLS, other)) == 2


async def test_a_bomb_does_not_reach_the_reader(sandbox: Sandbox, tmp_path: Path) -> None:
    source, folder = tmp_path / "source.xlsx", tmp_path / "sheets"
    folder.mkdir()
    content = bytearray(workbook([["x"]]))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (UNPACKED + 1).to_bytes(4, "little")
    source.write_bytes(content)
    with pytest.raises(TableTooLarge):
        await open_tables(sandbox, source, folder)
