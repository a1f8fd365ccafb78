"""What only Excel does: dates instead of indexes, merges, hidden things, formulas, rich text."""

from collections.abc import Callable

import pytest

from retention.nomenclature import NomenclatureDraft, Severity
from tests.nomenclature_files.accounting import codes, indexes, reasons
from tests.nomenclature_files.office import (
    DAY_MONTH,
    FULL_DATE,
    MASK,
    MONTH_YEAR,
    SHEETS,
    STRUCK,
    Sheet,
    Value,
    relations,
    xlsx,
)

Read = Callable[[bytes], NomenclatureDraft]
FORM = ["Индекс дела", "Заголовок дела", "Кол-во дел", "Срок хранения и № статей", "Примечание"]
FIRST_OF_DECEMBER_2025, FIFTH_OF_JANUARY_2025, JANUARY_2013 = 46_357, 45_662, 41_275


def rows_under(section: str, *cells: str | Value) -> Sheet:
    return Sheet([FORM, [section], *([cell, f"Дело {number}", "", "5 лет", ""] for number, cell in enumerate(cells))])


@pytest.mark.parametrize(
    ("section", "cell", "index"),
    [
        ("01. Руководство", Value(number=FIRST_OF_DECEMBER_2025, style=DAY_MONTH), "01-12"),
        ("12. Архив", Value(number=FIRST_OF_DECEMBER_2025, style=DAY_MONTH), "12-01"),
        ("01. Руководство", Value(number=FIRST_OF_DECEMBER_2025, style=FULL_DATE), "01-12"),
        ("01. Руководство", Value(number=JANUARY_2013, style=MONTH_YEAR), "01-13"),
        ("01. Руководство", Value(number=112, style=MASK), "01-12"),
        ("1. Руководство", Value(number=1.12), "1.12"),
    ],
)
def test_an_index_that_excel_took_for_a_date_is_brought_back(read: Read, section: str, cell: Value, index: str) -> None:
    draft = read(xlsx(rows_under(section, cell)))
    assert indexes(draft) == [index]


def test_a_date_that_may_have_been_two_indexes_stops_the_import(read: Read) -> None:
    draft = read(xlsx(Sheet([FORM, [Value(number=FIRST_OF_DECEMBER_2025, style=DAY_MONTH), "Устав", "", "Постоянно"]])))
    (finding,) = draft.rows[0].findings
    assert (finding.code, finding.severity) == ("index_was_date", Severity.ERROR)
    assert finding.facts["readings"] == "01-12, 12-01"
    assert indexes(draft) == [""]


def test_the_row_before_tells_which_index_a_date_was(read: Read) -> None:
    cells = ["05-12", Value(number=45_790, style=DAY_MONTH), Value(number=FIFTH_OF_JANUARY_2025, style=DAY_MONTH)]
    draft = read(xlsx(Sheet([FORM, *([cell, "Дело", "", "5 лет"] for cell in ["01-04", cells[2]])])))
    assert indexes(draft) == ["01-04", "01-05"]
    assert codes(draft) == {"index_restored"}


def test_plain_numbers_are_indexes_without_a_point(read: Read) -> None:
    draft = read(xlsx(Sheet([FORM, *([Value(number=float(n)), "Дело", "", "5 лет"] for n in (1, 2, 3))])))
    assert indexes(draft) == ["1", "2", "3"]
    assert codes(draft) == set()


def test_a_lost_zero_is_found_by_the_row_before(read: Read) -> None:
    draft = read(
        xlsx(Sheet([FORM, ["1. Кадры"], *([Value(number=n), "Дело", "", "5 лет"] for n in (1.08, 1.09, 1.1))]))
    )
    assert indexes(draft) == ["1.08", "1.09", "1.10"]


