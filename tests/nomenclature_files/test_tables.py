"""Shapes that the table of a real nomenclature has, in all three formats where they can occur."""

from collections.abc import Callable

import pytest

from retention.nomenclature import NomenclatureDraft, check_rows
from tests.nomenclature_files.accounting import codes, indexes, reasons
from tests.nomenclature_files.office import Sheet, Tbl, Tc, docx, paragraph, xlsx

Read = Callable[[bytes], NomenclatureDraft]
Grid = list[list[str]]
FORM = [
    "Индекс дела",
    "Заголовок дела (тома, части)",
    "Кол-во дел (томов, частей)",
    "Срок хранения и № статей по перечню",
    "Примечание",
]
NUMBERS = ["1", "2", "3", "4", "5"]
FIRST = ["01-01", "Устав школы", "", "Постоянно ст. 28", ""]
SECOND = ["01-02", "Приказы директора", "", "5 лет ст. 19", ""]
THIRD = ["02-01", "Приказы по личному составу", "", "50/75 лет ЭПК ст. 434", ""]


def as_csv(grid: Grid) -> bytes:
    return "\n".join(";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in grid).encode()


WRITERS: dict[str, Callable[[Grid], bytes]] = {
    "xlsx": lambda grid: xlsx(Sheet(grid)),
    "docx": lambda grid: docx(Tbl(grid)),
    "csv": as_csv,
}


@pytest.fixture(params=WRITERS)
def write(request: pytest.FixtureRequest) -> Callable[[Grid], bytes]:
    return WRITERS[request.param]


@pytest.mark.parametrize(
    ("line", "code", "title"),
    [
        (["01. Руководство"], "01", "Руководство"),
        (["01 Канцелярия"], "01", "Канцелярия"),
        (["01 - Канцелярия"], "01", "Канцелярия"),
        (["Раздел 1. Руководство"], "1", "Руководство"),
        (["РАЗДЕЛ I. РУКОВОДСТВО"], "I", "РУКОВОДСТВО"),
        (["Раздел № 01 «Руководство»"], "01", "«Руководство»"),
        (["I. Руководство"], "I", "Руководство"),
        (["01", "Руководство"], "01", "Руководство"),
        (["Руководство"], None, "Руководство"),
        (["", "Руководство"], None, "Руководство"),
        (["01-Руководство"], "01", "Руководство"),
    ],
)
def test_a_line_before_rows_is_a_section(
    read: Read, write: Callable[[Grid], bytes], line: list[str], code: str | None, title: str
) -> None:
    draft = read(write([FORM, NUMBERS, line + [""] * (5 - len(line)), FIRST, SECOND]))
    assert [(section.code, section.title) for section in draft.sections] == [(code, title)]
    assert [row.section for row in draft.rows] == [code or title] * 2
    assert not [finding for finding in check_rows(draft) if finding.row is not None]


def test_code_and_title_of_a_section_may_stand_in_two_lines(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, ["Раздел 1", "", "", "", ""], ["Руководство", "", "", "", ""], FIRST]))
    assert [(section.code, section.title) for section in draft.sections] == [("1", "Руководство")]
    assert draft.rows[0].section == "1"


def test_sections_may_be_nested(read: Read, write: Callable[[Grid], bytes]) -> None:
    deep = [["01-02-15", "Планы", "", "5 лет", ""], ["01-02-16", "Отчёты", "", "5 лет", ""]]
    draft = read(write([FORM, ["01", "Руководство", "", "", ""], ["01-02", "Учебная часть", "", "", ""], *deep]))
    assert [section.code for section in draft.sections] == ["01", "01-02"]
    assert [(row.section, row.index) for row in draft.rows] == [("01-02", "01-02-15"), ("01-02", "01-02-16")]


def test_a_row_without_term_is_a_row_and_no_section(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, FIRST, ["01-02", "Приказы", "", "", ""], ["01-03", "Планы", "", "1 год", ""]]))
    assert indexes(draft) == ["01-01", "01-02", "01-03"]
    assert [(each.code, each.row) for each in check_rows(draft) if each.row] == [("missing_term", 2)]


@pytest.mark.parametrize(
    ("written", "index"),
    [
        ("01-12", "01-12"),
        ("01 - 12", "01-12"),
        ("01–12", "01-12"),
        ("01—12", "01-12"),
        ("01.12", "01.12"),
        ("1-12", "1-12"),
        ("01-02-15", "01-02-15"),
        ("12", "12"),
        ("'01-12", "01-12"),
        ("01-\xa012", "01-12"),
        ("01-12.", "01-12"),
        ("01-12а", "01-12а"),
        ("01/12", "01/12"),
        ("К-12", "К-12"),
        ("01-\n12", "01-12"),
    ],
)
def test_an_index_is_read_in_every_writing(
    read: Read, write: Callable[[Grid], bytes], written: str, index: str
) -> None:
    draft = read(write([FORM, [written, "Приказы", "", "5 лет", ""]]))
    assert indexes(draft) == [index]
    assert codes(draft) == set()


