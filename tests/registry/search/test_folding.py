"""One spelling for what people take for the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.folding import fold_number, fold_text

TEXTS = {
    "Образцова Вера": "образцова вера",
    "СЕМЁНОВ Пётр": "семенов петр",
    "ё и \u0435\u0308": "е и е",
    "Римский-Корсаков": "римский корсаков",
    "Д'Артаньянов О’Нилова": "дартаньянов онилова",
    "Обра\u0301зцова": "образцова",
    "пере\u00adнос": "перенос",
    "AB АВ": "ав ав",
    "Coвa": "сова",
    "группа 5A": "группа 5а",
    "Moodle": "moodle",
    "№ 12": "12",
    "«Диплом», стр. 3!": "диплом стр 3",
    "ﬁnal": "final",
    " \t\n": "",
    "_а_": "а",
}
NUMBERS = {
    "AB 123456": "ав123456",
    "АВ-123456": "ав123456",
    "№ 000 123": "000123",
    "12/34-к": "1234к",
    "ПП-I 000123": "ппi000123",
    "ё1": "е1",
    "—": "",
}


@pytest.mark.parametrize(("written", "folded"), TEXTS.items())
def test_words_are_folded(written: str, folded: str) -> None:
    assert fold_text(written) == folded


@pytest.mark.parametrize(("written", "folded"), NUMBERS.items())
def test_numbers_are_folded(written: str, folded: str) -> None:
    assert fold_number(written) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more_and_leaves_no_sign(text: str) -> None:
    folded = fold_text(text)
    assert fold_text(folded) == folded
    assert re.fullmatch(r"(?:[^\W_]+(?: [^\W_]+)*)?", folded)


@given(st.text())
def test_a_folded_number_is_letters_and_digits_only(text: str) -> None:
    assert fold_number(fold_number(text)) == fold_number(text)
    assert not re.search(r"[\W_%\\]", fold_number(text))


@given(st.text(alphabet="авсенкмортхуАВСЕНКМОРТХУ0123456789 -/", min_size=1))
def test_a_number_typed_in_latin_letters_is_the_same_number(written: str) -> None:
    latin = written.translate(str.maketrans("авсенкмортхуАВСЕНКМОРТХУ", "abcehkmoptxyABCEHKMOPTXY"))
    assert fold_number(latin) == fold_number(written)
