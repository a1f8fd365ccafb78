import pytest

from core.kernel.texts import Language, choose_language, is_translated, mark, translate, translate_plural

TITLE = mark("Nothing was found at this address")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "ru"),
        ("", "ru"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("EN;q=0.5, ru;q=0.4", "en"),
        ("de, fr;q=0.9", "ru"),
        ("de, en;q=0.1", "en"),
        ("en;q=0, ru;q=0.1", "ru"),
        ("en;q=x", "ru"),
        ("en;q=7", "ru"),
        ("*", "ru"),
        (",;,;q=,", "ru"),
        ("x" * 100_000, "ru"),
    ],
)
def test_the_header_chooses_the_language(header: str | None, language: Language) -> None:
    assert choose_language(header) == language


def test_the_installation_may_prefer_english() -> None:
    assert choose_language("de", "en") == "en"


def test_a_text_is_said_in_the_language_of_its_reader() -> None:
    assert translate(TITLE, "ru") == "По этому адресу ничего не найдено"
    assert translate(TITLE, "en") == TITLE
    assert translate("No such text", "ru") == "No such text"
    assert translate("", "ru") == ""


def test_values_fill_the_places_and_nothing_else() -> None:
    assert translate("{limit} of {limit}, {other}, {0}, {limit.__class__}", "en", limit=3) == (
        "3 of 3, {other}, {0}, {limit.__class__}"
    )


def test_numbers_choose_the_form() -> None:
    assert translate_plural("{number} file", "{number} files", 1, "en") == "1 file"
    assert translate_plural("{number} file", "{number} files", 2, "en") == "2 files"


def test_what_is_missing_is_known() -> None:
    assert is_translated(TITLE, "ru")
    assert is_translated("anything", "en")
    assert not is_translated("No such text", "ru")
