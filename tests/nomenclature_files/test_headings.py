"""Year and organisation are read if the heading says them clearly, and never guessed."""

from collections.abc import Callable

import pytest

from core.nomenclature.reading.report import check
from retention.nomenclature import NomenclatureDraft
from tests.nomenclature_files.accounting import reasons
from tests.nomenclature_files.office import Sheet, Tbl, docx, xlsx

Read = Callable[[bytes], NomenclatureDraft]
FORM = ["Индекс дела", "Заголовок дела", "Кол-во дел", "Срок хранения и № статей", "Примечание"]
TABLE = Tbl([FORM, ["01-01", "Устав", "", "Постоянно", ""]])
APPROVAL = ["УТВЕРЖДАЮ", "Директор МБОУ «Школа № 9»", "__________ И.И. Иванова", "«28» декабря 2023 г."]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("НОМЕНКЛАТУРА ДЕЛ на 2025 год", 2025),
        ("Номенклатура дел\nна 2025 г.", 2025),
        ("НОМЕНКЛАТУРА ДЕЛ НА 2025 ГОД", 2025),
        ("на _2025_ год", 2025),
        ("на 20 25 год", 2025),
        ("на 2025-й год", 2025),
        ("на 2025\xa0год", 2025),
        ("Номенклатура дел школы 2025 года", 2025),
        ("НОМЕНКЛАТУРА ДЕЛ на ____ год", None),
        ("НОМЕНКЛАТУРА ДЕЛ", None),
        ("НОМЕНКЛАТУРА ДЕЛ от 12 декабря 2024 г.", None),
        ("НОМЕНКЛАТУРА ДЕЛ на 2024/2025 учебный год", None),
        ("НОМЕНКЛАТУРА ДЕЛ на 2024-2025 годы", None),
        ("на 2024 год\nна 2025 год", None),
    ],
)
def test_the_year_is_that_of_the_heading(read: Read, text: str, year: int | None) -> None:
    draft = read(docx(*text.split("\n"), TABLE))
    assert draft.year == year
    found = {finding.code for finding in check(draft).findings}
    assert bool(found & {"year_not_found", "year_contradictory", "year_spans_two"}) == (year is None)
    assert not check(draft).stops_import


@pytest.mark.parametrize(
    ("lines", "organisation"),
    [
        (["МБОУ «Средняя школа № 5»"], "МБОУ «Средняя школа № 5»"),
        (
            ["Муниципальное бюджетное общеобразовательное учреждение", "«Средняя школа № 5» г. Энска"],
            "Муниципальное бюджетное общеобразовательное учреждение «Средняя школа № 5» г. Энска",
        ),
        (
            ["Министерство образования Энской области", "Государственное автономное учреждение", "«Колледж связи»"],
            "Государственное автономное учреждение «Колледж связи»",
        ),
        (["ООО «Учебный центр «Знание»"], "ООО «Учебный центр «Знание»"),
        (
            ["Индивидуальный предприниматель", "Сидорова Анна Петровна"],
            "Индивидуальный предприниматель Сидорова Анна Петровна",
        ),
        (["ИП Сидорова А.П."], "ИП Сидорова А.П."),
        (["Наименование организации: Лицей № 2"], "Лицей № 2"),
        (["Гимназия № 7 города Энска", "г. Энск"], "Гимназия № 7 города Энска"),
        (["Муниципальное учреждение «Школа № 5»", "МБОУ «Школа № 5»"], "Муниципальное учреждение «Школа № 5»"),
        (["МБОУ «Школа № 5»", "г. Энск", "МБОУ «Школа № 6»"], None),
        (["Отдел кадров"], None),
        (["МБОУ «Лицей № 6 имени", "А.С. Пушкина»", "И.И. Иванова"], "МБОУ «Лицей № 6 имени А.С. Пушкина»"),
        (["Муниципальное бюджетное общеобразовательное учреждение"], None),
        (APPROVAL, None),
        ([*APPROVAL, "МБОУ «Школа № 5»"], "МБОУ «Школа № 5»"),
        (["МБОУ «Школа № 5»", *APPROVAL], "МБОУ «Школа № 5»"),
    ],
)
def test_the_organisation_is_that_of_the_heading(read: Read, lines: list[str], organisation: str | None) -> None:
    draft = read(docx(*lines, "НОМЕНКЛАТУРА ДЕЛ", "на 2025 год", TABLE))
    assert (draft.organisation, draft.year) == (organisation, 2025)
    found = {finding.code for finding in check(draft).findings}
    assert bool(found & {"organisation_not_found", "organisation_contradictory"}) == (organisation is None)


@pytest.mark.parametrize(
    ("text", "organisation"),
    [
        ("Номенклатура дел МБОУ «Школа № 1» на 2025 год", "МБОУ «Школа № 1»"),
        ("НОМЕНКЛАТУРА ДЕЛ ООО «Знание» на 2025 год", "ООО «Знание»"),
        ("Номенклатура дел муниципального учреждения «Школа № 1» на 2025 год", None),
    ],
)
def test_the_name_of_the_form_may_name_the_organisation(read: Read, text: str, organisation: str | None) -> None:
    draft = read(docx(text, TABLE))
    assert (draft.year, draft.organisation) == (2025, organisation)


def test_a_heading_may_stand_in_two_columns_without_borders(read: Read) -> None:
    left = "Частное образовательное учреждение\n«Школа «Радуга»\nНОМЕНКЛАТУРА ДЕЛ\n№ 1\nг. Энск\nна 2025 год"
    draft = read(docx(Tbl([[left, "\n".join(APPROVAL)]]), TABLE))
    assert (draft.year, draft.organisation) == (2025, "Частное образовательное учреждение «Школа «Радуга»")


def test_a_heading_in_cells_of_a_sheet_is_read_by_columns(read: Read) -> None:
    rows = [
        ["МБОУ «Школа № 5»", "", "", "УТВЕРЖДАЮ"],
        ["", "", "", "Директор школы № 9"],
        ["НОМЕНКЛАТУРА ДЕЛ", "", "", "И.И. Иванова"],
        ["на", "2025", "год"],
        [],
        FORM,
        ["01-01", "Устав", "", "Постоянно", ""],
    ]
    draft = read(xlsx(Sheet(rows, merges=["A1:B1"])))
    assert (draft.year, draft.organisation) == (2025, "МБОУ «Школа № 5»")
    assert {reason for text, reason in reasons(draft).items() if "Индекс" not in text} == {"title_block"}


def test_a_name_over_several_rows_is_read_beside_an_approval(read: Read) -> None:
    rows = [
        ["Муниципальное бюджетное учреждение", "", "УТВЕРЖДАЮ"],
        ["«Школа № 5» города Энска", "", "Директор"],
        ["НОМЕНКЛАТУРА ДЕЛ на 2025 год"],
        FORM,
        ["01-01", "Устав", "", "Постоянно", ""],
    ]
    draft = read(xlsx(Sheet(rows)))
    assert draft.organisation == "Муниципальное бюджетное учреждение «Школа № 5» города Энска"


def test_a_section_right_above_the_first_table_is_no_heading(read: Read) -> None:
    draft = read(docx("НОМЕНКЛАТУРА ДЕЛ на 2025 год", "Раздел 01. Руководство", TABLE))
    assert [(section.code, section.title) for section in draft.sections] == [("01", "Руководство")]
    assert [line.reason for line in draft.ignored] == ["title_block", "header"]
