"""What only Word does: layout tables, automatic numbers, real footnotes, tracked changes, text boxes."""

from collections.abc import Callable

from core.nomenclature.reading.docx_numbering import numeral
from retention.nomenclature import NomenclatureDraft
from tests.nomenclature_files.accounting import codes, indexes, reasons
from tests.nomenclature_files.office import (
    Tbl,
    Tc,
    docx,
    footnotes_part,
    numbered,
    numbering_part,
    paragraph,
    run,
)

Read = Callable[[bytes], NomenclatureDraft]
FORM = ["Индекс дела", "Заголовок дела", "Кол-во дел", "Срок хранения и № статей", "Примечание"]
RAISED = '<w:vertAlign w:val="superscript"/>'


def term_cell(*runs: str) -> Tc:
    return Tc(xml=paragraph(xml="".join(runs)))


def one_row(term: Tc | str, *below: str, parts: dict[str, tuple[str, str]] | None = None) -> bytes:
    return docx(Tbl([FORM, ["01-01", "Лицензия", "", term, ""]]), *below, parts=parts)


def test_a_raised_digit_is_a_reference_and_no_part_of_the_word(read: Read) -> None:
    draft = read(one_row(term_cell(run("5 лет"), run("1", RAISED), run(" ЭПК")), "1) После замены новыми"))
    assert (draft.rows[0].term, dict(draft.rows[0].footnotes)) == ("5 лет (1) ЭПК", {"1": "После замены новыми"})


def test_a_raised_digit_within_brackets_keeps_one_pair(read: Read) -> None:
    draft = read(one_row(term_cell(run("5 лет "), run("(1)", RAISED)), "(1) После замены новыми"))
    assert draft.rows[0].term == "5 лет (1)"


def test_real_footnotes_are_read_with_their_cell(read: Read) -> None:
    reference = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r>'
    content = one_row(
        term_cell(run("5 лет"), reference), parts={"footnotes": footnotes_part({2: "После замены новыми"})}
    )
    (row,) = read(content).rows
    assert (row.term, dict(row.footnotes), row.footnote) == (
        "5 лет (1)",
        {"1": "После замены новыми"},
        "(1) После замены новыми",
    )


def test_a_footnote_may_have_a_mark_of_its_own(read: Read) -> None:
    reference = '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="2"/><w:t>*</w:t></w:r>'
    content = one_row(term_cell(run("5 лет"), reference), parts={"footnotes": footnotes_part({2: "После замены"})})
    (row,) = read(content).rows
    assert (row.term, dict(row.footnotes)) == ("5 лет*", {"*": "После замены"})


def test_footnotes_of_the_heading_are_accounted_for(read: Read) -> None:
    reference = '<w:r><w:footnoteReference w:id="5"/></w:r>'
    heading = paragraph(xml=run("НОМЕНКЛАТУРА ДЕЛ") + reference)
    table = Tbl([FORM, ["01-01", "Лицензия", "", "5 лет", ""]])
    draft = read(docx(heading, table, parts={"footnotes": footnotes_part({5: "Образец"})}))
    assert reasons(draft)["(1) Образец"] == "footnote"


def test_automatic_numbers_are_computed_and_said(read: Read) -> None:
    index = Tc(xml=paragraph(properties=numbered(1)))
    section = Tc(xml=paragraph("Руководство", properties=numbered(0)), span=5)
    rows: list[list[object]] = [
        [*FORM],
        [section],
        [index, "Устав", "", "Постоянно", ""],
        [index, "Планы", "", "5 лет", ""],
    ]
    parts = {"numbering": numbering_part(("decimalZero", "%1."), ("decimalZero", "%1-%2"))}
    draft = read(docx(Tbl(rows), parts=parts))
    assert indexes(draft) == ["01-01", "01-02"]
    assert [(section.code, section.title) for section in draft.sections] == [("01", "Руководство")]
    assert [[each.code for each in row.findings] for row in draft.rows] == [["auto_number"]] * 2


def test_lists_begin_where_they_are_told_to(read: Read) -> None:
    name, xml = numbering_part(("decimal", "01-%1"))
    later = xml.replace('<w:start w:val="1"/>', '<w:start w:val="5"/>')
    restarted = xml.replace(
        "</w:num>", '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
    )
    index = Tc(xml=paragraph(properties=numbered()))
    table = Tbl([[*FORM], [index, "Устав", "", "Постоянно", ""], [index, "Планы", "", "5 лет", ""]])
    assert indexes(read(docx(table, parts={"numbering": (name, later)}))) == ["01-5", "01-6"]
    assert indexes(read(docx(table, parts={"numbering": (name, restarted)}))) == ["01-7", "01-8"]


def test_lists_may_come_from_styles(read: Read) -> None:
    ns = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    styles = (
        f'<w:styles {ns}><w:style w:styleId="Base"><w:pPr>{numbered()}</w:pPr></w:style>'
        '<w:style w:styleId="Own"><w:basedOn w:val="Base"/></w:style><w:style w:styleId="Ref"><w:rPr>'
        f"{RAISED}</w:rPr></w:style></w:styles>"
    )
    index = Tc(xml=paragraph(properties='<w:pStyle w:val="Own"/>'))
    term = term_cell(run("5 лет"), run("1", '<w:rStyle w:val="Ref"/>'))
    table = Tbl([[*FORM], [index, "Лицензия", "", term, ""]])
    parts = {"numbering": numbering_part(("decimal", "01-0%1")), "styles": ("styles.xml", styles)}
    (row,) = read(docx(table, "(1) После замены", parts=parts)).rows
    assert (row.index, row.term) == ("01-01", "5 лет (1)")


