"""Every text field of every paper, filled with what nobody expects there."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar

import pypdfium2
import pytest

from core.papers.paper import Paper
from core.papers.rendering import render_pdf
from tests.papers.invented import words
from tests.papers.more_invented import one_of_each

PAPERS = [pytest.param(paper, id=f"{paper.kind}-{at}") for at, paper in enumerate(one_of_each())]
KEPT = {"package_digest"}
FOOT = 7.0
"""Size of the foot's type in points; nothing else is so small, but the digest in it."""
LOWEST = {True: 45.0, False: 50.0}
"""Where the body ends, in points from the lower edge: landscape, portrait."""
Value = TypeVar("Value")
Box = tuple[float, float, float, float]
MARKUP = "#panic() *b* $x$ @r <l> `c` // /* = h"


def filled(value: Value, text: str) -> Value:
    """The value with every text in it replaced."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return text  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(filled(each, text) for each in value)  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: filled(getattr(value, field.name), text) for field in fields(value) if field.name not in KEPT
        }
        return replace(value, **changed)
    return value


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str) and not isinstance(value, Enum):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def off_page(pdf: bytes) -> list[tuple[int, str]]:
    """Characters that lie, in part, outside of their page, or reach from the body into the foot, with their page."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number, page in enumerate(document, start=1):
            width, height = page.get_size()
            text = page.get_textpage()
            for at in range(text.count_chars()):
                left, bottom, right, top = text.get_charbox(at)
                size = pypdfium2.raw.FPDFText_GetFontSize(text, at)
                lowest = LOWEST[width > height] if size > FOOT else 0
                if not (left >= 0 and right <= width and bottom >= lowest and top <= height):
                    found.append((number, text.get_text_range(at, 1)))
    finally:
        document.close()
    return found


@pytest.mark.parametrize("paper", PAPERS)
def test_markup_stands_everywhere_as_it_was_typed(paper: Paper) -> None:
    said = words(render_pdf(filled(paper, MARKUP)))
    assert said.count(MARKUP) >= len(list(texts(paper))) * 0.8
    assert "panic() b " not in said


def overlapping(pdf: bytes) -> list[tuple[int, str, str]]:
    """Pairs of neighbouring characters of which one lies, to a great part, on the other."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number, page in enumerate(document, start=1):
            text = page.get_textpage()
            near: dict[tuple[int, int], list[tuple[Box, str]]] = {}
            for at in range(text.count_chars()):
                box, character = text.get_charbox(at), text.get_text_range(at, 1)
                if character.strip() in {"", "\u200b"} or box[2] - box[0] < 1 or box[3] - box[1] < 1:
                    continue
                x, y = int((box[0] + box[2]) / 20), int((box[1] + box[3]) / 20)
                around = [each for i in (-1, 0, 1) for j in (-1, 0, 1) for each in near.get((x + i, y + j), [])]
                found += [(number, character, other) for its, other in around if shared(box, its) > 0.3]
                near.setdefault((x, y), []).append((box, character))
    finally:
        document.close()
    return found


def shared(one: Box, two: Box) -> float:
    """How much of the smaller box lies in the other."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, two))
    return width * height / smaller if width > 0 and height > 0 else 0.0


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    "text",
    ["Щ" * 150, "W" * 60, "Щука " * 40, "\u202e🙂\x00" * 10, "1234567890" * 6, "Достопримечательностями " * 5],
    ids=["word", "foreign word", "words", "unprintable", "figures", "long words"],
)
def test_nothing_leaves_its_place(paper: Paper, text: str) -> None:
    pdf = render_pdf(filled(paper, text))
    assert off_page(pdf) == []
    assert overlapping(pdf) == []


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_covers_anything_in_an_ordinary_paper(paper: Paper) -> None:
    pdf = render_pdf(paper)
    assert off_page(pdf) == []
    assert overlapping(pdf) == []


@pytest.mark.parametrize("paper", [each for each in PAPERS if each.id != "inventory-7"])  # that one shows no terms
def test_every_text_of_the_value_is_on_the_paper(paper: Paper) -> None:
    said = words(render_pdf(paper)).replace(" ", "")
    missing = [text for text in texts(paper) if text.replace("\u00a0", "").replace(" ", "") not in said]
    assert missing == []
