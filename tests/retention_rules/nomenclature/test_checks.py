"""What is wrong between and within the rows of a nomenclature, and how indexes are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.nomenclature import (
    DraftRow,
    Finding,
    IndexKey,
    NomenclatureDraft,
    Section,
    Severity,
    check_rows,
    index_key,
    plain_index,
    says_reserve,
    section_key,
    usual_depth,
)


def row(index: str, title: str = "Дело", term: str = "5 лет", **more: str) -> DraftRow:
    return DraftRow(place=f"строка {index}", index=index, title=title, term=term, **more)  # type: ignore[arg-type]


def draft(*rows: DraftRow, sections: tuple[Section, ...] = (), findings: tuple[Finding, ...] = ()) -> NomenclatureDraft:
    return NomenclatureDraft(
        year=2025, organisation="Школа", sections=sections, rows=rows, ignored=(), findings=findings
    )


def found(made: NomenclatureDraft) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.row) for finding in check_rows(made)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("01-12", ((1, ""), (12, ""))),
        ("1–12", ((1, ""), (12, ""))),
        (" 01 — 12. ", ((1, ""), (12, ""))),
        ("01.12", ((1, ""), (12, ""))),
        ("01/12", ((1, ""), (12, ""))),
        ("01 / 12", ((1, ""), (12, ""))),
        ("01-02-15", ((1, ""), (2, ""), (15, ""))),
        ("12", ((12, ""),)),
        ("12а", ((12, "а"),)),
        ("К-05", ((0, "к"), (5, ""))),
        ("00", ((0, ""),)),
        ("", None),
        ("-", None),
        ("К", None),
        ("5 лет", None),
        ("02. Кадры", None),
        ("01 - ОК", None),
        ("01-12-" * 20, None),
        ("11" + "-1" * 19, ((11, ""), *[(1, "")] * 19)),
        ("111" + "-1" * 19, None),
        ("Руководство", None),
        ("01--12", None),
    ],
)
def test_an_index_is_compared_by_its_parts(text: str, key: IndexKey | None) -> None:
    assert index_key(text) == key


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("01", ((1, ""),)),
        ("IV", ((4, ""),)),
        ("II", ((2, ""),)),
        ("ХІ", ((11, ""),)),
        ("С", ((100, ""),)),
        ("CLXVI", ((166, ""),)),
        ("01-02", ((1, ""), (2, ""))),
        ("", None),
    ],
)
def test_roman_sections_are_the_numbers_they_are(code: str, key: IndexKey | None) -> None:
    assert section_key(code) == key


@given(st.lists(st.integers(0, 999), min_size=1, max_size=3), st.sampled_from(["-", "–", " - ", "—", "\xa0-"]))
def test_every_way_to_write_an_index_is_the_same_index(parts: list[int], dash: str) -> None:
    written = dash.join(f"{part:02}" for part in parts)
    assert index_key(written) == tuple((part, "") for part in parts)
    assert plain_index(plain_index(written)) == plain_index(written)


@given(st.text())
def test_any_text_has_a_key_or_none(text: str) -> None:
    key = index_key(text)
    assert key is None or key == index_key(plain_index(text))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("01-01"), row("01-02")], []),
        ([row("01-01"), row("1-1")], [("duplicate_index", 2)]),
        ([row("")], [("missing_index", 1)]),
        ([row("", "Резерв", "")], [("missing_index", 1)]),
        ([row("01", "")], [("missing_title", 1)]),
        ([row("01", "Дело", "")], [("missing_term", 1)]),
        ([row("01", "Дело", " — ")], [("missing_term", 1)]),
        ([row("01", "Резерв", "")], []),
        ([row("01", "", "")], [("reserve_unnamed", 1)]),
        ([row("01", "", "", note="Переходящее")], [("missing_title", 1), ("missing_term", 1)]),
        ([row("01", "", "", article="ст. 5")], [("missing_title", 1), ("missing_term", 1)]),
        ([row("01", "Резерв", "-")], []),
        ([row("01", "Резерв", "5 лет")], [("reserve_with_term", 1)]),
        ([row("01"), row("03")], [("gap_in_indexes", 2)]),
        ([row("01"), row("", "Резерв", ""), row("03")], [("missing_index", 2), ("gap_in_indexes", 3)]),
        ([row("02"), row("01")], [("index_out_of_order", 2)]),
        ([row("01-05"), row("01-02")], [("index_out_of_order", 2)]),
        ([row("01-05"), row("02-01"), row("01-06")], []),
        ([row("без номера"), row("без номера")], []),
        ([row("без номера"), row("01"), row("1")], [("duplicate_index", 3)]),
        ([], [("no_rows", None)]),
    ],
)
def test_rows_are_checked_against_each_other(rows: list[DraftRow], expected: list[tuple[str, int | None]]) -> None:
    assert found(draft(*rows)) == expected


@pytest.mark.parametrize(
    ("code", "index", "belongs"),
    [
        ("01", "01-01", True), ("I", "01-01", True), ("1", "01-01", True), ("02", "01-01", False),
        ("01-02", "01-02-03", True), ("01-02", "01-03-03", False), ("02", "01", True), (None, "01-01", True),
        ("архив", "01-01", True), ("02", "", True),
    ],
)  # fmt: skip
def test_an_index_begins_with_the_code_of_its_section(code: str | None, index: str, belongs: bool) -> None:  # noqa: FBT001
    section = Section(code=code, title="Раздел")
    made = draft(row(index, section=section.name or ""), sections=(section,))
    assert (("index_outside_section", 1) not in found(made)) == belongs


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([row("")], Severity.ERROR),
        ([row("", "Резерв", "")], Severity.WARNING),
        ([row("01", "")], Severity.ERROR),
        ([row("01", "Дело", "")], Severity.WARNING),
        ([row("01", "", "")], Severity.NOTE),
        ([row("01", "Резерв", "5 лет")], Severity.WARNING),
        ([row("01"), row("1")], Severity.ERROR),
        ([row("01"), row("03")], Severity.NOTE),
        ([row("02"), row("01")], Severity.NOTE),
        ([], Severity.ERROR),
    ],
)
def test_only_what_makes_a_row_useless_stops_an_import(rows: list[DraftRow], severity: Severity) -> None:
    assert [finding.severity for finding in check_rows(draft(*rows))] == [severity]


def test_a_row_that_names_no_section_does_not_hide_the_next() -> None:
    made = draft(row("01", section="02"), row("01-01", section="02"), sections=(Section(code="02", title="Кадры"),))
    (finding,) = check_rows(made)
    assert (finding.code, finding.row) == ("index_outside_section", 2)
    assert finding.facts == {"index": "01-01", "section": "02"}


def test_a_duplicate_names_the_place_of_the_first() -> None:
    rows = (row("01-01"), row("01-02"), row("1-2"), row("01-03"), row("1–2"))
    doubles = [finding for finding in check_rows(draft(*rows)) if finding.code == "duplicate_index"]
    assert [finding.place for finding in doubles] == ["строка 1-2", "строка 1–2"]
    assert [finding.facts["first"] for finding in doubles] == ["строка 01-02", "строка 01-02"]


def test_a_section_is_named_by_its_code_and_without_one_by_its_title() -> None:
    assert (Section(code="01", title="Кадры").name, Section(code=None, title="Кадры").name) == ("01", "Кадры")


def test_a_section_that_comes_twice_is_noted_once_for_each_return() -> None:
    sections = (Section(code="01", title="А"), Section(code=None, title="Б"), Section(code="01", title="А"))
    assert found(draft(row("01-01"), sections=sections)) == [("section_repeated", None)]


def test_year_and_organisation_are_missed_unless_that_was_said() -> None:
    bare = NomenclatureDraft(year=None, organisation=None, sections=(), rows=(row("01"),), ignored=())
    assert found(bare) == [("year_not_found", None), ("organisation_not_found", None)]
    said = tuple(
        Finding(code=code, severity=Severity.WARNING) for code in ("year_contradictory", "organisation_contradictory")
    )
    told = NomenclatureDraft(year=None, organisation=None, sections=(), rows=(row("01"),), ignored=(), findings=said)
    assert found(told) == []


def test_an_index_that_could_not_be_read_is_not_called_missing_again() -> None:
    lost = Finding(code="index_was_date", severity=Severity.ERROR)
    assert found(draft(DraftRow(place="1", title="Дело", term="5 лет", findings=(lost,)))) == []


@pytest.mark.parametrize(
    ("title", "reserve"),
    [
        ("Резерв", True),
        ("РЕЗЕРВНЫЙ НОМЕР", True),
        ("Резервные номера 01-15 – 01-20", True),
        ("Резерв (для новых дел)", True),
        ("«Резерв»", True),
        ("Резервные копии", False),
        ("Резерв управленческих кадров", False),
        ("Списки резерва", False),
    ],
)
def test_only_reserve_numbers_are_reserve(title: str, reserve: bool) -> None:  # noqa: FBT001
    assert says_reserve(title) == reserve


@pytest.mark.parametrize(
    ("note", "footnotes", "whole"),
    [
        ("", {}, ""),
        ("Переходящее", {}, "Переходящее"),
        ("Переходящее", {"1": "После замены"}, "Переходящее\n(1) После замены"),
        ("(1) После замены", {"1": "После замены"}, "(1) После замены"),
        ("(1)", {"1": "После замены"}, "(1) После замены"),
        ("(1)", {}, ""),
        ("", {"1": "А", "*": "Б"}, "(1) А\n(*) Б"),
    ],
)
def test_note_and_footnotes_are_read_as_one_text(note: str, footnotes: dict[str, str], whole: str) -> None:
    assert DraftRow(place="1", note=note, footnotes=footnotes).footnote == whole


def test_most_indexes_say_how_deep_they_are() -> None:
    keys = [index_key(text) for text in ("01", "01-01", "01-02", "01-02-03")]
    assert usual_depth(key for key in keys if key) == 2
    assert usual_depth([]) == 1
    assert usual_depth([((1, ""),), ((1, ""), (1, ""))]) == 2
