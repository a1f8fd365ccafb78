"""The export from the event log as CSV: five fields, for spreadsheets, and nothing they would run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.event_log_export import FIELDS, render_csv
from tests.papers.more_invented import event_log_entry, event_log_export


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_it_is_what_russian_spreadsheets_open() -> None:
    content = render_csv(event_log_export())
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3
    read = rows(content)
    assert tuple(read[0]) == FIELDS
    assert read[1][0] == "Вымышленный Иван Небывалович"
    assert read[1][4] == "14.03.2026"
    assert {len(row) for row in read} == {5}


@pytest.mark.parametrize(
    "typed", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1", "=HYPERLINK(1)"]
)
def test_a_formula_is_disarmed(typed: str) -> None:
    assert rows(render_csv(event_log_export(event_log_entry(typed))))[1][0] == f"'{typed}"


@given(st.text())
def test_any_text_comes_back_with_at_most_an_apostrophe(text: str) -> None:
    read = rows(render_csv(event_log_export(event_log_entry(text))))
    plain = "".join("\ufffd" if each == "\0" or "\ud800" <= each <= "\udfff" else each for each in text)
    assert read[1][0] in (plain, f"'{plain}")
    assert not read[1][0].strip().startswith(("=", "+", "-", "@"))
    assert len(read) == 2


def test_the_same_export_gives_the_same_bytes() -> None:
    assert render_csv(event_log_export()) == render_csv(event_log_export())
