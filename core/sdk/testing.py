"""Conformance tests for plugin authors: subclass, say what is to be tested, and let your test runner find them.

    class TestMyInspector(InspectorConformance):
        def make_provider(self):
            return MyInspector()

        def samples(self):
            return [Sample(path=FOLDER / "good.pdf", media_type="application/pdf")]

They need no test framework: every `test_…` method raises `AssertionError` with what is wrong and what is right.
Connectors have a suite of their own, `core.devkit.conformance`, which runs them against a simulated platform.
"""

import asyncio
import hashlib
import importlib
import math
import re
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, SecretBytes, SecretStr

from core.sdk.candidates import Candidate, Fact, Finding, Inspection, Severity
from core.sdk.providers import Extractor, FileProvider, Inspector, Proposal, ProposedValue, Renderer, Scanner

LONGEST_TEXT = 1_000_000
"""Characters of `Proposal.text`."""

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_SECRET_NAME = re.compile(r"(^|_)(password|passphrase|secret|token|credentials?|(api|secret|private)_key)$")

P = TypeVar("P", bound=FileProvider)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A file that the provider should be able to deal with."""

    path: Path
    media_type: str
    document_kind: str | None = None


def candidate_of(sample: Sample) -> Candidate:
    """Return the sample as the host would show it to a provider."""
    content = sample.path.read_bytes()
    return Candidate(
        path=sample.path,
        file_name=sample.path.name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=sample.media_type,
        document_kind=sample.document_kind,
    )


class ProviderConformance(ABC, Generic[P]):
    """What holds for every provider that looks at files."""

    @abstractmethod
    def make_provider(self) -> P:
        """Return a fresh provider, as the plugin would register it."""

    @abstractmethod
    def samples(self) -> Sequence[Sample]:
        """Return at least one good file for it."""

    def test_its_name_is_lower_snake_case(self) -> None:
        """The catalogue refuses other names."""
        name = getattr(self.make_provider(), "name", None)
        _expect(isinstance(name, str) and _SNAKE_CASE.fullmatch(name) is not None, f"the name {name!r} is not accepted")

    def test_its_media_types_are_plain(self) -> None:
        """Parameters and capital letters never match."""
        types = self.make_provider().media_types
        _expect(isinstance(types, frozenset), "media_types is not a frozenset")
        for each in types:
            _expect(_MEDIA_TYPE.fullmatch(each) is not None, f"the media type {each!r} would never match")

    def test_it_wants_its_samples(self) -> None:
        """A provider that does not want a file is not shown it."""
        samples = self.samples()
        _expect(len(samples) > 0, "samples() is empty: nothing is proven")
        for each in samples:
            _expect(self.make_provider().wants(each.media_type), f"it does not want {each.path.name}")


class _ComputingConformance(ProviderConformance[P]):
    """What holds for every provider that runs in a child process: `answer` is what it does with a file."""

    @abstractmethod
    def answer(self, provider: P, candidate: Candidate, folder: Path) -> object:
        """Let the provider work on the candidate; `folder` is empty and is removed afterwards."""

    @abstractmethod
    def check_answer(self, answer: Any, folder: Path) -> None:  # noqa: ANN401 - each kind checks the type first
        """Raise `AssertionError` unless the answer keeps the contract."""

    def test_it_answers_for_its_samples(self) -> None:
        """Each good file gets an answer that keeps the contract."""
        for each in self.samples():
            self._work(each)

    def test_it_answers_alike_when_asked_again(self) -> None:
        """The same bytes get the same answer: a second look must not change what was said."""
        for each in self.samples():
            _expect(self._work(each) == self._work(each), f"{each.path.name}: the second answer differs from the first")

    def test_it_leaves_the_file_as_it_is(self) -> None:
        """The candidate is the original: it is read, never written."""
        for each in self.samples():
            before = candidate_of(each).sha256
            self._work(each)
            _expect(candidate_of(each).sha256 == before, f"{each.path.name} was changed")

    def test_it_survives_files_that_are_cut_off(self) -> None:
        """A broken file gets an answer or an ordinary exception; nothing ends the process."""
        for each in self.samples():
            content = each.path.read_bytes()
            for length in (0, len(content) // 2, len(content) - 1):
                self._cut(each, content[: max(length, 0)])

    def _cut(self, sample: Sample, content: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            cut = replace(sample, path=Path(folder) / sample.path.name)
            cut.path.write_bytes(content)
            try:
                self._work(cut)
            except AssertionError:
                raise
            except Exception:  # noqa: BLE001, S110 - any exception is a fair answer to a broken file
                pass
            except BaseException as error:
                message = f"{sample.path.name}, cut to {len(content)} bytes: {type(error).__name__} ends the process"
                raise AssertionError(message) from error

    def _work(self, sample: Sample) -> object:
        with tempfile.TemporaryDirectory() as folder:
            answer = self.answer(self.make_provider(), candidate_of(sample), Path(folder))
            self.check_answer(answer, Path(folder))
            return _without(answer, Path(folder))


class InspectorConformance(_ComputingConformance[Inspector]):
    """What holds for every inspector."""

    def answer(self, provider: Inspector, candidate: Candidate, folder: Path) -> object:
        """Inspect."""
        del folder
        return provider.inspect(candidate)

    def check_answer(self, answer: object, folder: Path) -> None:
        """Check an inspection."""
        del folder
        _check_inspection(answer)


class ScannerConformance(ProviderConformance[Scanner]):
    """What holds for every scanner."""

    @abstractmethod
    def make_unreachable(self) -> Scanner:
        """Return a scanner whose service is not there."""

    def test_it_answers_for_its_samples(self) -> None:
        """Each good file gets an inspection."""
        for each in self.samples():
            _check_inspection(asyncio.run(self.make_provider().scan(candidate_of(each))))

    def test_it_fails_closed(self) -> None:
        """Without its service it raises: silence would let the file through unscanned."""
        for each in self.samples():
            try:
                asyncio.run(self.make_unreachable().scan(candidate_of(each)))
            except Exception:  # noqa: BLE001, S112 - whatever it is, the file is held back
                continue
            message = f"{each.path.name}: it answered although its service is not there"
            raise AssertionError(message)


class ExtractorConformance(_ComputingConformance[Extractor]):
    """What holds for every extractor."""

    def answer(self, provider: Extractor, candidate: Candidate, folder: Path) -> object:
        """Extract."""
        del folder
        return provider.extract(candidate)

    def check_answer(self, answer: object, folder: Path) -> None:
        """Check a proposal."""
        del folder
        if not isinstance(answer, Proposal):
            message = f"it returned {type(answer).__name__} instead of Proposal"
            raise AssertionError(message)  # noqa: TRY004 - a failed test is an AssertionError
        for name, value in answer.fields.items():
            _expect(_SNAKE_CASE.fullmatch(name) is not None, f"the field {name!r} is no field of a kind of document")
            _expect(isinstance(value, ProposedValue), f"the field {name!r} is not a ProposedValue")
            _expect(value.value.strip() != "", f"the field {name!r} proposes nothing: leave it out")
        _expect(len(answer.text or "") <= LONGEST_TEXT, f"the text is longer than {LONGEST_TEXT} characters")


class RendererConformance(_ComputingConformance[Renderer]):
    """What holds for every renderer."""

    pages: ClassVar[int] = 2
    pixels: ClassVar[int] = 200

    def answer(self, provider: Renderer, candidate: Candidate, folder: Path) -> object:
        """Render."""
        return provider.render(candidate, folder, pages=self.pages, pixels=self.pixels)

    def check_answer(self, answer: Any, folder: Path) -> None:  # noqa: ANN401 - the type is checked first
        """Check the pictures."""
        _expect(isinstance(answer, tuple), f"it returned {type(answer).__name__} instead of a tuple")
        _expect(len(answer) <= self.pages, f"it made {len(answer)} pictures where {self.pages} were allowed")
        _expect([each.number for each in answer] == list(range(1, len(answer) + 1)), "pages are not numbered 1, 2, …")
        for each in answer:
            _expect(each.path.parent == folder, f"{each.path.name} lies outside the folder that was given")
            _expect(each.path.stat().st_size > 0, f"{each.path.name} is empty")
            _expect(each.media_type.startswith("image/"), f"{each.media_type} is no picture")
            sides = (each.width, each.height)
            _expect(min(sides) > 0 and max(sides) <= self.pixels, f"{sides} does not fit into {self.pixels} pixels")


class PluginConformance(ABC):
    """What holds for every plugin: it is loaded by a real host."""

    name: ClassVar[str]
    """As it would stand in `plugins.enabled`."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """Its table; what a plugin needs to work must be here."""
    slowest_seconds: ClassVar[float] = 1.0
    """Every process of the service registers every plugin at its start."""

    def make_plugin(self) -> object | None:
        """Return the plugin, or `None` to have it found by its name as an installed one."""
        return None

    def test_it_loads(self) -> None:
        """Every hook is spelled right, takes what there is, and returns what it should."""
        record = self._load(self.settings).enabled[0]
        _expect(record.status == "active", f"it {record.reason}")

    def test_it_loads_quickly(self) -> None:
        """The second time: the first includes the import, which may read a cold disk."""
        self._load(self.settings)
        started = time.monotonic()
        self._load(self.settings)
        seconds = time.monotonic() - started
        _expect(seconds <= self.slowest_seconds, f"registration took {seconds:.1f} s, more than {self.slowest_seconds}")

    def test_it_refuses_a_setting_that_it_does_not_know(self) -> None:
        """A misspelt key must not be silently ignored."""
        record = self._load({**self.settings, "no_such_key": 1}).enabled[0]
        _expect(record.status == "failed", "it accepted the unknown key no_such_key")
        _expect("no_such_key" in (record.reason or ""), f"the reason does not name the key: {record.reason}")

    def test_its_settings_can_be_documented_and_keep_their_secrets(self) -> None:
        """The model has a JSON schema, and what is called a secret is one."""
        answer = self._hook("register_settings")
        model = answer() if answer is not None else None
        if model is not None:
            model.model_json_schema()
            _check_secrets(model)

    def _load(self, table: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the host lies above this package
        # By name: core.sdk may not import what stands on it, and only these tests need the whole host.
        host = importlib.import_module("core.kernel.plugins")
        plugin = self.make_plugin()
        given = [] if plugin is None else [self._source(host, plugin)]
        return host.build_host([self.name], {self.name: dict(table)}, given=given)

    def _source(self, host: Any, plugin: object) -> Any:  # noqa: ANN401 - as above
        return host.PluginSource(name=self.name, version="0", origin="conformance test", load=lambda: plugin)

    def _hook(self, hook: str) -> Callable[[], type[BaseModel] | None] | None:
        host = importlib.import_module("core.kernel.plugins")
        plugin = self.make_plugin()
        source = host.InstalledPlugins().find(self.name) if plugin is None else self._source(host, plugin)
        return getattr(source.load(), hook, None)


def _expect(condition: bool, message: str) -> None:  # noqa: FBT001 - reads like the assertion it is
    if not condition:
        raise AssertionError(message)


def _check_inspection(answer: object) -> None:
    if not isinstance(answer, Inspection):
        message = f"it returned {type(answer).__name__} instead of Inspection"
        raise AssertionError(message)  # noqa: TRY004 - a failed test is an AssertionError
    _expect(answer.pages is None or answer.pages >= 0, f"{answer.pages} pages cannot be")
    _check_facts(answer.facts)
    for finding in answer.findings:
        _expect(isinstance(finding, Finding), f"{finding!r} is not a Finding")
        _expect(_SNAKE_CASE.fullmatch(finding.code) is not None, f"the code {finding.code!r} is not lower snake case")
        _expect(isinstance(finding.severity, Severity), f"{finding.code}: {finding.severity!r} is not a Severity")
        _expect(finding.message.strip() != "", f"{finding.code}: the message is empty")
        _check_facts(finding.facts)


def _check_facts(facts: Mapping[str, Fact]) -> None:
    for name, value in facts.items():
        _expect(isinstance(value, str | int | float | None), f"the fact {name!r} is {type(value).__name__}: not JSON")
        _expect(not isinstance(value, float) or math.isfinite(value), f"the fact {name!r} is {value}: not JSON")


def _check_secrets(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        if _SECRET_NAME.search(name):
            kind = str(field.annotation)
            _expect(
                any(secret.__name__ in kind for secret in (SecretStr, SecretBytes)),
                f"the setting {name!r} is called a secret but is {kind}; make it a SecretStr",
            )


def _without(answer: object, folder: Path) -> object:
    """Return the answer without what differs from run to run: the folder it was given."""
    if isinstance(answer, tuple):
        return tuple(replace(each, path=each.path.relative_to(folder)) for each in answer)
    return answer
