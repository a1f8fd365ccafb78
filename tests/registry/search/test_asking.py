"""What is understood of what people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.asking import understood
from core.search.spelling import alike, distance, misspelt, other_layout

# typed: terms as the database is asked for them, numbers
QUESTIONS: dict[str, tuple[list[str], list[str]]] = {
    "Образцова диплом": (["образцова", "диплом"], []),
    "Образцова ПП-I 000123": (["образцова", "пп", "i", "000123"], ["ппi000123", "i000123", "000123"]),
    "АВ 12-34": (["ав", "12", "34"], ["ав1234", "1234"]),
    "ИС-21": (["ис", "21"], ["ис21"]),
    '"диплом о переподготовке"': (["диплом <-> о <-> переподготовке"], []),
    "«учебный план» Вера": (["учебный <-> план", "вера"], []),
    '"незакрытая кавычка': (["незакрытая", "кавычка"], []),
    '"" « »': ([], []),
    "& | ! <-> :* \\ ' % _": ([], []),
    "5": (["5"], []),
    " ".join("слово" for _ in range(30)): (["слово"] * 10, []),
}


@pytest.mark.parametrize(("typed", "asked"), QUESTIONS.items())
def test_a_question_is_understood(typed: str, asked: tuple[list[str], list[str]]) -> None:
    question = understood(typed)
    assert ([term.query for term in question.terms], list(question.numbers)) == asked


def test_only_words_of_three_letters_and_more_are_looked_for_by_their_beginning() -> None:
    assert [term.beginning for term in understood('им Вер "Вера Ильинична"').terms] == ["", "", "вер:*"]


@given(st.text(max_size=300))
def test_whatever_is_typed_terms_are_words_and_bars_only(typed: str) -> None:
    question = understood(typed)
    assert len(question.terms) <= 10
    for term in question.terms:
        assert all(part.isalnum() or part in {"|", "<->"} for part in term.query.split(" "))


DISTANCES = [("вера", "вера", 0), ("вера", "вира", 1), ("вера", "вреа", 1), ("вера", "веера", 1), ("", "абв", 3)]


@pytest.mark.parametrize(("first", "second", "steps"), DISTANCES)
def test_the_distance_of_two_words_is_the_number_of_slips(first: str, second: str, steps: int) -> None:
    assert distance(first, second) == steps


_WORDS = st.text(alphabet="абвг", max_size=8)


@given(_WORDS, _WORDS)
def test_the_distance_is_the_same_both_ways_and_nought_for_the_same_word_only(first: str, second: str) -> None:
    assert distance(first, second) == distance(second, first)
    assert (distance(first, second) == 0) == (first == second)
    assert distance(first, second) <= max(len(first), len(second))


def test_the_nearest_words_come_alone_and_far_ones_never() -> None:
    assert alike("образцова", ["образцова", "обрасцова", "обрасцов", "пример"]) == ("обрасцова",)
    assert alike("вера", ["веер", "вира", "море"]) == ("вира",)
    assert alike("вера", []) == ()


def test_short_words_and_numbers_are_not_taken_for_misspelt() -> None:
    assert [misspelt(word) for word in ("вера", "им", "2025", "is21")] == [True, False, False, False]


def test_words_typed_in_the_other_keyboard_layout_are_read() -> None:
    assert other_layout("J,hfpwjdf Dthf") == "образцова вера"
    assert other_layout("Образцова, Вера") == ""