def test_a_term_merged_downwards_belongs_to_every_row(read: Read) -> None:
    rows = [FORM, ["01-01", "Планы", "", "5 лет", "Переходящее"], ["01-02", "Отчёты"], ["01-03", "Письма", "", "1 год"]]
    draft = read(xlsx(Sheet(rows, merges=["D2:D3", "E2:E4"])))
    assert [(row.term, row.note) for row in draft.rows] == [
        ("5 лет", "Переходящее"),
        ("5 лет", "Переходящее"),
        ("1 год", "Переходящее"),
    ]
    assert [len(row.findings) for row in draft.rows] == [0, 2, 1]
    assert codes(draft) == {"merged_cell"}


def test_text_under_a_merge_stops_the_import(read: Read) -> None:
    rows = [FORM, ["01-01", "Планы", "", "5 лет"], ["01-02", "Отчёты", "", "1 год"]]
    draft = read(xlsx(Sheet(rows, merges=["D2:D3"])))
    assert [finding.code for finding in draft.rows[1].findings] == ["text_under_merge"]


def test_text_beside_the_first_cell_of_a_merge_is_not_seen_either(read: Read) -> None:
    rows = [FORM, ["01-01", "Планы", "невидимо", "5 лет"]]
    draft = read(xlsx(Sheet(rows, merges=["B2:C2"])))
    assert {finding.code for finding in draft.rows[0].findings} == {"merged_across", "text_under_merge"}
    assert draft.rows[0].quantity == "невидимо"


def test_a_section_may_be_merged_over_all_columns(read: Read) -> None:
    draft = read(xlsx(Sheet([FORM, ["Канцелярия"], ["01-01", "Планы", "", "5 лет"]], merges=["A2:E2"])))
    assert [section.title for section in draft.sections] == ["Канцелярия"]


def test_a_title_over_several_columns_is_said(read: Read) -> None:
    draft = read(xlsx(Sheet([FORM, ["01-01", "Планы", "", "5 лет"]], merges=["B2:C2"])))
    assert [(finding.code, finding.severity) for finding in draft.rows[0].findings] == [
        ("merged_across", Severity.NOTE)
    ]


def test_raised_digits_are_references_to_footnotes(read: Read) -> None:
    raised = '<vertAlign val="superscript"/>'
    term = Value(runs=(("5 лет", ""), ("1", raised), (" ЭПК", "")))
    area = Value(runs=(("Здания больше 100 м", ""), ("2", raised)))
    draft = read(xlsx(Sheet([FORM, ["01-01", area, "", term], ["(1) После замены новыми"]])))
    (row,) = draft.rows
    assert (row.title, row.term, dict(row.footnotes)) == (
        "Здания больше 100 м²",
        "5 лет (1) ЭПК",
        {"1": "После замены новыми"},
    )


def test_struck_text_stops_the_import(read: Read) -> None:
    rows = [
        ["01-01", "Планы", "", Value(runs=(("5 лет", "<strike/>"), (" 3 года", "")))],
        ["01-02", Value(text="Отчёты", style=STRUCK), "", "1 год"],
    ]
    draft = read(xlsx(Sheet([FORM, *rows])))
    assert [row.term for row in draft.rows] == ["5 лет 3 года", "1 год"]
    assert all([each.code for each in row.findings] == ["struck_text"] for row in draft.rows)
    assert draft.rows[0].findings[0].severity is Severity.ERROR


def test_a_formula_counts_by_its_value(read: Read) -> None:
    rows = [
        ["01-01", "Планы", "", Value(formula='"5 "&"лет"', result="5 лет")],
        ["01-02", "Отчёты", "", Value(formula="D2")],
    ]
    draft = read(xlsx(Sheet([FORM, *rows])))
    assert [row.term for row in draft.rows] == ["5 лет", "=D2"]
    assert [[(each.code, each.severity) for each in row.findings] for row in draft.rows] == [
        [],
        [("formula_without_value", Severity.ERROR)],
    ]


