"""Every reason code has a file that yields it, and sound files are accepted."""

import base64
import gzip
import io
import random
import zipfile
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from core.inspection.policy import IntakePolicy
from core.inspection.verdicts import VERDICTS, Code, Verdict
from tests.inspection import samples
from tests.inspection.conftest import Examine

pytestmark = pytest.mark.asyncio(loop_scope="session")

File = tuple[str, Callable[[], bytes]]

JAVASCRIPT = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
LAUNCH = Dictionary(S=Name.Launch, F=String("cmd.exe"))


def _noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  the same bytes every time


def _page_box(points: float) -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.pages[0].MediaBox = Array([0, 0, points, 100])
        return samples.saved(document)


def _many_objects() -> bytes:
    bodies = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"}
    bodies[3] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"
    return samples.raw_pdf(bodies | dict.fromkeys(range(4, 300_010), b"0"))


def _user_password() -> bytes:
    return samples.pdf(encryption=pikepdf.Encryption(user="secret", owner="secret"))


def _empty_password() -> bytes:
    return samples.pdf(encryption=pikepdf.Encryption(user="", owner="owner"))


def _steep_archive() -> bytes:
    return samples.archive({"zeros.txt": bytes(5 << 20)})


def _huge_archive() -> bytes:
    target = io.BytesIO()
    block = _noise(1, 1 << 10) * (26 << 10)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
        for number in range(21):
            written.writestr(f"{number}.bin.txt", block)
    return target.getvalue()


def _damaged_member(content: bytes) -> bytes:
    """The same directory, other bytes in the middle of a member."""
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        info = read.getinfo("word/document.xml")
    at = info.header_offset + 30 + len(info.filename)
    return content[:at] + bytes(info.compress_size) + content[at + info.compress_size :]


def _presentation() -> bytes:
    presentation = samples.WORD.replace("wordprocessingml.document", "presentationml.presentation")
    return samples.office(f"{presentation}.main+xml")


