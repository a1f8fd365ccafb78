"""Every word of the lists that the grammar rests on, written down a second time."""

import re

import pytest

from retention.normalising import clean
from retention.numerals import IN_WORDS, NUMBER, value
from retention.remarks import smells_of_a_term
from retention.scanning import Scan, Text
from retention.writing import unit
from tests.retention_rules.terms.telling import told

NUMBERS = {
    1: "один одного одна одну",
    2: "два двух две",
    3: "три трех",
    4: "четыре четырех",
    5: "пять пяти",
    6: "шесть шести",
    7: "семь семи",
    8: "восемь восьми",
    9: "девять девяти",
    10: "десять десяти",
    11: "одиннадцать одиннадцати",
    12: "двенадцать двенадцати",
    13: "тринадцать тринадцати",
    14: "четырнадцать четырнадцати",
    15: "пятнадцать пятнадцати",
    16: "шестнадцать шестнадцати",
    17: "семнадцать семнадцати",
    18: "восемнадцать восемнадцати",
    19: "девятнадцать девятнадцати",
    20: "двадцать двадцати",
    30: "тридцать тридцати",
    40: "сорок сорока",
    50: "пятьдесят пятидесяти",
    60: "шестьдесят шестидесяти",
    70: "семьдесят семидесяти",
    80: "восемьдесят восьмидесяти",
    90: "девяносто девяноста",
    100: "сто ста",
}
COMPOUND = {21: "двадцать один", 45: "сорок пять", 75: "семьдесят пять", 99: "девяноста девяти"}
SUSPECT = """
аналогично более век века включая всегда выпуск выпуска выпуске г год года годах годов годом году годы далее дата даты
день дзн дмн дней дни дня до если затем иначе как кроме л лет либо лишь максимум менее меньше мес минимум минус навсегда
начиная нельзя но однако плюс позднее позже пока полтора после пост потом при ранее раньше свыше см смотри со спор спора
споре споров споры суд суда суде судом считая так также то тоже только цэк цэпк эк эпк
"""
SUSPECT_STEMS = """
аннулир бессрочн вечн возврат возвращ возраст востребов врем выбыв выбыл выбыт выдел действ долговрем досрочн ежегодн
заверша заверше зависим замен запрет запрещ изъят исключ исполнен истек истеч истребован каждо каждый квартал ликвид
максимальн месяц минимальн минов минуван момент надобн наступ невостребов недел необходимост оконч отбор отзыв отмен
отобра отчисл передает передан передать передача передаче передачи передаю переоцен пересмотр период погаш полгод
полугод последн постоян прекращ приостан провер продл прокур разреш расторж ревизи реорганиз решени сдает сдат сдач
сдаю следстви случа смерт снят сохран списан срок судебн термин увелич увол уничтож услови усмотрен хран экспертиз
эксплуатац
"""
ABBREVIATED = """
г гг л ст п пп ч т тт д др пр им ред см утв гос мун орг ликв минов мин надобн надоб прим экз каб руб тыс обл ул кв подп
абз разд
"""
LATIN_LOOK_ALIKES = {
    "c": "с", "cт": "ст", "co": "со", "o": "о", "a": "а", "e": "е", "p": "р", "x": "х", "y": "у",
    "CT": "СТ", "He": "Не", "OT": "ОТ", "B": "В", "K": "К", "M": "М", "H": "Н", "T": "Т",
}  # fmt: skip


@pytest.mark.parametrize(("number", "word"), [(number, word) for number in NUMBERS for word in NUMBERS[number].split()])
def test_a_number_in_words_is_that_number(number: int, word: str) -> None:
    assert re.fullmatch(NUMBER, word)
    assert value(word) == number
    assert told(f"{number} ({word}) лет") == f"years {number}"
    assert told(f"{number + 1} ({word}) лет").startswith("? ")


@pytest.mark.parametrize(("number", "words"), COMPOUND.items())
def test_tens_take_units_behind_them(number: int, words: str) -> None:
    assert re.fullmatch(IN_WORDS, words)
    assert value(words) == number


@pytest.mark.parametrize(
    ("word", "numbers"),
    [("год", (1, 21, 101)), ("года", (2, 3, 4, 22, 34)), ("лет", (5, 10, 11, 12, 14, 25, 75, 111, 114))],
)
def test_a_number_of_years_takes_its_word(word: str, numbers: tuple[int, ...]) -> None:
    assert {unit(number) for number in numbers} == {word}


@pytest.mark.parametrize("word", SUSPECT.split())
def test_a_remark_with_a_word_of_terms_is_in_doubt_and_not_with_that_word_inside_another(word: str) -> None:
    assert smells_of_a_term(f"ъъ {word} ъъ")
    assert not smells_of_a_term(f"ъъ{word} ъъ")


@pytest.mark.parametrize("stem", SUSPECT_STEMS.split())
def test_a_remark_with_a_stem_of_terms_is_in_doubt(stem: str) -> None:
    assert smells_of_a_term(f"ъъ {stem}ъъ")
    assert not smells_of_a_term(f"ъъ{stem}ъъ")


@pytest.mark.parametrize("word", ABBREVIATED.split())
def test_the_point_of_an_abbreviation_ends_no_sentence(word: str) -> None:
    text = f"ъъ {word}. ъъ. ъъ"
    assert Scan(Text(text)).clause_end() == len(f"ъъ {word}. ъъ")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("ъъ. ъъ", 2),
        ("ъъ.", 2),
        ("ъъ.ъ", 4),
        ("ъъ.ъъ", 5),
        ("ъъ; ъъ", 2),
        ("(ъъ; ъъ) ъъ; ъъ", 11),
        ("ъ (ъ (ъ; ъ) ъ", 7),
    ],
)
def test_a_clause_ends_with_a_semicolon_or_a_sentence_and_not_in_brackets(text: str, end: int) -> None:
    assert Scan(Text(text)).clause_end() == end


@pytest.mark.parametrize(("written", "meant"), LATIN_LOOK_ALIKES.items())
def test_a_short_word_in_latin_letters_is_meant_in_cyrillic(written: str, meant: str) -> None:
    assert clean(f"5 лет {written} 2020") == f"5 лет {meant} 2020"
