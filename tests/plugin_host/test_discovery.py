"""Where plugins come from: built in, or from an installed distribution; installed is not enabled."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.kernel.plugins import BUILT_IN_NAMES, InstalledPlugins, PluginRecord, PluginSource, Status, build_host
from core.kernel.plugins.sources import BUILT_IN

Installer = Callable[..., Path]
ROOT = Path(__file__).parents[2]
LEDGER = """
from core.sdk import Inspection, Inspector, hookimpl


class Ledger(Inspector):
    name = "ledger"

    def inspect(self, candidate):
        return Inspection()


class Plugin:
    @hookimpl
    def register_inspectors(self, settings):
        return (Ledger(),)


plugin = Plugin()
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    """Install a distribution the way a wheel unpacks: a module and a `.dist-info` folder beside it."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    modules: list[str] = []

    def unpack(distribution: str, *, name: str, module: str, code: str = LEDGER, target: str = ":plugin") -> Path:
        modules.append(module)
        (site / f"{module}.py").write_text(code)
        info = site / f"{distribution.replace('-', '_')}-2.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.5\n")
        (info / "entry_points.txt").write_text(f"[deloteka.plugins]\n{name} = {module}{target}\n")
        return site

    yield unpack
    for module in modules:
        sys.modules.pop(module, None)


def record_of(name: str, records: tuple[PluginRecord, ...]) -> PluginRecord:
    return next(record for record in records if record.name == name)


def test_an_installed_distribution_is_found_and_loaded_when_it_is_enabled(install: Installer) -> None:
    install("school-ledger", name="ledger", module="school_ledger")
    host = build_host(["ledger"], {})
    assert host.enabled == (
        PluginRecord(
            name="ledger",
            version="2.5",
            origin="school-ledger",
            status=Status.ACTIVE,
            hooks=frozenset({"register_inspectors"}),
        ),
    )
    assert [found.plugin for found in host.catalog.inspectors] == ["ledger"]


def test_an_installed_distribution_is_not_even_imported_unless_it_is_enabled(install: Installer) -> None:
    install("school-ledger", name="ledger", module="school_ledger", code="raise SystemExit")
    host = build_host([], {})
    record = record_of("ledger", host.inventory())
    assert (record.status, record.origin, record.reason) == (
        Status.DISABLED,
        "school-ledger",
        "not named in plugins.enabled",
    )
    assert "school_ledger" not in sys.modules


def test_a_module_may_be_the_plugin_itself(install: Installer) -> None:
    code = "from core.sdk import hookimpl\n\n@hookimpl\ndef on_event(event):\n    pass\n"
    install("school-ledger", name="ledger", module="school_ledger", code=code, target="")
    assert build_host(["ledger"], {}).listeners == ("ledger",)


def test_an_entry_point_that_leads_nowhere_is_a_failed_plugin(install: Installer) -> None:
    install("school-ledger", name="ledger", module="school_ledger", target=":missing")
    record = build_host(["ledger"], {}).enabled[0]
    assert record.status is Status.FAILED
    assert "raised AttributeError" in (record.reason or "")
    assert record.origin == "school-ledger"


def test_a_name_that_two_distributions_offer_loads_neither(install: Installer) -> None:
    install("school-ledger", name="ledger", module="school_ledger")
    install("city-ledger", name="ledger", module="city_ledger")
    record = build_host(["ledger"], {}).enabled[0]
    assert record.status is Status.FAILED
    assert record.reason == "offered by more than one distribution: city-ledger, school-ledger"
    assert not {"school_ledger", "city_ledger"} & sys.modules.keys()


def test_a_distribution_cannot_take_the_place_of_a_built_in_plugin(install: Installer) -> None:
    install("better-pdf", name="pdf", module="better_pdf")
    host = build_host(["pdf"], {})
    assert host.enabled[0].origin == "built-in"
    assert "better_pdf" not in sys.modules
    impostor = next(record for record in host.inventory() if record.origin == "better-pdf")
    assert impostor.status is Status.FAILED
    assert "another plugin has this name" in (impostor.reason or "")


def test_a_built_in_plugin_that_is_not_enabled_is_listed_as_disabled() -> None:
    record = record_of("pdf", build_host([], {}).inventory())
    assert (record.status, record.origin) == (Status.DISABLED, "built-in")


def test_a_built_in_name_without_a_module_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUILT_IN, "unwritten", frozenset({"register_inspectors"}))
    host = build_host(["unwritten"], {})
    assert host.enabled[0].reason == "the built-in plugin 'unwritten' is not part of this version"
    assert [record.name for record in host.absent("register_inspectors")] == ["unwritten"]
    assert host.absent("review_disposal") == ()


@pytest.mark.parametrize("name", [source.name for source in InstalledPlugins() if source.name in BUILT_IN_NAMES])
def test_each_built_in_plugin_implements_what_the_host_says_it_would_miss(name: str) -> None:
    record = build_host([name], {}).enabled[0]
    assert record.status is Status.ACTIVE, record.reason
    assert (record.hooks or frozenset()) - {"register_settings"} == BUILT_IN[name]


def test_a_child_process_builds_the_same_host_from_the_same_settings() -> None:
    program = (
        "from core.kernel.plugins import build_host\n"
        "host = build_host(('images', 'pdf'), {})\n"
        "print([(each.plugin, each.name) for each in host.catalog.inspectors])"
    )
    answer = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    here = build_host(("images", "pdf"), {})
    assert answer.stdout.strip() == str([(each.plugin, each.name) for each in here.catalog.inspectors])


def test_the_host_loads_without_any_plugin_framework_or_database() -> None:
    program = (
        "import sys, core.kernel.plugins\n"
        "print(sorted({'plugins', 'fastapi', 'tortoise', 'click', 'pikepdf'} & sys.modules.keys()))"
    )
    answer = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"


def test_given_plugins_come_before_installed_ones(good: Callable[[str], PluginSource]) -> None:
    host = build_host(["pdf"], {}, given=[good("pdf")])
    assert host.enabled[0].origin == "test"