def _truncated(content: bytes) -> bytes:
    return content[: len(content) * 6 // 10]


CASES: dict[str, list[File]] = {
    Code.EMPTY: [("a.pdf", lambda: b""), ("a.zip", lambda: samples.archive({}))],
    Code.TOO_BIG: [("a.txt", lambda: b"a" * ((50 << 20) + 1))],
    Code.UNKNOWN_TYPE: [
        ("a.pdf", lambda: _noise(2, 5_000)),
        ("a.bin.dat", lambda: bytes(range(256)) * 20),
    ],
    Code.TYPE_MISMATCH: [
        ("a.jpg", samples.pdf),
        ("a.pdf", lambda: samples.image("PNG")),
        ("a.docx", lambda: samples.archive({"a.txt": b"text"})),
        ("a.xlsx", samples.office),
        ("a.pdf", "просто текст".encode),
    ],
    Code.NOT_ALLOWED_HERE: [
        ("a.gif", lambda: samples.image("GIF")),
        ("a.avif", lambda: b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1" + bytes(100)),
        ("a.heic", lambda: b"\x00\x00\x00\x18ftypmsf1\x00\x00\x00\x00msf1hevc" + bytes(100)),
        ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)),
        ("a.mp4", lambda: b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(100)),
        ("a.rar", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100)),
        ("a.pptx", _presentation),
        ("a.rtf", lambda: b"{\\rtf1 text}"),
    ],
    Code.POLYGLOT: [
        ("a.pdf", lambda: b"junk\n" + samples.pdf()),
        ("a.pdf", lambda: samples.pdf() + samples.archive({"a.txt": b"x"})),
        ("a.jpg", lambda: samples.image() + samples.archive({"a.txt": b"x"})),
        ("a.png", lambda: samples.image("PNG") + samples.archive({"evil.exe": b"MZ"})),
        ("a.jpg", lambda: b"\xff\xd8\xff\xe0\x00\x20%PDF-1.4 inside a comment......" + samples.image()[20:]),
        ("a.zip", lambda: samples.archive({"a.txt": b"x"}) + b"x" * 40),
    ],
    Code.TRAILING_DATA: [("a.pdf", lambda: samples.pdf() + b"A" * 1_100)],
    Code.EXECUTABLE: [
        ("a.pdf", lambda: b"<!DOCTYPE html><html></html>"),
        ("a.pdf", lambda: b"\xef\xbb\xbf \n <ScRiPt>alert(1)</script>"),
        ("a.pdf", lambda: b"<!-- harmless -->\n<?xml version='1.0'?><svg onload='x()'/>"),
        ("a.jpg", lambda: b"MZ\x90\x00" + bytes(200)),
        ("a.docx", lambda: b"\x7fELF" + bytes(200)),
        ("a.txt", lambda: b"#!/bin/sh\nrm -rf /\n"),
        ("a.txt", lambda: b"@echo off\r\ndel *.*\r\n"),
        ("a.txt", lambda: b"<?php system($_GET[0]);"),
        ("a.txt", lambda: "<html>".encode("utf-16")),
        ("a.exe", samples.pdf),
        ("diploma\u202efdp.exe", samples.pdf),
        ("a.zip", lambda: samples.archive({"a.pdf": samples.pdf(), "run.bat": b"echo"})),
    ],
    Code.ZIP_ENTRIES: [("a.zip", lambda: samples.archive({f"{n}.txt": b"x" for n in range(1_001)}))],
    Code.ZIP_SIZE: [("a.zip", _huge_archive), ("a.zip", samples.lying_archive)],
    Code.ZIP_RATIO: [
        ("a.zip", _steep_archive),
        ("a.docx", lambda: samples.office(extra={"word/media.xml": bytes(5 << 20)})),
    ],
    Code.ZIP_OVERLAP: [("a.zip", samples.overlapping_archive)],
    Code.ZIP_PATH: [
        ("a.zip", lambda: samples.archive({"../../etc/passwd": b"x"})),
        ("a.zip", lambda: samples.archive({"/etc/passwd": b"x"})),
        ("a.zip", lambda: samples.archive({"C:evil.txt": b"x"})),
        ("a.zip", lambda: samples.archive({"aXb.txt": b"x"}).replace(b"aXb", b"a\\b")),
        ("a.zip", lambda: samples.archive({"aXb.txt": b"x"}).replace(b"aXb", b"a\x00b")),
    ],
    Code.ZIP_ENCRYPTED: [("a.zip", samples.encrypted_archive)],
    Code.ZIP_NESTED: [
        ("a.zip", lambda: samples.archive({"b.zip": samples.archive({"c.txt": b"x"})})),
        ("a.zip", lambda: samples.archive({"b.txt": samples.archive({"c.txt": b"x"})})),
        ("a.zip", lambda: samples.archive({"b.txt": gzip.compress(b"x")})),
        ("a.zip", lambda: samples.archive({"b.7z": b"7z"})),
    ],
    Code.PDF_BROKEN: [
        ("a.pdf", lambda: b"%PDF-1.7\n" + b"nothing of a PDF " * 50),
        ("a.pdf", lambda: _truncated(samples.pdf(3))),
        ("a.pdf", lambda: samples.pdf()[:40]),
        ("a.pdf", samples.cyclic_page_tree),
    ],
    Code.PDF_ENCRYPTED: [
        ("a.pdf", _user_password),
        ("a.pdf", _empty_password),
        ("a.pdf", samples.encrypted_for_certificates),
    ],
    Code.PDF_PAGES: [
        ("a.pdf", lambda: samples.pdf(501)),
        ("a.pdf", lambda: samples.flat_page_tree(100_000)),
        ("a.pdf", samples.nested_page_tree),
    ],
    Code.PDF_OBJECTS: [("a.pdf", _many_objects)],
    Code.PDF_PAGE_SIZE: [("a.pdf", lambda: _page_box(14_500)), ("a.pdf", lambda: _page_box(2_000_000))],
    Code.PDF_ACTIVE: [
        ("a.pdf", lambda: samples.pdf_with_root(OpenAction=JAVASCRIPT)),
        ("a.pdf", lambda: samples.pdf_with_root(OpenAction=LAUNCH)),
        ("a.pdf", lambda: samples.pdf_with_root(AcroForm=Dictionary(XFA=Array([String("x")]), Fields=Array([])))),
        ("a.pdf", lambda: samples.pdf_with_root(Names=Dictionary(JavaScript=Dictionary(Names=Array([]))))),
        ("a.pdf", lambda: samples.pdf_with_root(OpenAction=LAUNCH).replace(b"/Launch", b"/La#75nch")),
    ],
    Code.IMAGE_PIXELS: [
        ("a.png", lambda: samples.flat_png(13_312, 13_312)),
        ("a.png", lambda: samples.flat_png(50_000, 50_000)),
    ],
    Code.IMAGE_FRAMES: [("a.tiff", lambda: samples.tiff(201)), ("a.png", lambda: samples.animated_png(201))],
    Code.IMAGE_BROKEN: [
        ("a.jpg", lambda: _truncated(samples.image(size=(400, 400)))),
        ("a.png", lambda: samples.image("PNG", size=(300, 300))[:-30]),
        ("a.jpg", lambda: b"\xff\xd8\xff\xe0" + bytes(300)),
        ("a.heic", lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + bytes(100)),
        ("a.webp", lambda: b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(30)),
    ],
    Code.OFFICE_MACRO: [
        ("a.docx", lambda: samples.office(extra={"word/vbaProject.bin": b"x"})),
        ("a.docm", lambda: samples.office("application/vnd.ms-word.document.macroEnabled.main+xml")),
        ("a.docx", lambda: samples.office("application/vnd.ms-word.document.macro&#69;nabled.main+xml")),
        ("a.xlsx", lambda: samples.office(f"{samples.SHEET}.main+xml", {"xl/macrosheets/sheet1.xml": b"<a/>"})),
        ("a.docx", lambda: samples.office(extra={"word/activeX/activeX1.xml": b"<a/>"})),
    ],
    Code.OFFICE_EXTERNAL: [
        ("a.docx", lambda: samples.office(relationships=samples.external("attachedTemplate"))),
        ("a.docx", lambda: samples.office(relationships=samples.external("oleObject"))),
        ("a.docx", lambda: samples.office(relationships=samples.external("image"))),
    ],
    Code.OFFICE_EMBEDDED: [("a.docx", lambda: samples.office(extra={"word/embeddings/oleObject1.bin": b"x"}))],
    Code.OFFICE_ENCRYPTED: [("a.docx", samples.encrypted_office)],
    Code.UNSAFE_TO_PARSE: [
        ("a.pdf", samples.double_flate_bomb),
        ("a.pdf", samples.one_layer_bomb),
        ("a.zip", lambda: samples.archive({"a.txt": b"x" * 99})[:60]),
        ("a.docx", lambda: samples.office(prologue="<!DOCTYPE t [<!ENTITY a 'b'>]>")),
        ("a.docx", lambda: _damaged_member(samples.office())),
    ],
}
ELSEWHERE = {Code.UNREADABLE, Code.VIRUS, Code.SCANNER_DOWN, Code.NO_PREVIEW}
"""Codes that no content yields: they have tests of their own."""

