"""Numbers in words: a table of what people get wrong, and an independent reading back of any number."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.numerals import (
    CASE,
    DOCUMENT,
    ENTRY,
    LARGEST,
    SHEET,
    STORAGE_UNIT,
    Gender,
    Noun,
    counted,
    in_words,
    long_date,
    plain_decimal,
    short_date,
    years_phrase,
)

COUNTED = [
    (0, CASE, "0 (ноль) дел"),
    (1, CASE, "1 (одно) дело"),
    (2, CASE, "2 (два) дела"),
    (4, CASE, "4 (четыре) дела"),
    (5, CASE, "5 (пять) дел"),
    (10, CASE, "10 (десять) дел"),
    (11, CASE, "11 (одиннадцать) дел"),
    (12, CASE, "12 (двенадцать) дел"),
    (14, SHEET, "14 (четырнадцать) листов"),
    (19, CASE, "19 (девятнадцать) дел"),
    (20, CASE, "20 (двадцать) дел"),
    (21, CASE, "21 (двадцать одно) дело"),
    (21, DOCUMENT, "21 (двадцать один) документ"),
    (21, ENTRY, "21 (двадцать одна) запись"),
    (22, STORAGE_UNIT, "22 (двадцать две) единицы хранения"),
    (40, CASE, "40 (сорок) дел"),
    (90, CASE, "90 (девяносто) дел"),
    (100, CASE, "100 (сто) дел"),
    (101, CASE, "101 (сто одно) дело"),
    (111, SHEET, "111 (сто одиннадцать) листов"),
    (200, CASE, "200 (двести) дел"),
    (1000, CASE, "1000 (одна тысяча) дел"),
    (1001, CASE, "1001 (одна тысяча одно) дело"),
    (2012, SHEET, "2012 (две тысячи двенадцать) листов"),
    (5000, CASE, "5000 (пять тысяч) дел"),
    (11_000, CASE, "11000 (одиннадцать тысяч) дел"),
    (21_000, CASE, "21000 (двадцать одна тысяча) дел"),
    (102_122, ENTRY, "102122 (сто две тысячи сто двадцать две) записи"),
    (1_000_000, CASE, "1000000 (один миллион) дел"),
    (2_000_003, CASE, "2000003 (два миллиона три) дела"),
    (999_999_999, SHEET, (
        "999999999 (девятьсот девяносто девять миллионов девятьсот девяносто девять тысяч девятьсот девяносто девять) "
        "листов"
    )),
    (10**9, CASE, "1000000000 (один миллиард) дел"),
]  # fmt: skip

# Read back by other means than they were written: the value of each word, and of each order.
VALUES = {
    "ноль": 0, "один": 1, "одна": 1, "одно": 1, "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6,
    "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13,
    "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19,
    "двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80,
    "девяносто": 90, "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600,
    "семьсот": 700, "восемьсот": 800, "девятьсот": 900,
}  # fmt: skip
ORDERS = {"тысяч": 10**3, "миллион": 10**6, "миллиард": 10**9}


def read_back(words: str) -> int:
    total = group = 0
    for word in words.split():
        order = next((value for stem, value in ORDERS.items() if word.startswith(stem)), None)
        if order is None or word in VALUES:
            group += VALUES[word]
        else:
            total, group = total + group * order, 0
    return total + group


@pytest.mark.parametrize(("number", "noun", "said"), COUNTED)
def test_a_number_agrees_with_its_noun_in_gender_and_form(number: int, noun: Noun, said: str) -> None:
    assert counted(number, noun) == said


@given(st.integers(0, 10**9), st.sampled_from(Gender))
def test_words_say_the_number(number: int, gender: Gender) -> None:
    assert read_back(in_words(number, gender)) == number


@given(st.integers(0, 10**9))
def test_gender_changes_nothing_but_one_and_two(number: int) -> None:
    said = [in_words(number, gender).split() for gender in Gender]
    assert said[0][:-1] == said[1][:-1] == said[2][:-1]
    if number % 10 not in (1, 2) or number % 100 in (11, 12):
        assert said[0] == said[1] == said[2]


@given(st.integers(0, 10**9))
def test_only_the_last_two_digits_choose_the_form_of_the_noun(number: int) -> None:
    assert CASE.after(number) == CASE.after(number % 100)
    assert (CASE.after(number) == CASE.one) is (number % 10 == 1 and number % 100 != 11)


@pytest.mark.parametrize("number", [-1, LARGEST + 1])
def test_what_has_no_words_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="is needed"):
        in_words(number, Gender.NEUTER)


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ([], ""),
        ([2015], "за 2015 год"),
        ([2018, 2015, 2016, 2017, 2015], "за 2015–2018 годы"),
        ([2010, 2015, 2016], "за 2010, 2015–2016 годы"),
        ([2010, 2012], "за 2010, 2012 годы"),
    ],
)
def test_years_are_said_as_runs(years: list[int], said: str) -> None:
    assert years_phrase(years) == said


@given(st.sets(st.integers(1900, 2100), min_size=1))
def test_no_year_is_lost_or_added(years: set[int]) -> None:
    said = years_phrase(years).removeprefix("за ").split(" ")[:-1]
    runs = [run.strip(",").split("–") for run in said]
    assert {year for run in runs for year in range(int(run[0]), int(run[-1]) + 1)} == years


def test_dates_and_weights_are_written_as_papers_do() -> None:
    assert short_date(date(2026, 3, 5)) == "05.03.2026"
    assert long_date(date(2026, 12, 31)).replace("\u00a0", " ") == "31 декабря 2026 г."
    assert plain_decimal(Decimal("12.50")) == "12,50"
    assert plain_decimal(Decimal("1E+2")) == "100"
