"""A project («проект») says on every page that nobody has approved it."""

import io
from dataclasses import replace

import pypdfium2
import pytest

from core.papers.paper import Paper
from core.papers.rendering import render_pdf
from tests.papers.more_invented import one_of_each

PAPERS = [pytest.param(paper, id=f"{paper.kind}-{at}") for at, paper in enumerate(one_of_each())]


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@pytest.mark.parametrize(
    "paper", [pytest.param(paper, id=f"{paper.kind}-{at}") for at, paper in enumerate(one_of_each())]
)
def test_a_project_says_so_on_every_page_and_nothing_else_does(paper: Paper) -> None:
    project = replace(paper, project=True)
    assert all("ПРОЕКТ" in page and "Проект. " in page for page in pages(render_pdf(project)))
    assert not any("ПРОЕКТ" in page for page in pages(render_pdf(paper)))
    assert project.digest != paper.digest
