"""Pictures for people and metadata for a clerk to confirm."""

import io
from pathlib import Path

import pikepdf
import pytest
import typst
from PIL import Image

from core.inspection.pipeline import InspectionService, Known
from core.inspection.previews import render_previews
from core.inspection.report import report_to_json
from core.inspection.verdicts import Code, Verdict
from core.kernel.sandbox import Sandbox
from core.sdk import Candidate
from plugins.pdf.labels import read_labels
from tests.inspection import samples
from tests.inspection.conftest import Examine

pytestmark = pytest.mark.asyncio(loop_scope="session")

DIPLOMA = """
ДИПЛОМ О ПРОФЕССИОНАЛЬНОЙ ПЕРЕПОДГОТОВКЕ
Серия ПП-I № 0012345
Регистрационный номер 417/26-Д
Дата выдачи 30 июня 2026 г.
Настоящий диплом свидетельствует о том, что Тестова Альфа Примеровна
с 01.09.2025 по 15.06.2026 прошла обучение в объёме 512 часов
"""


def candidate(folder: Path, content: bytes, media_type: str) -> Candidate:
    path = folder / "spooled"
    path.write_bytes(content)
    return Candidate(path=path, file_name="a", size=len(content), sha256="0" * 64, media_type=media_type)


RENDERED = [
    ("application/pdf", samples.pdf(3), [(1, 800), (2, 800)]),
    ("image/jpeg", samples.image(size=(3_000, 1_500)), [(1, 800)]),
    ("image/png", samples.image("PNG", size=(300, 100), mode="RGBA"), [(1, 300)]),
    ("image/png", samples.image("PNG", size=(300, 100), mode="I;16"), [(1, 300)]),
    ("image/tiff", samples.tiff(3), [(1, 8), (2, 8)]),
    ("image/webp", samples.image("WEBP"), [(1, 64)]),
    ("image/heic", samples.heic(), [(1, 64)]),
]


@pytest.mark.parametrize(("media_type", "content", "expected"), RENDERED)
async def test_pages_become_pictures_no_longer_than_asked_for(
    sandbox: Sandbox, tmp_path: Path, media_type: str, content: bytes, expected: list[tuple[int, int]]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    previews = await render_previews(sandbox, candidate(tmp_path, content, media_type), folder, pages=2, pixels=800)
    assert previews.finding is None
    assert [(page.number, max(page.width, page.height)) for page in previews.pages] == expected
    for page in previews.pages:
        with Image.open(page.path) as picture:
            assert (picture.format, picture.size) == ("JPEG", (page.width, page.height))


async def test_a_huge_page_becomes_a_small_picture(sandbox: Sandbox, tmp_path: Path) -> None:
    huge = samples.raw_pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 2000000 2000000] >>",
        }
    )
    previews = await render_previews(sandbox, candidate(tmp_path, huge, "application/pdf"), tmp_path, pixels=500)
    assert [max(page.width, page.height) for page in previews.pages] == [500]


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", b"%PDF-1.7 nothing"),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/png", samples.flat_png(13_312, 13_312)),
        ("text/plain", b"text"),
    ],
)
async def test_what_cannot_be_shown_is_told_and_refuses_nothing(
    sandbox: Sandbox, tmp_path: Path, media_type: str, content: bytes
) -> None:
    previews = await render_previews(sandbox, candidate(tmp_path, content, media_type), tmp_path)
    assert previews.pages == ()
    assert previews.finding is not None
    assert previews.finding.code == Code.NO_PREVIEW


async def test_a_bomb_kills_its_renderer_and_nothing_else(sandbox: Sandbox, tmp_path: Path) -> None:
    bomb = candidate(tmp_path, samples.double_flate_bomb(), "application/pdf")
    previews = await render_previews(sandbox, bomb, tmp_path)
    assert previews.finding is not None
    assert previews.pages == ()


async def test_a_born_digital_diploma_proposes_its_labelled_values(examine: Examine) -> None:
    source = '#set text(lang: "ru")\n' + DIPLOMA.strip().replace("\n", " \\\n")
    content = typst.compile(source.encode(), format="pdf")
    assert isinstance(content, bytes)
    report = await examine(content, "diploma.pdf")
    assert report.verdict is Verdict.ACCEPTED, report.findings
    proposed = {name: proposed.value for name, proposed in report.proposal.fields.items()}
    assert proposed == {
        "series": "ПП-I",
        "number": "0012345",
        "registration_number": "417/26-Д",
        "issued_on": "2026-06-30",
        "hours": "512",
    }
    assert report.proposal.text is not None
    assert "ПЕРЕПОДГОТОВКЕ" in report.proposal.text


LABELS = [
    (DIPLOMA, "issued_on", "2026-06-30"),
    ("выдан 05.06.2026", "issued_on", "2026-06-05"),
    ("Дата выдачи: «5» июня 2026", "issued_on", "2026-06-05"),
    ("Дата выдачи 31.02.2026", "issued_on", None),
    ("родилась 01.02.1990", "issued_on", None),
    ("регистрационный № 12", "registration_number", "12"),
    ("Регистрационный номер 12345", "number", None),
    ("объем программы: 72 академических часа", "hours", "72"),
    ("просто текст", "series", None),
]


@pytest.mark.parametrize(("text", "field", "value"), LABELS)
async def test_only_labelled_values_are_proposed(text: str, field: str, value: str | None) -> None:
    assert read_labels(text).get(field) == value


async def test_the_title_of_a_scan_is_proposed_unless_it_says_nothing(examine: Examine) -> None:
    assert (await examine(_titled("Приказ о выпуске"), "a.pdf")).proposal.fields["title"].value == "Приказ о выпуске"
    assert (await examine(_titled("Untitled"), "a.pdf")).proposal.fields == {}


def _titled(title: str) -> bytes:
    with pikepdf.open(io.BytesIO(samples.pdf())) as document:
        document.docinfo["/Title"] = title
        return samples.saved(document)


async def test_a_quarantined_file_proposes_nothing(examine: Examine) -> None:
    report = await examine(samples.pdf(text="text") + b"A" * 2_000, "a.pdf")
    assert report.verdict is Verdict.QUARANTINED
    assert report.proposal.fields == {}


async def test_a_file_that_is_gone_is_an_error_and_no_verdict(service: InspectionService, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await service.inspect(tmp_path / "gone.pdf", "gone.pdf")


async def test_a_report_travels_as_plain_values(service: InspectionService, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(samples.pdf(text="Hello"))
    told = report_to_json(await service.inspect(path, "../Диплом.pdf", known=Known(document_kind="diploma")))
    assert told["file_name"] == "Диплом.pdf"
    assert (told["verdict"], told["code"], told["pages"], told["size"]) == ("accepted", None, 1, path.stat().st_size)
    assert told["proposal"]["text"] == "Hello"
    assert {"digest", "type", "parse", "total"} <= set(told["ms"])
