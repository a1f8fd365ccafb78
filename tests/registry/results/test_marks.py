"""Marks are text; a number they are only by their scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.results.marks import UNREAD, ReadMark, read_mark
from core.results.presets import presets


@dataclass(frozen=True)
class OwnScale:
    numeric_marks: bool = False
    lowest: Decimal | None = None
    highest: Decimal | None = None
    known_values: Sequence[Mapping[str, Any]] = ()


FIVE = OwnScale(known_values=[{"value": "н/а", "number": None}, *({"value": str(n), "number": n} for n in range(2, 6))])
HUNDRED = OwnScale(numeric_marks=True, lowest=Decimal(0), highest=Decimal(100))
FREE = OwnScale(numeric_marks=True)


@pytest.mark.parametrize(
    ("scale", "value", "number"),
    [
        (FIVE, "5", "5"),
        (FIVE, "н/а", None),
        (HUNDRED, "0", "0"),
        (HUNDRED, "87,5", "87.5"),
        (HUNDRED, "87.5", "87.5"),
        (HUNDRED, "100", "100"),
        (FREE, "-3", "-3"),
    ],
)
def test_the_scale_says_what_a_mark_stands_for(scale: OwnScale, value: str, number: str | None) -> None:
    assert read_mark(scale, value) == ReadMark(known=True, number=None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("scale", "value"),
    [
        *((FIVE, value) for value in ("6", "5-", "5,0", "", "пять", " 5")),
        *((HUNDRED, value) for value in ("101", "-1", "1e1", "NaN", "٥", "1,2,3", "1_0", ",", "-", "+5", "5 %")),
        (None, "5"),
    ],
)
def test_what_it_does_not_say_is_no_number(scale: OwnScale | None, value: str) -> None:
    assert read_mark(scale, value) == UNREAD


@given(st.text())
def test_any_text_is_read_without_harm(value: str) -> None:
    read = read_mark(HUNDRED, value)
    assert read == UNREAD or (read.number is not None and 0 <= read.number <= 100)


@pytest.mark.parametrize("preset", presets().values(), ids=lambda preset: preset.key)
def test_a_proposal_names_each_kind_once_unless_it_is_an_alias(preset: Any) -> None:  # noqa: ANN401 - a preset
    names = [kind["name"] for kind in preset.kinds if "alias_of" not in kind]
    assert len(set(names)) == len(names)
    assert {kind["alias_of"] for kind in preset.kinds if "alias_of" in kind} <= set(names)
    assert all(scale.known_values or scale.numeric_marks for scale in preset.scales)
