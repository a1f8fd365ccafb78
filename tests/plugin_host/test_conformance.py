"""The conformance tests for plugin authors pass what is right and catch what is wrong."""

import inspect
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, SecretStr

from core.sdk import (
    Candidate,
    Extractor,
    Finding,
    Inspection,
    Inspector,
    Proposal,
    ProposedValue,
    RenderedPage,
    Renderer,
    Scanner,
    ServiceUnavailable,
    Severity,
    hookimpl,
)
from core.sdk.testing import (
    ExtractorConformance,
    InspectorConformance,
    PluginConformance,
    RendererConformance,
    Sample,
    ScannerConformance,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    path = tmp_path / "note.txt"
    path.write_text("Протокол № 7", encoding="utf-8")
    return Sample(path=path, media_type="text/plain")


def failing(suite: object) -> list[str]:
    """Run a suite as a test runner does, and name the tests that fail."""
    failed = []
    for name, test in inspect.getmembers(suite, inspect.ismethod):
        if name.startswith("test_"):
            try:
                test()
            except AssertionError:
                failed.append(name)
    return failed


class Lines(Inspector):
    name = "lines"
    media_types = frozenset({"text/plain"})

    def inspect(self, candidate: Candidate) -> Inspection:
        text = candidate.path.read_text(encoding="utf-8")
        finding = Finding(code="short_text", severity=Severity.NOTE, message="The text is short.", facts={"length": 1})
        return Inspection(findings=(finding,), pages=1, facts={"lines": text.count("\n")})


class Misnamed(Lines):
    name = "Lines!"


class Selective(Lines):
    media_types = frozenset({"Text/Plain; charset=utf-8"})


class Forgetful(Lines):
    def inspect(self, candidate: Candidate) -> Inspection:
        return None  # type: ignore[return-value]


class Shouting(Lines):
    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(findings=(Finding(code="TOO LOUD", severity=Severity.NOTE, message="x"),))


class Unprintable(Lines):
    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(facts={"ratio": float("nan")})


class Fickle(Lines):
    asked = 0

    def inspect(self, candidate: Candidate) -> Inspection:
        Fickle.asked += 1
        return Inspection(facts={"asked": self.asked})


class Vandal(Lines):
    def inspect(self, candidate: Candidate) -> Inspection:
        with candidate.path.open("a") as file:
            file.write("!")
        return Inspection()


class Quitter(Lines):
    def inspect(self, candidate: Candidate) -> Inspection:
        if candidate.size < 5:
            sys.exit(1)
        return super().inspect(candidate)


@pytest.mark.parametrize(
    ("inspector", "expected"),
    [
        (Lines, []),
        (Misnamed, ["test_its_name_is_lower_snake_case"]),
        (Selective, ["test_it_wants_its_samples", "test_its_media_types_are_plain"]),
        (Shouting, None),
        (Forgetful, None),
        (Unprintable, None),
        (Fickle, ["test_it_answers_alike_when_asked_again"]),
        (Vandal, ["test_it_leaves_the_file_as_it_is"]),
        (Quitter, ["test_it_survives_files_that_are_cut_off"]),
    ],
)
def test_inspectors(sample: Sample, inspector: type[Inspector], expected: list[str] | None) -> None:
    class Suite(InspectorConformance):
        def make_provider(self) -> Inspector:
            return inspector()

        def samples(self) -> Sequence[Sample]:
            return [sample]

    found = failing(Suite())
    if expected is None:
        assert "test_it_answers_for_its_samples" in found
    else:
        assert found == expected


def test_a_suite_without_samples_proves_nothing() -> None:
    class Suite(InspectorConformance):
        def make_provider(self) -> Inspector:
            return Lines()

        def samples(self) -> Sequence[Sample]:
            return []

    assert failing(Suite()) == ["test_it_wants_its_samples"]


class Guard(Scanner):
    name = "guard"

    def __init__(self, *, answers: bool) -> None:
        self.answers = answers

    async def scan(self, candidate: Candidate) -> Inspection:
        if not self.answers:
            message = "the guard is away"
            raise ServiceUnavailable(message)
        return Inspection()


@pytest.mark.parametrize(("opens", "expected"), [(False, []), (True, ["test_it_fails_closed"])])
def test_scanners(sample: Sample, *, opens: bool, expected: list[str]) -> None:
    class Suite(ScannerConformance):
        def make_provider(self) -> Scanner:
            return Guard(answers=True)

        def make_unreachable(self) -> Scanner:
            return Guard(answers=opens)

        def samples(self) -> Sequence[Sample]:
            return [sample]

    assert failing(Suite()) == expected


def extracted(**values: str) -> Proposal:
    return Proposal(fields={name: ProposedValue(value=value, source="text") for name, value in values.items()})


@pytest.mark.parametrize(
    ("proposal", "conforms"),
    [
        (extracted(number="7"), True),
        (Proposal(text="x" * 1_000_000), True),
        (Proposal(text="x" * 1_000_001), False),
        (extracted(number=" "), False),
        (extracted(Number="7"), False),
        (Inspection(), False),
    ],
)
def test_extractors(sample: Sample, proposal: Proposal, *, conforms: bool) -> None:
    class Numbers(Extractor):
        name = "numbers"

        def extract(self, candidate: Candidate) -> Proposal:
            return proposal

    class Suite(ExtractorConformance):
        def make_provider(self) -> Extractor:
            return Numbers()

        def samples(self) -> Sequence[Sample]:
            return [sample]

    assert (failing(Suite()) == []) is conforms


Render = Callable[[Path, int, int], tuple[RenderedPage, ...]]


def page(folder: Path, number: int = 1, *, side: int = 100, content: bytes = b"x") -> RenderedPage:
    path = folder / f"{number}.png"
    path.write_bytes(content)
    return RenderedPage(number=number, path=path, media_type="image/png", width=side, height=50)


@pytest.mark.parametrize(
    ("render", "conforms"),
    [
        (lambda folder, pages, pixels: (page(folder), page(folder, 2)), True),
        (lambda folder, pages, pixels: (), True),
        (lambda folder, pages, pixels: tuple(page(folder, n) for n in (1, 2, 3)), False),
        (lambda folder, pages, pixels: (page(folder, 2),), False),
        (lambda folder, pages, pixels: (page(folder, side=pixels + 1),), False),
        (lambda folder, pages, pixels: (page(folder, content=b""),), False),
        (lambda folder, pages, pixels: (page(folder.parent),), False),
        (lambda folder, pages, pixels: [page(folder)], False),
    ],
    ids=["two", "none", "too many", "misnumbered", "too large", "empty", "elsewhere", "a list"],
)
def test_renderers(sample: Sample, render: Render, *, conforms: bool) -> None:
    class Painter(Renderer):
        name = "painter"

        def render(self, candidate: Candidate, folder: Path, *, pages: int, pixels: int) -> tuple[RenderedPage, ...]:
            return render(folder, pages, pixels)

    class Suite(RendererConformance):
        def make_provider(self) -> Renderer:
            return Painter()

        def samples(self) -> Sequence[Sample]:
            return [sample]

    assert (failing(Suite()) == []) is conforms


class MailSettings(BaseModel):
    host: str = "mail.example.org"
    password: SecretStr | None = None


class OpenSettings(BaseModel):
    password: str = ""


class Plugin:
    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model

    @hookimpl
    def register_settings(self) -> type[BaseModel]:
        return self.model


class Misspelt(Plugin):
    @hookimpl
    def register_inspektors(self) -> None:
        """Never asked."""


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [
        (Plugin(MailSettings), []),
        (Plugin(OpenSettings), ["test_its_settings_can_be_documented_and_keep_their_secrets"]),
        (Misspelt(MailSettings), ["test_it_loads", "test_it_refuses_a_setting_that_it_does_not_know"]),
    ],
)
def test_plugins(plugin: object, expected: list[str]) -> None:
    class Suite(PluginConformance):
        name: ClassVar[str] = "mail"

        def make_plugin(self) -> object:
            return plugin

    assert failing(Suite()) == expected


def test_an_installed_plugin_is_found_by_its_name() -> None:
    class Suite(PluginConformance):
        name: ClassVar[str] = "images"

    assert failing(Suite()) == []


def test_a_slow_registration_is_noticed() -> None:
    class Suite(PluginConformance):
        name: ClassVar[str] = "images"
        slowest_seconds: ClassVar[float] = 0.0

    assert failing(Suite()) == ["test_it_loads_quickly"]


def test_the_conformance_tests_need_no_test_framework() -> None:
    program = "import sys, core.sdk.testing\nprint({'pytest', 'unittest', '_pytest'} & sys.modules.keys())"
    answer = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "set()"
