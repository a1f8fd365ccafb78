"""Names of files as hostile senders give them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inspection.names import MAX_BYTES, clean_file_name

NAMES = [
    ("diploma.pdf", "diploma.pdf"),
    ("Диплом Ивановой.pdf", "Диплом Ивановой.pdf"),
    ("../../etc/passwd", "passwd"),
    ("C:\\Users\\x\\scan.jpg", "scan.jpg"),
    ("..", "document"),
    ("", "document"),
    ("   ", "document"),
    ("/", "document"),
    (".pdf", "document.pdf"),
    ("a\x00b.pdf", "ab.pdf"),
    ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
    ("diploma\u202efdp.exe", "diplomafdp.exe"),
    ("a\u200bb\ufeff.pdf", "ab.pdf"),
    ("CON", "_CON"),
    ("con.pdf", "_con.pdf"),
    ("LPT1.txt", "_LPT1.txt"),
    ("console.pdf", "console.pdf"),
    ("name.pdf. . .", "name.pdf"),
    ('a<b>:"|?*.pdf', "a_b______.pdf"),
    ("\u0418\u0306.pdf", "Й.pdf"),
    ("a\ud800b.pdf", "ab.pdf"),
]


@pytest.mark.parametrize(("raw", "clean"), NAMES)
def test_a_name_is_cleaned(raw: str, clean: str) -> None:
    assert clean_file_name(raw) == clean


def test_a_long_name_keeps_its_extension_and_fits_into_a_segment() -> None:
    clean = clean_file_name("Д" * 5_000 + ".pdf")
    assert len(clean.encode()) <= MAX_BYTES
    assert clean.endswith("Д.pdf")


@given(st.text(st.characters(), max_size=600))
def test_every_name_becomes_one_safe_segment_and_cleaning_is_final(raw: str) -> None:
    clean = clean_file_name(raw)
    assert 0 < len(clean.encode("utf-8")) <= MAX_BYTES
    assert not set(clean) & set('/\\<>:"|?*\x00')
    assert all(unicodedata.category(character) not in {"Cc", "Cf", "Cs"} for character in clean)
    assert clean not in {".", ".."}
    assert clean_file_name(clean) == clean
