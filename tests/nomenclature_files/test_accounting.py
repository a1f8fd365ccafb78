"""No word of a file is lost: what is no row and no section is ignored with a reason, and said."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from core.nomenclature.reading.reader import read_nomenclature
from core.nomenclature.reading.report import check, report_to_json
from tests.nomenclature_files.accounting import accounted
from tests.nomenclature_files.office import Sheet, Tbl, docx, xlsx

Grid = list[list[str]]
HEADER = ["Индекс дела", "Заголовок дела", "Кол-во дел", "Срок хранения и № статей", "Примечание"]
WIDE_HEADER = ["№ п/п", "Индекс дела", "Заголовок дела", "Кол-во дел", "Срок хранения", "Статья", "Примечание"]
TITLES = ["Устав школы", "Приказы директора", "Планы (копии)", "Отчёты и справки", "1С: ведомости", "Акты, письма"]
TERMS = ["Постоянно", "5 лет", "5 лет ЭПК", "ДМН", "3 года", "50/75 лет ЭПК", "До замены новыми", "5 лет (1)"]
NOTES = ["", "", "Переходящее", "На электронном носителе", "том 1, том 2"]
SECTIONS = ["Руководство", "Канцелярия", "Учебная часть", "Отдел кадров", "Бухгалтерия"]
ARTICLES = ["ст. 19 а", "ст. 28", "решение ЭК", "ст. 434, ст. 19"]


@dataclass
class Expected:
    """A nomenclature that was made up, and the rows that must come out of it."""

    grid: Grid
    rows: list[tuple[str | None, str, str, str]]


def as_csv(grid: Grid) -> bytes:
    target = io.StringIO()
    csv.writer(target, delimiter=";", quoting=csv.QUOTE_ALL).writerows(grid)
    return target.getvalue().encode()


WRITERS: list[Callable[[Grid], bytes]] = [lambda grid: xlsx(Sheet(grid)), lambda grid: docx(Tbl(grid)), as_csv]


@st.composite
def nomenclatures(draw: st.DrawFn) -> Expected:  # noqa: C901  one file after the other, no deeper
    wide = draw(st.booleans())
    header = WIDE_HEADER if wide else HEADER
    dash = draw(st.sampled_from(["-", " - ", "–"]))
    numbered = draw(st.booleans())
    grid: Grid = []
    rows: list[tuple[str | None, str, str, str]] = []

    def line(*cells: str) -> None:
        grid.append([*cells, *[""] * (len(header) - len(cells))])

    if draw(st.booleans()):
        line("МБОУ «Школа № 5»", "", "", "УТВЕРЖДАЮ")
        line("НОМЕНКЛАТУРА ДЕЛ", "", "", "Директор ______ И.И. Иванова")
        line("на 2025 год")
    grid.append(list(header))
    if numbered:
        line(*map(str, range(1, len(header) + 1)))
    style = draw(st.sampled_from(["{code}. {title}", "Раздел {code}. {title}", "{title}", "pair"]))
    for number in range(1, draw(st.integers(1, 4)) + 1):
        code, title = f"{number:02}", draw(st.sampled_from(SECTIONS))
        line(code, title) if style == "pair" and not wide else line(
            style.replace("pair", "{code}. {title}").format(code=code, title=title)
        )
        section = title if style == "{title}" else code
        for running in range(1, draw(st.integers(1, 5)) + 1):
            what, term, note = draw(st.sampled_from(TITLES)), draw(st.sampled_from(TERMS)), draw(st.sampled_from(NOTES))
            index = f"{code}{dash}{running:02}"
            if wide:
                line(str(running), index, what, "", term, draw(st.sampled_from(ARTICLES)), note)
            else:
                line(index, what, "", term, note)
            rows.append((section, f"{code}-{running:02}", what, term))
            if draw(st.integers(0, 5)) == 0:
                grid.append(list(header))
                if numbered:
                    line(*map(str, range(1, len(header) + 1)))
        if draw(st.booleans()):
            index = f"{code}-99"
            line("", index, "Резерв") if wide else line(index, "Резерв")
            rows.append((section, index, "Резерв", ""))
    if any("(1)" in term for _, _, _, term in rows):
        line(draw(st.sampled_from(["(1) После замены новыми", "1) После замены новыми", "¹ После замены новыми"])))
    if draw(st.booleans()):
        line("Секретарь", "", "____________", "А.А. Петрова")
        line("Итоговая запись о категориях и количестве дел")
        line("Постоянного", "3")
    return Expected(grid, rows)


def cells_of(grid: Grid) -> Counter[str]:
    return Counter(cell.strip() for row in grid for cell in row if cell.strip())


@settings(max_examples=60)
@given(expected=nomenclatures(), write=st.sampled_from(WRITERS))
def test_the_rows_that_were_written_are_read(expected: Expected, write: Callable[[Grid], bytes]) -> None:
    draft = read_nomenclature(io.BytesIO(write(expected.grid)))
    assert [(row.section, row.index, row.title, row.term) for row in draft.rows] == expected.rows
    assert accounted(draft) == cells_of(expected.grid)
    assert not check(draft).stops_import
    assert all(row.footnotes == {"1": "После замены новыми"} for row in draft.rows if "(1)" in row.term)


WORDS = st.sampled_from(
    [
        *HEADER, *TITLES, *TERMS, *SECTIONS, *ARTICLES, "", "", "", "01-01", "01-02", "02 - 03", "1", "2", "3", "4",
        "01. Руководство", "Раздел II. Кадры", "Резерв", "(1) После замены", "* До востребования", "1) Акты", "Итого",
        "01", "5", "Всего: 5",
        "Итоговая запись о количестве дел", "СОГЛАСОВАНО", "______", "И.И. Иванова", "НОМЕНКЛАТУРА ДЕЛ", "на 2025 год",
        "УТВЕРЖДАЮ", "МБОУ «Школа № 5»", "отчёты)", "Документы (", "лет ЭПК", "Продолжение таблицы", "№ п/п",
        "01.12.2025",
        "01.дек", "index", "title", "-", "«»", "Сноски:", "5 лет\n(1)", "\xa0", "A" * 300,
    ]
)  # fmt: skip


@settings(max_examples=250)
@given(grid=st.lists(st.lists(WORDS, min_size=1, max_size=7), max_size=14), write=st.sampled_from(WRITERS))
def test_no_word_of_any_table_is_lost(grid: Grid, write: Callable[[Grid], bytes]) -> None:
    content = write(grid)
    if not content.strip():
        return
    draft = read_nomenclature(io.BytesIO(content))
    assert accounted(draft) == cells_of(grid)
    shown = report_to_json(check(draft))
    assert len(shown["rows"]) == len(draft.rows)
    assert all(line["reason"] and line["text"] for line in shown["ignored"])
    assert {finding.row for finding in check(draft).findings} <= {None, *range(1, len(draft.rows) + 1)}


@settings(max_examples=80)
@given(
    lines=st.lists(
        st.one_of(WORDS, st.lists(st.lists(WORDS, min_size=5, max_size=5), min_size=1, max_size=4)), max_size=12
    )
)
def test_no_word_of_any_document_is_lost(lines: list[str | Grid]) -> None:
    texts = [line for line in lines if isinstance(line, str)]
    tables = [line for line in lines if not isinstance(line, str)]
    draft = read_nomenclature(io.BytesIO(docx(*(line if isinstance(line, str) else Tbl(line) for line in lines))))
    expected = cells_of([texts])
    for table in tables:
        expected += cells_of(table)
    assert accounted(draft) == expected
