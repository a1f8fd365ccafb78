"""The press sets each paper in a child process, and a paper that is too large harms nobody."""

import asyncio
from dataclasses import replace

import pytest

from core.papers.disposal_act import ActSection, DisposalAct
from core.papers.errors import PaperNotSet, PaperTooLarge
from core.papers.press import MIB, Press, PressLimits
from core.papers.rendering import render_pdf
from tests.papers.invented import act_line, disposal_act, opened
from tests.papers.more_invented import event_log_entry, event_log_export

MANY = 10_000


def large_act() -> DisposalAct:
    lines = tuple(act_line(index=f"01-{number}") for number in range(4000))
    return disposal_act(sections=(ActSection(title="", lines=lines),), destruction=None)


async def test_it_sets_what_is_set_in_process() -> None:
    assert await Press().set_pdf(disposal_act()) == render_pdf(disposal_act())


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (PressLimits(address_space=400 * MIB), "memory"),
        (PressLimits(cpu_seconds=1), "cpu"),
        (PressLimits(wall_seconds=0.3), "wall_clock"),
    ],
)
async def test_a_paper_that_needs_more_than_it_is_given_is_refused(limits: PressLimits, reason: str) -> None:
    with pytest.raises(PaperTooLarge) as refused:
        await Press(limits).set_pdf(large_act())
    assert refused.value.facts == {"kind": "disposal_act", "reason": reason}


async def test_the_press_goes_on_after_a_paper_that_was_too_large() -> None:
    press = Press(PressLimits(cpu_seconds=1))
    with pytest.raises(PaperTooLarge):
        await press.set_pdf(large_act())
    assert (await press.set_pdf(disposal_act())).startswith(b"%PDF")


async def test_what_typst_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DisposalAct, "kind", "there_is_no_such_template")
    with pytest.raises(PaperNotSet):
        await Press().set_pdf(disposal_act())


async def test_papers_that_come_together_are_set_one_after_the_other() -> None:
    press = Press()
    numbers = ("1", "2", "3")
    made = await asyncio.gather(*(press.set_pdf(disposal_act(number=number)) for number in numbers))
    assert [content == render_pdf(disposal_act(number=number)) for number, content in zip(numbers, made, strict=True)]
    assert len(set(made)) == 3


async def test_ten_thousand_rows_are_set_within_limits() -> None:
    entry = event_log_entry()
    export = event_log_export(*(replace(entry, system=f"Deloteka {number}") for number in range(MANY)))
    content = await Press(PressLimits(address_space=3072 * MIB, cpu_seconds=60)).set_pdf(export)
    with opened(content) as pdf:
        assert len(pdf.pages) > 300
        assert "/StructTreeRoot" not in pdf.Root