def test_bullets_are_no_numbers(read: Read) -> None:
    title = Tc(xml=paragraph("Устав", properties=numbered(0)))
    parts = {"numbering": numbering_part(("bullet", "•"))}
    draft = read(docx(Tbl([FORM, ["01-01", title, "", "Постоянно", ""]]), parts=parts))
    assert draft.rows[0].title == "Устав"


def test_numerals_are_those_of_word() -> None:
    assert [numeral(4, kind) for kind in ("upperRoman", "lowerRoman", "decimalZero", "decimal", "ordinal")] == [
        "IV",
        "iv",
        "04",
        "4",
        "4",
    ]
    assert [numeral(3, kind) for kind in ("russianLower", "russianUpper", "upperLetter", "lowerLetter")] == [*"вВCc"]
    assert (numeral(27, "upperLetter"), numeral(0, "upperRoman")) == ("AA", "0")


def test_deleted_text_does_not_count_and_inserted_text_does(read: Read) -> None:
    deleted = '<w:del w:id="1" w:author="a"><w:r><w:delText>5 лет</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="2" w:author="a">{run("3 года")}</w:ins>'
    draft = read(one_row(term_cell(deleted, inserted)))
    assert draft.rows[0].term == "3 года"
    assert {"tracked_deletion", "tracked_insertion", "left_out_deleted_text"} == codes(draft)
    assert reasons(draft)["5 лет"] == "deleted_text"


def test_a_deleted_row_is_no_row(read: Read) -> None:
    rows = [FORM, ["01-01", "Устав", "", "Постоянно", ""], ["01-02", "Планы", "", "5 лет", ""]]
    draft = read(docx(Tbl(rows, deleted=frozenset({2}))))
    assert indexes(draft) == ["01-01"]
    assert reasons(draft)["01-02 | Планы | 5 лет"] == "deleted_text"


def test_hidden_text_is_left_out_and_said(read: Read) -> None:
    draft = read(one_row(term_cell(run("5 лет"), run(" не менее", "<w:vanish/>"))))
    assert draft.rows[0].term == "5 лет"
    assert codes(draft) == {"hidden_text", "left_out_hidden_text"}


def test_struck_text_is_said(read: Read) -> None:
    draft = read(one_row(term_cell(run("5 лет", "<w:strike/>"), run("3 года", '<w:strike w:val="0"/>'))))
    assert [each.code for each in draft.rows[0].findings] == ["struck_text"]


def test_cells_merged_downwards_belong_to_every_row(read: Read) -> None:
    rows: list[list[object]] = [
        [*FORM],
        ["01-01", "Планы", "", Tc("5 лет (1)", down="restart"), Tc("(1) После замены", down="restart")],
        ["01-02", "Отчёты", "", Tc(down="continue"), Tc(down="continue")],
    ]
    draft = read(docx(Tbl(rows)))
    assert [(row.term, dict(row.footnotes)) for row in draft.rows] == [("5 лет (1)", {"1": "После замены"})] * 2
    assert codes(draft) == {"merged_cell"}


def test_rows_that_are_cut_differently_are_read_by_their_order(read: Read) -> None:
    rows: list[list[object]] = [
        [*FORM],
        [Tc("01-01", span=2), "Планы", Tc("", span=3), "5 лет", Tc("Переходящее", span=2)],
    ]
    (row,) = read(docx(Tbl(rows))).rows
    assert (row.index, row.title, row.term, row.note) == ("01-01", "Планы", "5 лет", "Переходящее")


def test_a_table_within_a_cell_is_read_as_its_text(read: Read) -> None:
    inner = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>5 лет</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    draft = read(one_row(Tc(xml=f"{inner}<w:p/>")))
    assert (draft.rows[0].term, codes(draft)) == ("5 лет", {"nested_table"})


def test_a_text_box_belongs_to_the_heading(read: Read) -> None:
    box = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice><w:drawing><w:txbxContent>'
        f"{paragraph('УТВЕРЖДАЮ')}{paragraph('Директор')}</w:txbxContent></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><w:txbxContent>{paragraph('УТВЕРЖДАЮ')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    draft = read(docx(box, "НОМЕНКЛАТУРА ДЕЛ на 2025 год", Tbl([FORM, ["01-01", "Устав", "", "Постоянно", ""]])))
    assert [line.text for line in draft.ignored if line.reason == "text_box"] == ["УТВЕРЖДАЮ", "Директор"]


def test_content_controls_fields_and_links_hide_no_text(read: Read) -> None:
    term = (
        f"<w:sdt><w:sdtContent>{run('5 ')}</w:sdtContent></w:sdt><w:hyperlink>{run('лет')}</w:hyperlink>"
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText></w:r>'
        '<w:r><w:noBreakHyphen/><w:tab/><w:br/><w:br w:type="page"/><w:sym w:char="0033"/><w:sym w:char="F0B7"/></w:r>'
    )
    draft = read(one_row(Tc(xml=f"<w:sdt><w:sdtContent>{paragraph(xml=term)}</w:sdtContent></w:sdt>")))
    assert draft.rows[0].term == "5 лет- \n3�"


def test_page_headers_and_comments_are_accounted_for(read: Read) -> None:
    header = f'<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{paragraph("Колонтитул")}</w:hdr>'
    draft = read(one_row("5 лет", parts={"header": ("header1.xml", header)}))
    assert reasons(draft)["Колонтитул"] == "page_header"