@pytest.mark.parametrize(
    "header",
    [
        FORM,
        ["Индекс", "Наименование дела", "Количество", "Срок хранения, № ст. по перечню", "Примечания"],
        ["№ дела", "Заголовки дел", "Кол-во\nтомов", "Срок хранения документов", "Примеча-\nние"],
        ["№ п/п", "Название дел", "Число дел", "Сроки хранения", "Примечание"],
        ["ИНДЕКС ДЕЛА", "ЗАГОЛОВОК ДЕЛА", "КОЛ-ВО ДЕЛ", "СРОК ХРАНЕНИЯ", "ПРИМЕЧАНИЕ"],
        ["index", "title", "quantity", "term", "note"],
    ],
)
def test_headings_have_synonyms(read: Read, write: Callable[[Grid], bytes], header: list[str]) -> None:
    draft = read(write([header, NUMBERS, ["01-01", "Устав", "2", "Постоянно", "Переходящее"]]))
    (row,) = draft.rows
    assert (row.index, row.title, row.quantity, row.term, row.note) == (
        "01-01",
        "Устав",
        "2",
        "Постоянно",
        "Переходящее",
    )
    assert [line.reason for line in draft.ignored] == ["header", "column_numbers"]


def test_term_and_article_may_have_columns_of_their_own(read: Read, write: Callable[[Grid], bytes]) -> None:
    header = ["№ п/п", "Индекс", "Заголовок дела", "Срок хранения", "Статья", "Ответственный"]
    draft = read(write([header, ["1", "01-01", "Устав", "Постоянно", "ст. 28", "Секретарь"]]))
    (row,) = draft.rows
    assert (row.index, row.term, row.article) == ("01-01", "Постоянно", "ст. 28")
    assert row.other == {"№ п/п": "1", "Ответственный": "Секретарь"}


@pytest.mark.parametrize(
    "content",
    [
        xlsx(
            Sheet(
                [
                    ["Индекс", "Заголовок дела", "Хранение", "", "Примечание"],
                    ["", "", "Срок хранения", "№ статьи", ""],
                    ["01-01", "Устав", "Постоянно", "ст. 28", ""],
                ],
                merges=["A1:A2", "B1:B2", "C1:D1", "E1:E2"],
            )
        ),
        docx(
            Tbl(
                [
                    [
                        Tc("Индекс", down="restart"),
                        Tc("Заголовок дела", down="restart"),
                        Tc("Хранение", span=2),
                        Tc("Примечание", down="restart"),
                    ],
                    [Tc(down="continue"), Tc(down="continue"), "Срок хранения", "№ статьи", Tc(down="continue")],
                    ["01-01", "Устав", "Постоянно", "ст. 28", ""],
                ]
            )
        ),
        as_csv(
            [
                ["Индекс", "Заголовок дела", "Хранение", "", "Примечание"],
                ["", "", "Срок хранения", "№ статьи", ""],
                ["01-01", "Устав", "Постоянно", "ст. 28", ""],
            ]
        ),
    ],
    ids=["xlsx", "docx", "csv"],
)
def test_a_header_may_take_two_rows(read: Read, content: bytes) -> None:
    draft = read(content)
    (row,) = draft.rows
    assert (row.index, row.title, row.term, row.article, row.note) == ("01-01", "Устав", "Постоянно", "ст. 28", "")
    assert {line.reason for line in draft.ignored} == {"header"}


def test_a_header_repeated_after_a_page_break_is_no_row(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, NUMBERS, FIRST, FORM, NUMBERS, SECOND]))
    assert indexes(draft) == ["01-01", "01-02"]
    assert [line.reason for line in draft.ignored] == ["header", "column_numbers", "repeated_header", "column_numbers"]


@pytest.mark.parametrize("broken", [[FORM], [FORM, NUMBERS], []])
def test_a_row_that_goes_on_behind_a_page_break_is_joined(
    read: Read, write: Callable[[Grid], bytes], broken: Grid
) -> None:
    parts = [["01-01", "Документы (планы,", "", "5 лет", ""], ["", "отчёты) проверок", "", "ЭПК", "Переходящее"]]
    draft = read(write([FORM, parts[0], *broken, parts[1], SECOND]))
    assert indexes(draft) == ["01-01", "01-02"]
    first = draft.rows[0]
    assert (first.title, first.term, first.note) == ("Документы (планы, отчёты) проверок", "5 лет ЭПК", "Переходящее")
    assert [finding.code for finding in first.findings] == ["row_continued"]


