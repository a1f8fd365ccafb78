"""The same nomenclature as CSV, Excel and Word gives the same rows."""

import codecs
from collections.abc import Callable

import pytest

from core.nomenclature.reading.report import check
from retention.nomenclature import NomenclatureDraft
from tests.nomenclature_files.conftest import SAMPLES
from tests.nomenclature_files.office import Sheet, Tbl, docx, xlsx

HEADINGS = {
    "index": "Индекс дела",
    "title": "Заголовок дела (тома, части)",
    "quantity": "Кол-во дел (томов, частей)",
    "term": "Срок хранения",
    "article": "№ статей по перечню",
    "note": "Примечание",
}
Read = Callable[[bytes], NomenclatureDraft]


def as_grid(rows: list[dict[str, str]]) -> list[list[str]]:
    return [list(HEADINGS.values()), *([row.get(name, "") for name in HEADINGS] for row in rows)]


def meaning(draft: NomenclatureDraft) -> list[tuple[str | None, str, str, str, str, str]]:
    return [(row.section, row.index, row.title, row.term, row.article, row.note) for row in draft.rows]


def test_every_row_of_a_sample_is_read_as_it_stands(
    read: Read, sample: bytes, sample_rows: list[dict[str, str]]
) -> None:
    draft = read(sample)
    fields = [(row.index, row.title, row.term, row.article, row.note) for row in draft.rows]
    assert fields == [tuple(row[name] for name in ("index", "title", "term", "article", "note")) for row in sample_rows]


def test_three_formats_of_a_sample_give_the_same_rows(
    read: Read, sample: bytes, sample_rows: list[dict[str, str]]
) -> None:
    grid = as_grid(sample_rows)
    expected = read(sample)
    for content in (xlsx(Sheet(grid)), docx(Tbl(grid))):
        draft = read(content)
        assert meaning(draft) == meaning(expected)
        assert draft.sections == expected.sections
        assert [row.footnotes for row in draft.rows] == [row.footnotes for row in expected.rows]


def test_three_formats_of_a_sample_are_understood_alike(
    read: Read, sample: bytes, sample_rows: list[dict[str, str]]
) -> None:
    grid = as_grid(sample_rows)
    readings = [
        [(row.reading.rule, row.reading.status) for row in check(read(content)).rows]
        for content in (sample, xlsx(Sheet(grid)), docx(Tbl(grid)))
    ]
    assert readings[0] == readings[1] == readings[2]


def test_nothing_stops_the_import_of_a_sample(read: Read, sample: bytes) -> None:
    assert not check(read(sample)).stops_import


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: codecs.BOM_UTF8 + text.encode("utf-8"),
        lambda text: text.encode("windows-1251"),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
    ],
    ids=["utf-8", "utf-8 with mark", "windows-1251", "utf-16-le", "utf-16-be", "utf-16 without mark"],
)
def test_a_csv_is_read_whatever_its_delimiter_and_encoding(
    read: Read, sample: bytes, sample_rows: list[dict[str, str]], delimiter: str, encode: Callable[[str], bytes]
) -> None:
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in as_grid(sample_rows)]
    draft = read(encode("\r\n".join(lines)))
    assert meaning(draft) == meaning(read(sample))


def test_a_workbook_of_another_writer_is_read(read: Read) -> None:
    draft = read((SAMPLES / "written_by_openpyxl.xlsx").read_bytes())
    school = "Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № 5» г. Энска (МБОУ СШ № 5)"
    assert (draft.year, draft.organisation) == (2025, school)
    assert [row.index for row in draft.rows] == [*(f"01-0{n}" for n in range(1, 7)), "02-01", "02-02", "02-03"]
    assert draft.rows[1].term == "Постоянно (1) ст. 19 а"
    assert draft.rows[2].title == "Документы (планы, отчёты, справки) проверок"
    assert [(section.code, section.title) for section in draft.sections] == [("01", "Руководство"), ("II", "Кадры")]


def test_a_document_of_another_writer_is_read(read: Read) -> None:
    draft = read((SAMPLES / "written_by_python_docx.docx").read_bytes())
    assert (draft.year, draft.organisation) == (
        2025,
        "Общество с ограниченной ответственностью «Учебный центр «Знание»",
    )
    assert [row.index for row in draft.rows] == ["01-01", "01-02", "01-03", "02-01", "02-02", "02-03", "", "03-01"]
    assert (draft.rows[1].term, dict(draft.rows[1].footnotes)) == (
        "Постоянно (1) ст. 28",
        {"1": "До ликвидации организации"},
    )
    assert [section.code for section in draft.sections] == ["01", "02", "3"]
