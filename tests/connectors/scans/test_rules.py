"""What names and folders say: tables of patterns and paths."""

import time
from datetime import date

import pytest
from pydantic import ValidationError

from plugins.scans.configuration import NameRule, ScansConfiguration
from plugins.scans.rules import Said, read_path

KINDS = {"диплом": "diploma", "справка": "other"}


def said(pattern: str, path: str, **fixed: str) -> Said | None:
    return read_path(path, [NameRule(pattern=pattern, **fixed).rule()], KINDS)


@pytest.mark.parametrize(
    ("pattern", "path", "number", "kind"),
    [
        ("{number}_{document_kind}.pdf", "А-17_диплом.pdf", "А-17", "diploma"),
        ("{number}_{document_kind}.pdf", "в папке/А-17_Диплом.PDF", "А-17", "diploma"),
        ("{number}_{document_kind}.pdf", "17_order.pdf", "17", "order"),
        ("{number}_{document_kind}.pdf", "17_a_b.pdf", "17", "a_b"),
        ("{number}_{document_kind}.pdf", "и\u0306_диплом.pdf", "й", "diploma"),
        ("{number}_{document_kind}.pdf", "1.pdf_диплом.pdf.pdf", "1.pdf", "диплом.pdf"),
        ("{number}/{document_kind}/*.pdf", "17/справка/scan 1.pdf", "17", "other"),
        ("{number}/{document_kind}/*", "год/17/справка/scan 1", "17", "other"),
        ("/{number}/*.pdf", "17/a.pdf", "17", ""),
        ("№{number} *.pdf", "№17 Примерова.pdf", "17", ""),
        ("{number}-*-{document_kind}.pdf", "17--диплом.pdf", "17", "diploma"),
    ],
)
def test_a_name_says_whose_it_is_and_what(pattern: str, path: str, number: str, kind: str) -> None:
    found = said(pattern, path)
    assert found is not None
    assert (found.number, found.document_kind) == (number, kind)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{number}_{document_kind}.pdf", "17.pdf"),
        ("{number}_{document_kind}.pdf", "_диплом.pdf"),
        ("{number}_{document_kind}.pdf", "17_диплом.pdf.exe"),
        ("{number}_{document_kind}.pdf", "17/_диплом.pdf"),
        ("/{number}/*.pdf", "2026/17/a.pdf"),
        ("{number}/*.pdf", "a.pdf"),
        ("{number}.pdf", "17xpdf"),
        ("{number}-*-{document_kind}.pdf", "17-диплом.pdf"),
    ],
)
def test_what_does_not_fit_says_nothing(pattern: str, path: str) -> None:
    assert said(pattern, path) is None


def test_the_other_parts_become_metadata() -> None:
    pattern = "{series}-{document_number}_{issued_on}_{title}.pdf"
    found = said(pattern, "АБ-001_28.06.2026_Диплом Примеровой.pdf", document_kind="diploma", title="Диплом")
    assert found == Said(
        document_kind="diploma",
        title="Диплом Примеровой",
        issued_on=date(2026, 6, 28),
        fields={"series": "АБ", "number": "001"},
    )
    odd = said("{number}_{issued_on}.pdf", "1_вчера.pdf")
    assert odd == Said(number="1", fields={"issued_on": "вчера"})


def test_the_first_rule_that_matches_counts() -> None:
    rules = [NameRule(pattern="{number}_п.pdf", document_kind="award"), NameRule(pattern="{number}.pdf")]
    each = [read_path(path, [rule.rule() for rule in rules], {}) for path in ("1_п.pdf", "1.pdf", "1.tif")]
    assert each == [Said(number="1", document_kind="award", fields={}), Said(number="1", fields={}), None]


_STRANGE = ("", "/", "{}", "{number.pdf", "a}", "a//b", "./a", "../{number}", "{surname}.pdf", "{Number}.pdf")
_TWO_WAYS = ("{number}{title}.pdf", "{number}*.pdf", "{number}_{number}.pdf")


@pytest.mark.parametrize("pattern", [*_STRANGE, *_TWO_WAYS])
def test_a_pattern_that_could_be_read_in_two_ways_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        NameRule(pattern=pattern)


def test_a_long_name_is_read_quickly() -> None:
    pattern = "{number}_{series}_{document_number}_{title}_{note}_*.pdf"
    path = "/".join(["_".join("a" * 127)] * 16)
    began = time.process_time()
    for _ in range(100):
        assert said(pattern, path) is None
    assert time.process_time() - began < 2


def test_a_connection_names_one_place() -> None:
    for wrong in ({"name": ""}, {"name": "a", "kind": "ftp"}, {"name": "a", "still_seconds": 0}, {"folder": "a"}):
        with pytest.raises(ValidationError):
            ScansConfiguration.model_validate(wrong)
