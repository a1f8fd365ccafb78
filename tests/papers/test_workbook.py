"""The nomenclature as XLSX: what is written is what the importer reads."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.nomenclature.reading.reader import read_nomenclature
from core.nomenclature.reading.report import check
from core.papers.errors import PaperContradicts
from core.papers.nomenclature_form import (
    FinalCount,
    FormFootnote,
    NomenclatureForm,
    NomenclatureRow,
    NomenclatureSection,
    YearEndRecord,
    term_cell,
)
from core.papers.nomenclature_workbook import render_xlsx
from core.papers.paper import Organisation, Signature
from core.papers.rendering import render_pdf
from retention.explaining import explain
from retention.grammar import read
from retention.nomenclature import NomenclatureDraft
from tests.papers.invented import words
from tests.papers.more_invented import nomenclature_form

SAMPLES = Path(__file__).parents[1] / "nomenclature_files" / "samples"
TITLES = st.builds(
    lambda first, rest: " ".join([first, *rest]),
    st.sampled_from(
        ["Приказы", "Годовые отчёты", "Протоколы", "Итоговые ведомости", "Журнал регистрации", "Акты и протоколы"]
    ),
    st.lists(st.sampled_from(["о приёме", "директора", "(копии)", "за квартал", "«Школа № 1»", "и документы к ним"])),
)  # fmt: skip
TERMS = st.sampled_from(
    ["Постоянно", "5 лет ЭПК", "5 лет ЭПК, ст. 70", "3 года\nст. 19 а", "50/75 лет ЭПК, ст. 435",
     "1 год (1)", "5 лет (1) ЭПК, ст. 11 б", "До ликвидации организации", "10 лет (2)", "45 лет"]
)  # fmt: skip
ARTICLES = st.sampled_from(["", "ст. 70", "ст. 19 а, 20", "Порядок п. 5.3; решение ИП", "п. 8 Требований"])
NO_CASES = FinalCount(cases=0, carried_over=0, appraised=0)
YEAR_END = YearEndRecord(permanent=NO_CASES, over_ten_years=NO_CASES, up_to_ten_years=NO_CASES)
NOTES = st.sampled_from(["", "электронное дело", "переходящее с 2019 г.", "в бухгалтерии", "хранится у секретаря"])
ROWS = st.lists(
    st.tuples(TITLES, st.sampled_from(["", "1", "12", "2 тома"]), TERMS, NOTES) | st.just(("Резерв", "", "", "")),
    min_size=1,
    max_size=6,
).filter(lambda rows: any(row[2] for row in rows))
SECTION_TITLES = st.sampled_from(
    ["Руководство", "Годовая отчётность", "Кадры", "Учебная часть", "Бухгалтерия и экономика", "Январские сборы"]
)  # fmt: skip
FOOTNOTES = (FormFootnote(mark="1", text="После замены новыми"), FormFootnote(mark="2", text="После увольнения"))


def form_of(sections: Sequence[tuple[str, Sequence[tuple[str, str, str, str]]]]) -> NomenclatureForm:
    made = tuple(
        NomenclatureSection(
            code=f"{at:02}",
            title=title,
            rows=tuple(
                NomenclatureRow(index=f"{at:02}-{number:02}", title=name, quantity=quantity, term=term, note=note)
                for number, (name, quantity, term, note) in enumerate(rows, start=1)
            ),
        )
        for at, (title, rows) in enumerate(sections, start=1)
    )
    return replace(nomenclature_form(), sections=made, footnotes=FOOTNOTES)


def read_back(form: NomenclatureForm) -> NomenclatureDraft:
    return read_nomenclature(io.BytesIO(render_xlsx(form)))


def assert_same(draft: NomenclatureDraft, form: NomenclatureForm) -> None:
    assert (draft.year, draft.organisation) == (form.year, form.issuer.name)
    assert [(each.code, each.title) for each in draft.sections] == [(each.code, each.title) for each in form.sections]
    assert [
        (row.section, row.index, row.title, row.quantity, row.term, row.article, row.note) for row in draft.rows
    ] == [
        (section.code, row.index, row.title, row.quantity, row.term, row.article, row.note)
        for section in form.sections
        for row in section.rows
    ]
    marks = {each.mark: each.text for each in form.footnotes}
    for row in draft.rows:
        assert dict(row.footnotes) == {mark: text for mark, text in marks.items() if f"({mark})" in row.term}


@settings(max_examples=40)
@given(ROWS, st.lists(ARTICLES, min_size=6, max_size=6))
def test_articles_that_were_written_apart_stay_apart(
    rows: list[tuple[str, str, str, str]], articles: list[str]
) -> None:
    form = form_of([("Кадры", rows)])
    written = tuple(
        replace(row, article=article if row.term else "")
        for row, article in zip(form.sections[0].rows, articles, strict=False)
    )
    form = replace(form, sections=(replace(form.sections[0], rows=written),))
    assert_same(read_back(form), form)


def test_the_official_form_comes_back_as_it_was() -> None:
    form = nomenclature_form()
    draft = read_back(form)
    assert_same(draft, form)
    assert check(draft).findings == ()


@settings(max_examples=60)
@given(st.lists(st.tuples(SECTION_TITLES, ROWS), min_size=1, max_size=4))
def test_any_nomenclature_comes_back_as_it_was(
    sections: list[tuple[str, list[tuple[str, str, str, str]]]],
) -> None:
    form = form_of(sections)
    assert_same(read_back(form), form)


@pytest.mark.parametrize(
    "changed",
    [
        {"year_end": None},
        {"year_end": YEAR_END},
        {"approval": None, "signed_by": None, "agreements": (), "archive_visa": None},
        {"place": "", "number": ""},
        {"footnotes": ()},
        {"signed_by": Signature(post="Секретарь учебной части", name="С. С. Сочинская")},
    ],
)
def test_what_stands_around_the_table_changes_no_row(changed: dict[str, object]) -> None:
    form = replace(nomenclature_form(), **changed)  # type: ignore[arg-type]
    draft = read_back(form)
    assert [(row.index, row.title, row.term) for row in draft.rows] == [
        (row.index, row.title, row.term) for section in form.sections for row in section.rows
    ]
    assert (draft.year, draft.organisation) == (2026, form.issuer.name)


@pytest.mark.parametrize(
    ("term", "article"),
    [("5 лет ЭПК", "ст. 70"), ("3 года", "ст. 19 а"), ("Постоянно (1)", "ст. 28")],
)
def test_an_article_in_the_cell_of_the_term_means_the_same(term: str, article: str) -> None:
    cell = term_cell(term, article)
    footnote = "(1) В других организациях – до ликвидации организации" if "(1)" in term else ""
    assert explain(read(cell, footnote)) == explain(read(term, footnote, article=article))
    assert explain(read(cell, footnote))["status"] == "understood"


@pytest.mark.parametrize(
    ("term", "article", "cell"),
    [
        ("5 лет", "ст. 70", "5 лет\nст. 70"),
        ("5 лет, ст. 70", "ст. 70", "5 лет, ст. 70"),
        ("5 лет, ст. 70", "ст. 7", "5 лет, ст. 70\nст. 7"),
        ("5 лет, ст. 19 а", "ст. 19", "5 лет, ст. 19 а\nст. 19"),
        ("5 лет, ст. 170", "70", "5 лет, ст. 170\n70"),
        ("5 лет", "", "5 лет"),
        ("", "ст. 70", "ст. 70"),
    ],
)
def test_an_article_is_repeated_rather_than_lost(term: str, article: str, cell: str) -> None:
    assert term_cell(term, article) == cell


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_nomenclature_of_an_institution_comes_back_as_it_was(sample: str) -> None:
    draft = read_nomenclature(SAMPLES / sample)
    assert len(draft.rows) > 5
    sections = ((None, "", ""), *((each.name, each.code or "", each.title or "") for each in draft.sections))
    form = replace(
        nomenclature_form(),
        year=draft.year or 2026,
        issuer=Organisation(name=draft.organisation or ""),
        sections=tuple(
            NomenclatureSection(
                code=code,
                title=title,
                rows=tuple(
                    NomenclatureRow(
                        index=row.index,
                        title=row.title,
                        quantity=row.quantity,
                        term=row.term,
                        article=row.article,
                        note=row.note,
                    )
                    for row in draft.rows
                    if row.section == name
                ),
            )
            for name, code, title in sections
        ),
        footnotes=tuple(
            FormFootnote(mark=mark, text=text)
            for mark, text in sorted({pair for row in draft.rows for pair in row.footnotes.items()})
        ),
    )
    again = read_back(form)
    assert [(row.section, row.index, row.title, row.quantity, row.note) for row in again.rows] == [
        (row.section, row.index, row.title, row.quantity, row.note) for row in draft.rows
    ]
    assert [explain(read(row.term, row.footnote, article=row.article)) for row in again.rows] == [
        explain(read(row.term, row.footnote, article=row.article)) for row in draft.rows
    ]


def test_indexes_and_formulas_stay_texts() -> None:
    rows = (("=1+1", "+7", "@SUM(A1)", "http://example.invalid/"), ("Резерв", "", "", ""))
    content = render_xlsx(form_of([("Кадры", rows)]))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert not [name for name in archive.namelist() if "external" in name.lower() or "vba" in name.lower()]
    row = read_nomenclature(io.BytesIO(content)).rows[0]
    assert (row.index, row.title, row.quantity) == ("01-01", "=1+1", "+7")


def test_the_same_form_gives_the_same_workbook() -> None:
    assert render_xlsx(nomenclature_form()) == render_xlsx(nomenclature_form())


def test_the_workbook_says_what_it_was_made_from() -> None:
    with zipfile.ZipFile(io.BytesIO(render_xlsx(nomenclature_form()))) as archive:
        said = archive.read("docProps/core.xml").decode()
    assert nomenclature_form().digest in said
    assert "2026-03-16T09:30:00Z" in said


def test_characters_that_xml_cannot_hold_are_named() -> None:
    row = ("Приказы\x00 директора\ud800", "", "5 лет", "")
    assert read_back(form_of([("Кадры", [row])])).rows[0].title == "Приказы‹U+0000› директора‹U+D800›"


def test_a_text_longer_than_a_cell_is_refused_and_not_cut() -> None:
    with pytest.raises(PaperContradicts) as refused:
        render_xlsx(form_of([("Кадры", [("А" * 32_768, "", "5 лет", "")])]))
    assert refused.value.facts["limit"] == 32_767


def test_paper_and_workbook_say_the_same() -> None:
    form = nomenclature_form()
    said = words(render_pdf(form))
    for section in form.sections:
        assert section.heading in said
        for row in section.rows:
            assert row.index in said
            assert row.term in said
    assert "на 2026 год" in said
    assert "Итоговая запись о категориях и количестве дел, заведённых в 2026 году" in said
    assert "Итого 13 1 4" in said
    assert "(2) После замены новыми" in said
