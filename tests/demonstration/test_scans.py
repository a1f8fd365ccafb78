"""The invented scans: readable by the libraries that inspect them, and the same for the same seed."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pylibmagic  # noqa: F401  # must come first: it tells magic where its library lies

import magic  # isort: skip
import pypdfium2
import pytest
from click.testing import CliRunner
from PIL import Image

from core.documents.kinds import document_kind, missing_fields
from demo.people import graduate
from demo.scans import (
    MAKERS,
    Scan,
    award_photo,
    diploma_scan,
    large_video,
    main,
    note_original,
    pdf_of_size,
    trade_certificate_scan,
)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_a_scan_is_what_it_says_it_is(maker: Callable[[int], Scan]) -> None:
    scan = maker(12)
    assert magic.from_buffer(scan.content, mime=True) == scan.media_type
    assert scan.facts["surname"] == graduate(12).surname
    kind = document_kind(str(scan.facts["kind"]))
    assert missing_fields(kind, scan.facts) == []
    if scan.media_type == "application/pdf":
        assert len(pypdfium2.PdfDocument(scan.content)) == scan.facts["pages"]
        with pikepdf.open(io.BytesIO(scan.content)) as pdf:
            assert not pdf.get_warnings()
            assert pdf.docinfo["/Title"]


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    assert diploma_scan(5).content == diploma_scan(5).content
    assert note_original(5).content == note_original(5).content != note_original(6).content


def test_a_born_digital_note_has_text_and_a_diploma_has_none() -> None:
    note = pypdfium2.PdfDocument(note_original(3).content)[0].get_textpage().get_text_range()
    assert graduate(3).dative.split()[0] in note
    diploma = pypdfium2.PdfDocument(diploma_scan(3).content)[1]
    assert diploma.get_textpage().get_text_range().strip() == ""


def test_a_photo_is_stored_sideways_by_odd_seeds_and_names_an_invented_device() -> None:
    upright, sideways = (Image.open(io.BytesIO(award_photo(seed).content)) for seed in (2, 3))
    assert (upright.getexif()[0x0112], sideways.getexif()[0x0112]) == (1, 6)
    assert upright.getexif()[0x010F] == "Primer"
    assert upright.width < upright.height
    assert sideways.width > sideways.height


def test_a_trade_certificate_is_a_bilevel_tiff_of_several_pages() -> None:
    with Image.open(io.BytesIO(trade_certificate_scan(4).content)) as picture:
        assert (picture.mode, getattr(picture, "n_frames", 1)) == ("1", 2)


@pytest.mark.parametrize("kib", [40, 300, 2048, 20_000])
def test_a_bulk_pdf_has_the_wanted_size_and_opens_cleanly(kib: int) -> None:
    content = pdf_of_size(kib, 9)
    assert abs(len(content) - kib * 1024) < 256 + kib * 1024 // 500
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert not pdf.get_warnings()
        pages = len(pdf.pages)
    document = pypdfium2.PdfDocument(content)
    assert len(document) == pages
    assert document[0].render(scale=0.3).to_pil().convert("L").getextrema()[0] < 200


def test_bulk_pdfs_of_other_seeds_differ_and_of_the_same_seed_do_not() -> None:
    assert len({pdf_of_size(300, seed) for seed in range(40)}) == 40
    assert pdf_of_size(300, 1) == pdf_of_size(300, 1)


def test_a_large_video_has_exactly_its_size_and_the_signature_of_mp4(tmp_path: Path) -> None:
    path = tmp_path / "lesson.mp4"
    large_video(path, 5_000_001, 1)
    assert path.stat().st_size == 5_000_001
    assert magic.from_file(str(path), mime=True) == "video/mp4"
    with pytest.raises(ValueError, match="at least"):
        large_video(path, 10, 1)


def test_the_command_writes_a_set_and_its_list(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, [str(tmp_path / "set"), "--count", "1", "--seed", "3"])
    assert result.exit_code == 0, result.output
    files = sorted(path.name for path in (tmp_path / "set").iterdir())
    assert files[0].startswith("001 Диплом")
    assert files[1:] == ["scans.jsonl"]
