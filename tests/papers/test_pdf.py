"""Every paper is produced as PDF/A-2b, says where it comes from, and is the same for the same value."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pikepdf
import pytest

from core.papers.canonical import canonical_json
from core.papers.errors import PaperContradicts, PaperNotSet
from core.papers.paper import Paper
from core.papers.rendering import render_pdf
from tests.papers.invented import MADE, disposal_act, opened, pages, words
from tests.papers.more_invented import nomenclature_form, one_of_each

ACTIVE = {"/JavaScript", "/JS", "/Launch", "/SubmitForm", "/URI", "/GoToR", "/EmbeddedFile", "/RichMedia", "/Movie"}
PAPERS = [pytest.param(paper, id=f"{paper.kind}-{at}") for at, paper in enumerate(one_of_each())]


def objects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            yield each


@pytest.mark.parametrize("paper", PAPERS)
def test_it_claims_pdf_a_2b_and_names_title_and_language(paper: Paper) -> None:
    with opened(render_pdf(paper)) as pdf, pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        assert paper.title in str(metadata["dc:title"])
        assert str(pdf.Root.Lang).startswith("ru")
        assert metadata["xmp:CreateDate"].startswith("2026-03-16T09:30:00")
        assert "/OutputIntents" in pdf.Root


@pytest.mark.parametrize("paper", PAPERS)
def test_all_fonts_are_embedded_and_nothing_acts_or_links(paper: Paper) -> None:
    with opened(render_pdf(paper)) as pdf:
        fonts = [each for each in objects(pdf) if each.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)
        named = {key for each in objects(pdf) for key in each} | {
            str(each.get("/S")) for each in objects(pdf) if each.get("/S") is not None
        }
        assert named & ACTIVE == set()
        assert not pdf.is_encrypted


@pytest.mark.parametrize("paper", PAPERS)
def test_every_page_tells_what_it_is_a_page_of(paper: Paper) -> None:
    said = pages(render_pdf(paper))
    for number, page in enumerate(said, start=1):
        text = " ".join(page.split())
        assert f"{paper.title}. Сформировано Deloteka 16.03.2026 09:30 UTC" in text
        assert f"Лист {number} из {len(said)}" in text
        assert re.search("[0-9a-f]{64}", text)
        assert f"SHA-256 данных документа: {paper.digest}" in text


@pytest.mark.parametrize("paper", PAPERS)
def test_the_same_value_gives_the_same_bytes(paper: Paper) -> None:
    assert render_pdf(paper) == render_pdf(replace(paper))


def test_the_digest_can_be_computed_from_the_value_alone() -> None:
    act = disposal_act()
    value = {field.name: getattr(act, field.name) for field in fields(act) if field.name != "created_at"}
    content = canonical_json({"kind": "disposal_act", "form": 1, "value": value})
    assert hashlib.sha256(content).hexdigest() == act.digest
    plain = json.loads(content)
    assert json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() == content
    assert plain["value"]["destruction"]["paper"]["weight"] == "12.5"
    assert plain["value"]["dated"] == "2026-02-20"


def test_the_digest_sees_every_change_but_when_it_was_made() -> None:
    act = disposal_act()
    assert replace(act, number="4").digest != act.digest
    assert replace(act, created_at=MADE + timedelta(days=1)).digest == act.digest
    assert render_pdf(replace(act, created_at=MADE + timedelta(days=1))) != render_pdf(act)


def test_moments_of_one_instant_are_one_moment() -> None:
    moscow = datetime(2026, 3, 16, 12, 30, tzinfo=timezone(timedelta(hours=3)))
    assert canonical_json(moscow) == canonical_json(MADE) == b'"2026-03-16T09:30:00Z"'
    assert render_pdf(replace(disposal_act(), created_at=moscow)) == render_pdf(disposal_act())


def test_what_papers_do_not_use_has_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        canonical_json(0.5)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(PaperContradicts) as refused:
        render_pdf(replace(nomenclature_form(), created_at=datetime(2026, 3, 16)))  # noqa: DTZ001
    assert refused.value.facts["part"] == "created_at"


def test_what_typst_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(disposal_act()), "kind", "there_is_no_such_template")
    with pytest.raises(PaperNotSet) as refused:
        render_pdf(disposal_act())
    assert refused.value.facts == {"kind": "there_is_no_such_template"}


def test_only_large_papers_go_without_structure_for_screen_readers() -> None:
    with opened(render_pdf(disposal_act())) as pdf:
        assert "/StructTreeRoot" in pdf.Root
    assert "АКТ" in words(render_pdf(disposal_act(created_at=datetime(2026, 1, 1, tzinfo=UTC))))
