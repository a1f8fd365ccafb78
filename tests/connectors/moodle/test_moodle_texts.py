"""Text, numbers and moments as Moodle writes them; what an operator may fill in."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.submissions import stable_address
from plugins.moodle.texts import day, identifier, line, moment, number, plain, whole


@pytest.mark.parametrize(
    ("text", "text_format", "expected"),
    [
        ("<p>Хорошо &amp; ясно</p>", 1, "Хорошо & ясно"),
        ("<p>Раз<br>два</p><ul><li>три</li></ul>", 1, "Раз\nдва\nтри"),
        ("<script>alert(1)</script>Отзыв", 1, "Отзыв"),
        ("0&ndash;5", 0, "0–5"),
        ("a &amp; b <c>", 2, "a &amp; b <c>"),
        ("**важно**", 4, "**важно**"),
        ("", 1, ""),
        (None, 1, ""),
        ("Отзыв", None, "Отзыв"),
    ],
)
def test_text_is_read_in_the_format_that_stands_beside_it(text: object, text_format: object, expected: str) -> None:
    assert plain(text, text_format) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "5"),
        (5.0, "5"),
        (4.5, "4.5"),
        ("7.00000", "7"),
        (100, "100"),
        (0, "0"),
        (66.66667, "66.66667"),
        (None, None),
        (True, None),
        ("-", None),
        ("nan", None),
    ],
)
def test_a_number_is_text_without_noughts_at_its_end(value: object, expected: str | None) -> None:
    assert number(value) == expected


def test_nought_and_null_mean_never() -> None:
    assert [moment(each) for each in (0, None, -1, "1", True, 10**30)] == [None] * 6
    assert moment(1_795_289_942) == datetime(2026, 11, 21, 19, 39, 2, tzinfo=UTC)
    assert day(1_795_289_942, ZoneInfo("Asia/Vladivostok")) == date(2026, 11, 22)


def test_ids_are_text_where_the_site_says_text() -> None:
    assert [identifier(each) for each in (3, "3", "", None, True, 1.5)] == ["3", "3", None, None, None, None]
    assert [whole(each) for each in (3, "3", "x", None)] == [3, 3, None, None]
    assert line(" Числа &amp; функции ") == "Числа & функции"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://school.example.org/moodle/", "https://school.example.org/moodle"),
        ("https://school.example.org/moodle/login/index.php", "https://school.example.org/moodle"),
        (" https://school.example.org ", "https://school.example.org"),
        ("http://127.0.0.1:8081/moodle", "http://127.0.0.1:8081/moodle"),
    ],
)
def test_an_address_is_kept_as_the_site_calls_itself(typed: str, kept: str) -> None:
    assert MoodleConfiguration.model_validate({"site_url": typed, "token": "t"}).site_url == kept


@pytest.mark.parametrize(
    "typed",
    ["school.example.org", "ftp://school.example.org", "https://", "https://a:b@c.example", "https://c.example/?a=1"],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        MoodleConfiguration.model_validate({"site_url": typed, "token": "t"})


@pytest.mark.parametrize(
    "said",
    [
        "https://m.example/x/webservice/pluginfile.php/1/a/b/2/%D1%80%20%23.txt?token=secret",
        "https://m.example/x/pluginfile.php/1/a/b/2/%D1%80%20%23.txt?forcedownload=1",
    ],
)
def test_the_address_of_a_file_is_kept_readable_without_a_token_and_through_the_web_service(said: str) -> None:
    assert stable_address(said) == "https://m.example/x/webservice/pluginfile.php/1/a/b/2/р #.txt"