TABLE = [
    pytest.param(code, name, make, id=f"{code}-{number}")
    for code, files in CASES.items()
    for number, (name, make) in enumerate(files)
]


@pytest.mark.parametrize(("code", "name", "make"), TABLE)
async def test_a_hostile_or_broken_file_gets_its_code_and_verdict(
    examine: Examine, code: str, name: str, make: Callable[[], bytes]
) -> None:
    report = await examine(make(), name)
    assert (report.code, report.verdict) == (code, VERDICTS[code]), report.findings


async def test_every_code_is_yielded_by_some_file() -> None:
    assert set(CASES) | ELSEWHERE == set(Code)


SOUND: list[tuple[str, Callable[[], bytes], int | None]] = [
    ("a.pdf", samples.pdf, 1),
    ("a.PDF", lambda: samples.pdf(500), 500),
    ("a.pdf", lambda: samples.pdf(2, linearize=True), 2),
    ("a.pdf", lambda: samples.pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate), 1),
    ("a.jpg", samples.image, 1),
    ("a.jpeg", lambda: samples.image(mode="L"), 1),
    ("a.png", lambda: samples.image("PNG", mode="RGBA"), 1),
    ("a.webp", lambda: samples.image("WEBP"), 1),
    ("a.tif", lambda: samples.tiff(3), 3),
    ("a.tif", lambda: samples.tiff(200), 200),
    ("a.png", lambda: samples.animated_png(3), 1),
    ("a.jpg", samples.photo_with_depth_map, 1),
    ("a.docx", samples.office, None),
    ("a.docx", lambda: samples.office(relationships=samples.external("hyperlink")), None),
    ("a.xlsx", lambda: samples.office(f"{samples.SHEET}.main+xml"), None),
    ("a.txt", "Приказ о выпуске".encode, None),
    ("a.txt", lambda: "Приказ о выпуске № 12, от 1 июня".encode("cp1251"), None),
    ("a.csv", "имя;дата\nТест;01.06.2026\n".encode, None),
    ("diploma.pdf.sig", samples.cms, None),
    ("diploma.pdf.sig", lambda: b"-----BEGIN CMS-----\nMIIB\n-----END CMS-----\n", None),
    ("diploma.pdf.sig", lambda: base64.encodebytes(samples.cms()), None),
    ("a.pdf", lambda: samples.pdf(text="text " * 20_000, compress_streams=True), 1),
    ("a.pdf", lambda: samples.pdf() + b"\n" * 1_000, 1),
    ("a.zip", lambda: samples.archive({"сканы/": b"", "сканы/1.pdf": samples.pdf(), "2.jpg": samples.image()}), None),
]


@pytest.mark.parametrize(("name", "make", "pages"), SOUND)
async def test_a_sound_file_is_accepted(
    examine: Examine, name: str, make: Callable[[], bytes], pages: int | None
) -> None:
    report = await examine(make(), name)
    assert (report.verdict, report.code, report.pages) == (Verdict.ACCEPTED, None, pages), report.findings


async def test_heic_is_accepted(examine: Examine) -> None:
    report = await examine(samples.heic(), "photo.heic")
    assert (report.verdict, report.media_type, report.facts["width"]) == (Verdict.ACCEPTED, "image/heic", 64)


