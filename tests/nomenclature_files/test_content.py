"""Lines on their way out of the child process, which is never believed."""

from typing import Any

import pytest

from core.nomenclature.reading.content import Cell, FileContent, Line, Remark, content_from_wire, content_to_wire
from core.nomenclature.reading.errors import BrokenNomenclatureFile, NomenclatureFileTooLarge
from core.nomenclature.reading.raised import raised_mark
from core.nomenclature.reading.reader import _unpacked

ODD = Cell(
    column=3, text="5 лет", span=2, down=True, bold=True, remarks=("a",), footnotes=(("1", "б"),), readings=("01-12",)
)
PLAIN = Cell(column=0, text="01-01")


def test_lines_come_out_as_they_went_in() -> None:
    lines = (
        Line(place="a", cells=(PLAIN, ODD), table=1, hidden=True),
        Line(place="b", cells=(PLAIN,), source="comment"),
    )
    content = FileContent(lines=lines, remarks=(Remark(code="c", place="d", text="e"),))
    assert content_from_wire(content_to_wire(content)) == content


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"lines": None, "remarks": []},
        {"lines": [["a"]], "remarks": []},
        {"lines": [["a", [[0, "b"]], 1, "body", False]], "remarks": []},
        {"lines": [["a", [["x", "b", 1, 0, 0]], 1, "body", False]], "remarks": []},
        {"lines": [], "remarks": [["a"]]},
    ],
)
def test_anything_else_is_a_broken_file(message: dict[str, Any]) -> None:
    with pytest.raises(BrokenNomenclatureFile):
        content_from_wire(message)


def test_the_child_cannot_hand_out_more_than_the_limits() -> None:
    line = ["a", [[0, "x" * 1_000_000, 1, 0, 0]], None, "body", False]
    with pytest.raises(NomenclatureFileTooLarge):
        content_from_wire({"lines": [line] * 7, "remarks": []})


@pytest.mark.parametrize("text", ["", "не base64", "AAAA", "eJyLjgUAARUAuQ=="])
def test_an_answer_that_is_no_answer_is_a_broken_file(text: str) -> None:
    with pytest.raises(BrokenNomenclatureFile):
        _unpacked(text, "a")


@pytest.mark.parametrize(
    ("piece", "before", "shown"),
    [
        ("1", "5 лет", " (1)"),
        ("1)", "5 лет", " (1)"),
        ("(1)", "5 лет ", "(1)"),
        ("1, 2", "5 лет", " (1) (2)"),
        ("1 ", "5 лет", " (1) "),
        ("*", "ДМН", " (*)"),
        ("1", "", "(1)"),
        ("2", "100 м", "²"),
        ("3", "5 дм", "³"),
        ("й", "5", "й"),
        (" ", "5", " "),
    ],
)
def test_raised_characters_become_marks(piece: str, before: str, shown: str) -> None:
    assert raised_mark(piece, before) == shown
