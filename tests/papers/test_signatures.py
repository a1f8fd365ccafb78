"""No signature stands alone on a page: the last words of the paper, or its last row, come with it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.papers.paper import Paper
from core.papers.personal_data_act import Subject
from core.papers.rendering import render_pdf
from tests.papers import more_invented
from tests.papers.invented import act_line, disposal_act, pages

ROW = "Строка"
"""Begins every row of the tables."""
SIGNED = "расшифровка подписи"


def titles(count: int) -> list[str]:
    return [f"{ROW} {number}" for number in range(count)]


def personal(count: int) -> Paper:
    subjects = tuple(Subject(name=title) for title in titles(count))
    return replace(more_invented.personal_data_act(), subjects=subjects, event_log="", single_person=None)


def certificate(count: int) -> Paper:
    paper = more_invented.destruction_certificate()
    return replace(paper, destroyed=tuple(replace(paper.destroyed[0], title=title) for title in titles(count)), kept=())


def minutes(count: int) -> Paper:
    paper = more_invented.commission_minutes()
    return replace(paper, agenda=(replace(paper.agenda[0], decided=tuple(titles(count)), votes=None),))


def nomenclature(count: int) -> Paper:
    paper = more_invented.nomenclature_form()
    section = paper.sections[0]
    rows = tuple(replace(section.rows[0], title=title) for title in titles(count))
    sections = (replace(section, rows=rows),)
    return replace(paper, sections=sections, footnotes=(), year_end=None)


def act(count: int) -> Paper:
    lines = tuple(act_line(title) for title in titles(count))
    section = replace(disposal_act().sections[0], lines=lines)
    return disposal_act(sections=(section,), gates=(), destruction=None, accounting_changed=None, agreements=())


@pytest.mark.parametrize(
    ("make", "counts"),
    [
        (personal, (13, 14, 19)),
        (certificate, (14, 15)),
        (minutes, (18, 19, 23)),
        (nomenclature, (26, 27, 31)),
        (act, (4, 5)),
    ],
)
def test_what_was_signed_comes_before_the_signature_on_its_page(
    make: Callable[[int], Paper], counts: tuple[int, ...]
) -> None:
    numbers = set()
    for count in counts:
        said = pages(render_pdf(make(count)))
        numbers.add(len(said))
        first = next(page for page in said[::-1] if SIGNED in page).partition(SIGNED)[0]
        assert any(word in first for word in (ROW, "Итого")), (count, first)
        assert sum(SIGNED in page for page in said) == 1, count
    assert numbers >= {1, 2}, "the counts do not lie around the end of a page"