def test_hidden_rows_and_columns_are_read_and_said(read: Read) -> None:
    rows = [FORM, ["01-01", "Планы", "", "5 лет", "тайна"], ["01-02", "Отчёты", "", "1 год"]]
    draft = read(xlsx(Sheet(rows, hidden_rows=frozenset({3}), hidden_columns=[4])))
    assert [[each.code for each in row.findings] for row in draft.rows] == [["hidden_column"], ["hidden_row"]]


def test_hidden_sheets_are_left_out_and_said(read: Read) -> None:
    visible = Sheet([FORM, ["01-01", "Планы", "", "5 лет"]])
    hidden = Sheet([FORM, ["01-02", "Тайное", "", "5 лет"]], name="Черновик", state="veryHidden")
    draft = read(xlsx(visible, hidden))
    assert indexes(draft) == ["01-01"]
    assert reasons(draft)["01-02 | Тайное | 5 лет"] == "hidden_sheet"
    assert "left_out_hidden_sheet" in codes(draft)


def test_several_sheets_are_read_one_after_the_other(read: Read) -> None:
    first = Sheet([["НОМЕНКЛАТУРА ДЕЛ на 2025 год"], FORM, ["01. Руководство"], ["01-01", "Планы", "", "5 лет"]])
    second = Sheet([FORM, ["02. Кадры"], ["02-01", "Приказы", "", "5 лет"]], name="Кадры")
    third = Sheet([["02-02", "Договоры", "", "5 лет"]], name="Ещё")
    other = Sheet([["Коды", "Значения"], ["1", "Да"]], name="Справочник")
    draft = read(xlsx(first, second, third, other))
    assert [(row.section, row.index) for row in draft.rows] == [("01", "01-01"), ("02", "02-01"), ("02", "02-02")]
    assert reasons(draft)["1 | Да"] == "other_table"


def test_shared_strings_comments_and_shapes_are_accounted_for(read: Read) -> None:
    strings = f'<sst xmlns="{SHEETS}"><si><t>Общая</t></si></sst>'
    comments = (
        f'<comments xmlns="{SHEETS}"><commentList><comment ref="A1"><text><t>Проверить</t></text></comment>'
        "</commentList></comments>"
    )
    drawing = '<wsDr xmlns="d" xmlns:a="a"><txBody><a:p><a:r><a:t>УТВЕРЖДАЮ</a:t></a:r></a:p></txBody></wsDr>'
    draft = read(
        xlsx(
            Sheet([FORM, ["01-01", "Планы", "", "5 лет"]]),
            parts={
                "xl/sharedStrings.xml": strings,
                "xl/comments1.xml": comments,
                "xl/drawings/drawing1.xml": drawing,
                "xl/worksheets/_rels/sheet1.xml.rels": relations(
                    [("comments", "../comments1.xml"), ("drawing", "/xl/drawings/drawing1.xml")]
                ),
            },
        )
    )
    assert reasons(draft)["Проверить"] == "comment"
    assert reasons(draft)["УТВЕРЖДАЮ"] == "text_box"


def test_namespaces_may_carry_a_prefix(read: Read) -> None:
    row = "".join(
        f'<x:c r="{letter}2" t="str"><x:v>{text}</x:v></x:c>'
        for letter, text in zip("ABD", ["01-01", "Планы", "5 лет"], strict=True)
    )
    head = "".join(
        f'<x:c r="{letter}1" t="str"><x:v>{text}</x:v></x:c>' for letter, text in zip("ABCDE", FORM, strict=True)
    )
    sheet = (
        f'<x:worksheet xmlns:x="{SHEETS}"><x:sheetData><x:row r="1">{head}</x:row><x:row r="2">{row}</x:row>'
        '<x:row r="3"/></x:sheetData></x:worksheet>'
    )
    draft = read(xlsx(Sheet([]), parts={"xl/worksheets/sheet1.xml": sheet}))
    assert indexes(draft) == ["01-01"]
