"""What a cell looks like does not change what it says."""

import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retention.grammar import read
from retention.normalising import clean, plain
from retention.terms import Reading
from tests.retention_rules.terms.samples import UNDERSTOOD

LOOK_ALIKE = dict(zip("АВСЕНКМОРТХаеосрху", "ABCEHKMOPTXaeocpxy", strict=True))
SPACES = " \u00a0\u2009\u202f\t\n"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
QUOTES = ('""', "«»", "„“", "“”")


def folded(reading: Reading) -> str:
    """Everything that was understood, capitals and «ё» aside."""
    return plain(repr((reading.status, reading.rule, reading.partial)))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("5\u00a0лет\u2009ЭПК", "5 лет ЭПК"),
        ("5\r\n лет\tЭПК ", "5 лет ЭПК"),
        ("До лик-\nвидации", "До ликвидации"),
        ("ДО ЛИК-\r\n  ВИДАЦИИ", "ДО ЛИКВИДАЦИИ"),
        ("До лик\u00ad\nвидации", "До ликвидации"),
        ("До лик\u00adвида\u200bции", "До ликвидации"),
        ("5 лет -\nЭПК", "5 лет - ЭПК"),
        ("ЭПK", "ЭПК"),
        ("Пocтoянно", "Постоянно"),
        ("cт. 19 a", "ст. 19 а"),
        ("75 лет - B", "75 лет - В"),
        ("на CD и DVD", "на CD и DVD"),
        ("Moodle", "Moodle"),
        ("тестQa", "тестQa"),
        ("П0стоянн0", "Постоянно"),
        ("П0СТОЯНН0", "ПОСТОЯННО"),
        ("Д0 замены", "До замены"),
        ("аБВ0", "аБВО"),
        ("Б0Вг", "БОВг"),
        ("0тчислен", "отчислен"),
        ("5О лет", "50 лет"),
        ("5o/75 лет", "50/75 лет"),
        ("10лет", "10лет"),
        ("лет¹", "лет(1)"),
        ("лет ⁽¹²⁾", "лет (12)"),
        ("«В» „В“ ″В″", '"В" "В" "В"'),
        ("50⁄75", "50/75"),
        ("N 558", "№ 558"),
        ("No. 558", "№ 558"),
        ("отчислени\u0438\u0306", "отчислений"[:-1] + "й"),
    ],
)
def test_a_cell_is_cleaned(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_a_clean_text_is_its_own_clean_form(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=40))
@example("İ Ё ẞ")
def test_the_plain_layer_keeps_every_letter_at_its_place(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert plain("İ Ё ẞ") == "İ е ß"


@pytest.mark.parametrize(("term", "footnote"), UNDERSTOOD)
def test_spaces_dashes_quotes_capitals_and_look_alikes_change_nothing(term: str, footnote: str) -> None:
    chance = random.Random(f"{term}|{footnote}")  # noqa: S311  # repeatable noise, not a secret
    expected = folded(read(term, footnote))
    for disguise in (disguised_spaces, disguised_dashes, capitals, small_letters, disguised_letters, soft_hyphens):
        for _ in range(4):
            seen = [disguise(text, chance) for text in (term, footnote)]
            assert folded(read(*seen)) == expected, seen


def capitals(text: str, _: random.Random) -> str:
    return text.upper()


def small_letters(text: str, _: random.Random) -> str:
    return text.lower()


def disguised_spaces(text: str, chance: random.Random) -> str:
    return re.sub(r"(?<!-) ", lambda _: "".join(chance.choices(SPACES, k=chance.choice((1, 1, 2)))), text)


def disguised_dashes(text: str, chance: random.Random) -> str:
    text = re.sub("[-–—]", lambda _: chance.choice(DASHES), text)
    quotes = chance.choice(QUOTES)
    return re.sub("[«“]", quotes[0], re.sub("[»”]", quotes[1], text))


def disguised_letters(text: str, chance: random.Random) -> str:
    """Look-alikes inside words that keep a letter which only Cyrillic has."""

    def word(found: re.Match[str]) -> str:
        letters = [LOOK_ALIKE.get(letter, letter) if chance.random() < 0.5 else letter for letter in found[0]]
        mixed = "".join(letters)
        return mixed if re.search("[А-Яа-яЁё]", mixed) else found[0]

    return re.sub("[А-Яа-яЁё]{2,}", word, text)


def soft_hyphens(text: str, chance: random.Random) -> str:
    return re.sub(r"(?<=[а-яё])(?=[а-яё])", lambda _: "\u00ad" if chance.random() < 0.2 else "", text)