def test_two_terms_are_never_joined_into_one_row(read: Read, write: Callable[[Grid], bytes]) -> None:
    parts = [["01-01", "Отчёты:", "", "Постоянно", ""], ["", "квартальные", "", "5 лет", ""]]
    draft = read(write([FORM, *parts, SECOND]))
    assert [(row.index, row.term) for row in draft.rows[:2]] == [("01-01", "Постоянно"), ("", "5 лет")]
    assert ("missing_index", 2) in [(each.code, each.row) for each in check_rows(draft)]


@pytest.mark.parametrize("title", ["Резерв", "РЕЗЕРВ", "Резервный номер", "Резервные номера", "(резерв)"])
def test_a_reserve_number_needs_no_term(read: Read, write: Callable[[Grid], bytes], title: str) -> None:
    draft = read(write([FORM, FIRST, ["01-02", title, "", "", ""]]))
    assert [row.is_reserve for row in draft.rows] == [False, True]
    assert not [each for each in check_rows(draft) if each.row]


def test_spare_copies_are_no_reserve_numbers(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, ["01-01", "Резервные копии базы данных", "", "До замены новыми", ""]]))
    assert not draft.rows[0].is_reserve


@pytest.mark.parametrize("mark", ["(1)", "1)", "<1>", "[1]", "¹"])
def test_footnotes_below_the_table_belong_to_the_rows_that_refer_to_them(
    read: Read, write: Callable[[Grid], bytes], mark: str
) -> None:
    rows = [["01-01", "Лицензия", "", "5 лет (1)", ""], ["01-02", "Планы", "", "1 год", ""]]
    draft = read(write([FORM, *rows, [f"{mark} После прекращения действия лицензии", "", "", "", ""]]))
    assert [dict(row.footnotes) for row in draft.rows] == [{"1": "После прекращения действия лицензии"}, {}]
    assert draft.rows[0].footnote == "(1) После прекращения действия лицензии"
    assert draft.ignored[-1].reason == "footnote"
    assert codes(draft) == set()


def test_footnotes_of_several_tables_may_begin_at_one_again(read: Read) -> None:
    first = Tbl([FORM, ["01-01", "Лицензия", "", "5 лет (1)", ""]])
    second = Tbl([FORM, ["02-01", "Планы", "", "1 год (1)", ""]])
    draft = read(docx(first, "(1) После замены новыми", "02. Учебная часть", second, "(1) После утверждения"))
    assert [dict(row.footnotes) for row in draft.rows] == [{"1": "После замены новыми"}, {"1": "После утверждения"}]


def test_a_reference_without_footnote_and_a_footnote_without_reference_are_said(
    read: Read, write: Callable[[Grid], bytes]
) -> None:
    rows = [["01-01", "Лицензия", "", "5 лет (1)", ""], ["(2) После замены новыми", "", "", "", ""]]
    assert codes(read(write([FORM, *rows]))) == {"footnote_missing", "footnote_unused"}


def test_footnotes_in_the_note_are_found(read: Read, write: Callable[[Grid], bytes]) -> None:
    note = "Переходящее\n(1) После замены; (2) При отсутствии годовых - постоянно"
    draft = read(write([FORM, ["01-01", "Отчёты", "", "5 лет (1) (2)", note]]))
    (row,) = draft.rows
    assert dict(row.footnotes) == {"1": "После замены", "2": "При отсутствии годовых - постоянно"}
    assert (row.note, row.footnote) == (note, note)


END = [
    ["Заведующий канцелярией", "", "____________", "А.А. Петрова", ""],
    ["СОГЛАСОВАНО Протокол ЭК от 20.12.2024 № 3", "", "", "", ""],
    ["Итоговая запись о категориях и количестве дел, заведенных в 2025 году", "", "", "", ""],
    ["По срокам хранения", "Всего", "Переходящих", "С отметкой «ЭПК»", ""],
    ["1", "2", "3", "4", ""],
    ["Постоянного", "3", "", "", ""],
    ["ИТОГО:", "3", "", "", ""],
]


def test_what_stands_below_the_rows_is_ignored_with_its_reason(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, FIRST, ["Итого дел: 1", "", "", "", ""], *END]))
    assert indexes(draft) == ["01-01"]
    assert [line.reason for line in draft.ignored] == [
        "header",
        "final_record",
        "signature",
        "signature",
        "final_record",
        "final_record",
        "column_numbers",
        "final_record",
        "final_record",
    ]
    assert codes(draft) == set()


