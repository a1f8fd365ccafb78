"""Plugins for tests: real modules, written to a folder and imported as any other."""

import importlib
import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.kernel.plugins import PluginSource

PluginWriter = Callable[[str, str], PluginSource]

GOOD = """
from core.sdk import Inspection, Inspector, hookimpl


class Looker(Inspector):
    name = "{name}"

    def inspect(self, candidate):
        return Inspection()


@hookimpl
def register_inspectors():
    return [Looker()]
"""

_numbers = itertools.count()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginWriter]:
    """Write the code of a plugin into a module and say where it comes from."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    written: list[str] = []

    def write(name: str, code: str) -> PluginSource:
        module = f"plugin_under_test_{next(_numbers)}"
        written.append(module)
        (folder / f"{module}.py").write_text(textwrap.dedent(code))
        importlib.invalidate_caches()
        return PluginSource(name=name, version="1.0", origin="test", load=lambda: importlib.import_module(module))

    yield write
    for module in written:
        sys.modules.pop(module, None)


@pytest.fixture
def good(plugin: PluginWriter) -> Callable[[str], PluginSource]:
    """Write a plugin that offers one inspector of its own name."""
    return lambda name: plugin(name, GOOD.format(name=name))