WARNED: list[tuple[str, Callable[[], bytes], str]] = [
    ("scan", samples.pdf, "no_extension"),
    ("a.pdf", lambda: samples.pdf().replace(b"startxref\n", b"startxref\n9"), "pdf_repaired"),
    ("a.pdf", lambda: samples.pdf_with_root(AA=Dictionary(WC=Dictionary(S=Name.Named))), "pdf_interactive"),
    ("a.pdf", lambda: samples.pdf_with_root(OpenAction=Dictionary(S=Name.URI)), "pdf_interactive"),
]


@pytest.mark.parametrize(("name", "make", "code"), WARNED)
async def test_an_oddity_is_told_but_accepted(
    examine: Examine, name: str, make: Callable[[], bytes], code: str
) -> None:
    report = await examine(make(), name)
    assert report.verdict is Verdict.ACCEPTED
    assert code in {finding.code for finding in report.findings}


async def test_an_opening_destination_is_no_action(examine: Examine) -> None:
    report = await examine(samples.pdf_with_root(OpenAction=Dictionary(S=Name.GoTo, D=Array([0]))), "a.pdf")
    assert report.findings == ()


async def test_a_font_called_js_is_no_script(examine: Examine) -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        document.pages[0].Resources = Dictionary(Font=Dictionary(JS=font, AA=font))
        document.Root.Note = String("a string with /JavaScript and /Launch in it")
        report = await examine(samples.saved(document), "a.pdf")
    assert report.findings == ()


async def test_a_signed_pdf_is_flagged(examine: Examine) -> None:
    assert (await examine(samples.signed_pdf(), "a.pdf")).facts["signed"] is True
    assert (await examine(samples.pdf(), "a.pdf")).facts["signed"] is False


async def test_a_finding_in_an_archive_names_the_member(examine: Examine) -> None:
    report = await examine(samples.archive({"Папка/Скан.pdf": samples.pdf()[:40], "a.txt": b"text"}), "a.zip")
    assert (report.code, report.findings[0].facts["member"]) == (Code.PDF_BROKEN, "Скан.pdf")


async def test_names_of_old_archivers_are_read_as_cp866(examine: Examine) -> None:
    stored = samples.archive({"AAAA.pdf": samples.pdf()[:40]}).replace(b"AAAA", "Скан".encode("cp866"))
    assert (await examine(stored, "a.zip")).findings[0].facts["member"] == "Скан.pdf"


@pytest.mark.parametrize(
    ("declared", "verdict"),
    [
        ("application/pdf", Verdict.ACCEPTED),
        ("application/pdf; charset=binary", Verdict.ACCEPTED),
        ("application/octet-stream", Verdict.ACCEPTED),
        ("application/x-www-form-urlencoded", Verdict.ACCEPTED),
        (None, Verdict.ACCEPTED),
        ("image/png", Verdict.QUARANTINED),
    ],
)
async def test_a_declared_type_that_contradicts_the_content_quarantines(
    examine: Examine, declared: str | None, verdict: Verdict
) -> None:
    assert (await examine(samples.pdf(), "a.pdf", declared)).verdict is verdict


POLICIES: list[tuple[dict[str, Any], str, Callable[[], bytes], str | None]] = [
    ({"media_types": frozenset({"image/jpeg"})}, "a.pdf", samples.pdf, Code.NOT_ALLOWED_HERE),
    ({"media_types": frozenset({"application/pdf"})}, "a.docx", samples.encrypted_office, Code.NOT_ALLOWED_HERE),
    ({"max_bytes": 100}, "a.pdf", samples.pdf, Code.TOO_BIG),
    ({"max_pages": 2}, "a.pdf", lambda: samples.pdf(3), Code.PDF_PAGES),
    ({"media_types": frozenset({"video/mp4"})}, "a.mp4", lambda: b"\x00\x00\x00\x18ftypisom" + bytes(99), None),
]


@pytest.mark.parametrize(("rules", "name", "make", "code"), POLICIES)
async def test_a_kind_of_document_sets_its_own_rules(
    examine: Examine, rules: dict[str, Any], name: str, make: Callable[[], bytes], code: str | None
) -> None:
    assert (await examine(make(), name, policy=IntakePolicy(**rules))).code == code


async def test_an_institution_may_be_stricter_but_not_milder(examine: Examine) -> None:
    stricter = IntakePolicy(stricter={Code.PDF_ENCRYPTED: Verdict.REJECTED, Code.EMPTY: Verdict.ACCEPTED})
    assert (await examine(_user_password(), "a.pdf", policy=stricter)).verdict is Verdict.REJECTED
    assert (await examine(b"", "a.pdf", policy=stricter)).verdict is Verdict.REJECTED