def test_a_line_that_is_nothing_known_stops_the_import(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, FIRST, ["", "Прочее", "", "", "по усмотрению"], SECOND]))
    assert codes(draft) == {"unplaced_line"}
    assert reasons(draft)["Прочее | по усмотрению"] == "unplaced"


def test_a_table_without_header_is_told_by_its_contents(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FIRST, SECOND, THIRD]))
    assert indexes(draft) == ["01-01", "01-02", "02-01"]
    assert codes(draft) == {"header_missing"}


def test_a_text_without_any_table_has_no_rows(read: Read) -> None:
    draft = read(docx("Приказ", "О мерах"))
    assert draft.rows == ()
    assert "no_rows" in {finding.code for finding in check_rows(draft)}
    assert [line.text for line in draft.ignored] == ["Приказ", "О мерах"]


def test_each_section_may_have_a_table_of_its_own(read: Read) -> None:
    draft = read(
        docx(
            "01. Руководство",
            Tbl([FORM, FIRST, SECOND]),
            "02. Кадры",
            Tbl([THIRD]),
            paragraph("Секретарь ______ И.И. Иванова"),
        )
    )
    assert [(row.section, row.index) for row in draft.rows] == [("01", "01-01"), ("01", "01-02"), ("02", "02-01")]
    assert [(section.code, section.title) for section in draft.sections] == [("01", "Руководство"), ("02", "Кадры")]
    assert draft.ignored[-1].reason == "signature"


def test_another_table_of_the_file_is_no_part_of_the_nomenclature(read: Read) -> None:
    visas = Tbl([["1", "Директор", "", "", "12.01"], ["2", "Архивариус", "", "", "13.01"]])
    draft = read(docx(Tbl([FORM, FIRST]), "Лист согласования", visas))
    assert indexes(draft) == ["01-01"]


def test_an_index_that_belongs_to_another_section_is_said(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, ["02. Кадры", "", "", "", ""], FIRST, THIRD]))
    assert [(each.code, each.row) for each in check_rows(draft) if each.row] == [("index_outside_section", 1)]


def test_an_index_twice_stops_the_import(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, FIRST, ["1-1", "Планы", "", "1 год", ""]]))
    found = [(each.code, each.row, each.severity.value) for each in check_rows(draft) if each.row]
    assert ("duplicate_index", 2, "error") in found


@pytest.mark.parametrize("mark", ["(1)", "1)", "1", "¹"])
def test_a_footnote_may_stand_in_two_cells(read: Read, write: Callable[[Grid], bytes], mark: str) -> None:
    rows = [["01-01", "Лицензия", "", "5 лет (1)", ""], [mark, "После замены новыми", "", "", ""]]
    draft = read(write([FORM, *rows]))
    assert [dict(row.footnotes) for row in draft.rows] == [{"1": "После замены новыми"}]


def test_a_number_before_a_title_is_no_footnote(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, ["1", "Приказы", "", "5 лет", ""], ["2", "Акты", "", "", ""]]))
    assert indexes(draft) == ["1", "2"]


def test_several_reserve_numbers_may_stand_in_one_row(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, FIRST, ["01-02 – 01-05", "Резерв", "", "", ""], ["01-06, 01-07", "Резерв", "", "", ""]]))
    assert indexes(draft) == ["01-01", "01-02 – 01-05", "01-06, 01-07"]
    assert codes(draft) == {"reserve_range"}


def test_an_index_alone_keeps_a_number_free(read: Read, write: Callable[[Grid], bytes]) -> None:
    draft = read(write([FORM, FIRST, ["01-02", "", "", "", ""], ["01-03", "", "", "", ""]]))
    assert [row.is_reserve for row in draft.rows] == [False, True, True]
    assert {each.code for each in check_rows(draft) if each.row} == {"reserve_unnamed"}


def test_a_table_without_indexes_is_read_and_stopped(read: Read, write: Callable[[Grid], bytes]) -> None:
    rows = [["1. Руководство", "", ""], ["Устав", "Постоянно", ""], ["Планы", "5 лет", "Переходящее"]]
    draft = read(write([["Заголовок дела", "Срок хранения", "Примечание"], *rows]))
    assert [(row.section, row.index, row.title, row.term) for row in draft.rows] == [
        ("1", "", "Устав", "Постоянно"),
        ("1", "", "Планы", "5 лет"),
    ]
    assert [each.code for each in check_rows(draft) if each.row] == ["missing_index"] * 2
