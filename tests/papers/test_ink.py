"""Whatever people type: every character is printed or named, nothing is run, nothing leaves the page."""

import re
import unicodedata

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.disposal_act import ActSection
from core.papers.ink import _PRINTED, Narrow, can_be_printed, inked, inked_sheet
from core.papers.rendering import render_pdf
from tests.papers.invented import act_line, disposal_act, words

MARKUP = '#panic("x") *b* _i_ $x$ @ref <lab> `raw` \\ // c /* d */ = h - l + e [x] #{1+1} ~ -- --- ... "q" \'q\''


def set_title(title: str) -> bytes:
    section = ActSection(title="", lines=(act_line(title),))
    return render_pdf(disposal_act(sections=(section,), destruction=None))


def in_every_field(text: str) -> bytes:
    line = act_line(text, index=text, note=text, term=text, dates=text, inventories=text)
    sections = (ActSection(title=text, lines=(line,)),)
    return render_pdf(
        disposal_act(sections=sections, destruction=None, basis=text, fonds_name=text, number=text, place=text)
    )


def test_every_character_that_is_promised_has_a_glyph() -> None:
    promised = [chr(code) for first, last in _PRINTED for code in range(first, last + 1)]
    shown = "".join(
        f"е{each} " if unicodedata.combining(each) else f"{each} " for each in promised if not each.isspace()
    )
    # PDF/A refuses a character without a glyph, so that it was set is the proof; the text says that none is missing.
    text = words(in_every_field(shown))
    lost = [each for each in promised if not each.isspace() and each not in "\u00ad\u200b" and each not in text]
    assert [each for each in lost if unicodedata.normalize("NFC", f"е{each}") not in text and each != "-"] == []


@given(st.text())
def test_nothing_is_left_that_cannot_be_printed(text: str) -> None:
    assert all(each == "\n" or can_be_printed(each) for each in inked(text))


@given(st.text(max_size=60))
def test_nothing_that_is_no_white_space_vanishes(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    said = inked(text)
    for each in composed:
        assert each.isspace() or each == "\u200b" or each in said or f"‹U+{ord(each):04X}›" in said


@given(st.text(alphabet="ЩWAя1-–.«_", max_size=300), st.sampled_from([5.0, 12.0]))
def test_no_run_is_wider_than_a_column_can_hold(text: str, room: float) -> None:
    runs = [run for part in inked(text, room=room).split("\u200b") for run in re.split("[-–]", part)]
    assert all(1.2 * len(re.findall("[ЩW]", run)) + 0.5 * len(re.findall("[A1]", run)) <= room + 0.01 for run in runs)


@pytest.mark.parametrize(
    "word",
    ["Номенклатура", "делопроизводственный", "(номенклатур),", "«Годовые", "достопримечательность", "12.01.2015–28.12",
     "01-02-15", "ЭПК", "обучающихся"],
)  # fmt: skip
def test_an_ordinary_word_gets_nothing_invisible(word: str) -> None:
    assert inked(word, room=Narrow.room) == word


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("\u202eтекст", "‹U+202E›текст"),
        ("до\x00после", "до‹U+0000›после"),
        ("🙂", "‹U+1F642›"),
        ("\ud800", "‹U+D800›"),
        ("и\u0306", "й"),
        ("а\t \u2003б", "а б"),
        ("стро\r\nка", "стро\nка"),
        ("5\u202f000", "5\u00a0000"),
        ("акт № 5", "акт №\u00a05"),
        ("\u0301", "‹U+0301›"),
        ("е" + "\u0323\u0324\u0325", "е\u0323\u0324‹U+0325›"),
    ],
)
def test_a_character_that_cannot_be_printed_is_named(typed: str, said: str) -> None:
    assert inked(typed).replace("\u200b", "") == said


def test_a_sheet_is_inked_however_deep() -> None:
    sheet = {"a": ["\x00", {"b": Narrow("1" * 20)}], "c": 5, "d": None, "e": True}
    assert inked_sheet(sheet) == {
        "a": ["\u200b‹U+0000›\u200b", {"b": "111111111\u200b111111111\u200b11"}],
        "c": 5,
        "d": None,
        "e": True,
    }


def test_markup_is_printed_and_not_run() -> None:
    text = words(in_every_field(MARKUP))
    assert text.count(MARKUP) >= 4


@pytest.mark.parametrize(
    "text",
    ["А" * 5000, "слово " * 830, "1234567890" * 500, "\u202e" * 99, "е" + "\u0301" * 99, "🙂" * 500, "-" * 5000],
)
def test_no_text_is_too_long_to_be_set_whole(text: str) -> None:
    pdf = set_title(text)
    said = words(pdf).replace(" ", "")
    wanted = inked(text).replace("\u200b", "").replace("\n", "").replace(" ", "")
    assert wanted[:40] in said
    for each in ("А", "1", "о", "-"):
        if text.count(each) > 500:
            assert said.count(each) >= text.count(each)


def test_nothing_runs_over_the_edge_of_the_page() -> None:
    document = pypdfium2.PdfDocument(in_every_field("Щ" * 3000))
    try:
        for page in document:
            width, height = page.get_size()
            for at in range((text := page.get_textpage()).count_chars()):
                left, bottom, right, top = text.get_charbox(at)
                assert left >= 0
                assert right <= width
                assert bottom >= 0
                assert top <= height
    finally:
        document.close()


def test_one_digest_stands_on_every_page_whatever_was_typed() -> None:
    act = disposal_act(number="№" * 5000, fonds_name="\ud800")
    assert act.digest in words(render_pdf(act))
