"""The catalogue holds providers by kind and name, and says what is missing."""

from collections.abc import Callable

import pytest

from core.kernel.plugins import COMPUTING_HOOKS, Kind, PluginHost, PluginSource, ProviderMissing, build_host
from core.kernel.plugins.kinds import CHECKS

Writer = Callable[[str, str], PluginSource]

EVERYTHING = """
import click
from pydantic import BaseModel
from core.sdk import *
from core.sdk import hookimpl


class One(Inspector):
    name = "one"
    def inspect(self, candidate): return Inspection()


class Two(Scanner):
    name = "one"
    async def scan(self, candidate): return Inspection()


class Three(Extractor):
    name = "one"
    def extract(self, candidate): return Proposal()


class Four(OcrEngine):
    name = "one"
    def recognise(self, candidate, *, languages): return ()


class Five(Renderer):
    name = "one"
    def render(self, candidate, folder, *, pages, pixels): return ()


class Six(Replica):
    name = "one"
    async def put(self, copy, chunks): ...
    async def stat(self, key): ...
    def open(self, key): ...
    async def destroy(self, key): ...


class Seven(Packager):
    name = "one"
    media_type = "application/zip"
    def package(self, request, target): ...


class Eight(Notifier):
    name = "one"
    def admit(self, recipient): ...
    async def notify(self, notification, http): ...


class Nine(Authenticator):
    name = "one"
    async def authenticate(self, attempt): ...


class Ten(Connector):
    name = "one"
    @classmethod
    async def spec(cls): ...
    @classmethod
    def hosts(cls, configuration): ...
    async def check(self): ...
    async def discover(self): ...
    def read(self, request): ...


class Eleven(MeansOfDestruction):
    name = "one"
    title, version = "Shredder", "2.0"


def router():
    return object()


@click.command("greet")
def greet():
    click.echo("Good morning")


@hookimpl
def register_inspectors(): return [One(), Two()]
@hookimpl
def register_extractors(): return [Three()]
@hookimpl
def register_ocr_engines(): return [Four()]
@hookimpl
def register_renderers(): return [Five()]
@hookimpl
def register_replicas(): return [Six()]
@hookimpl
def register_means_of_destruction(): return [Eleven()]
@hookimpl
def register_packagers(): return [Seven()]
@hookimpl
def register_notifiers(): return [Eight()]
@hookimpl
def register_authenticators(): return [Nine()]
@hookimpl
def register_connectors(): return [Ten]
@hookimpl
def register_routers(): return [router]
@hookimpl
def register_commands(): return [greet]
"""
PRIVATE_ONLY = EVERYTHING.split("@hookimpl", 1)[0] + (
    "@hookimpl\ndef register_routers(): return [router]\n@hookimpl\ndef register_commands(): return [greet]\n"
)


@pytest.fixture
def everything(plugin: Writer) -> PluginHost:
    return build_host(["all"], {}, given=[plugin("all", EVERYTHING)])


def test_each_kind_of_provider_arrives_where_it_is_looked_for(everything: PluginHost) -> None:
    catalog = everything.catalog
    assert everything.failed == ()
    assert {kind: [each.name for each in catalog.of(kind)] for kind in Kind} == {
        kind: {Kind.ROUTER: ["router"], Kind.COMMAND: ["greet"]}.get(kind, ["one"]) for kind in Kind
    }
    typed = [
        catalog.connectors,
        catalog.inspectors,
        catalog.scanners,
        catalog.extractors,
        catalog.ocr_engines,
        catalog.renderers,
        catalog.replicas,
        catalog.means_of_destruction,
        catalog.packagers,
        catalog.notifiers,
        catalog.authenticators,
        catalog.routers,
        catalog.commands,
    ]
    assert typed == [catalog.of(kind) for kind in Kind]


def test_each_hook_that_returns_providers_has_a_check() -> None:
    assert set(CHECKS) >= COMPUTING_HOOKS
    assert len(CHECKS) == 12


def test_a_child_process_asks_only_the_hooks_it_needs(plugin: Writer) -> None:
    host = build_host(["all"], {}, given=[plugin("all", EVERYTHING)], asking=COMPUTING_HOOKS)
    offered = {kind for kind in Kind if host.catalog.of(kind)}
    assert offered == {
        Kind.INSPECTOR,
        Kind.SCANNER,
        Kind.EXTRACTOR,
        Kind.OCR_ENGINE,
        Kind.RENDERER,
        Kind.PACKAGER,
    }


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.ROUTER, Kind.COMMAND}])
def test_a_required_provider_is_found_or_the_missing_one_is_explained(
    everything: PluginHost, plugin: Writer, kind: Kind
) -> None:
    assert everything.require(kind, "one").plugin == "all"
    host = build_host(["all", "bad"], {}, given=[plugin("all", EVERYTHING), plugin("bad", "raise RuntimeError('why')")])
    with pytest.raises(ProviderMissing) as caught:
        host.require(kind, "offsite")
    assert caught.value.code == "provider_missing"
    assert str(caught.value) == (
        f"the settings require the {kind.value} 'offsite', but no active plugin offers it; offered: one;"
        " failed plugin bad: raised RuntimeError: why"
    )


def test_names_of_routers_and_commands_are_a_plugins_own_affair(plugin: Writer) -> None:
    host = build_host(["a", "b"], {}, given=[plugin("a", PRIVATE_ONLY), plugin("b", PRIVATE_ONLY)])
    assert [(each.plugin, each.name) for each in host.catalog.commands] == [("a", "greet"), ("b", "greet")]
    with pytest.raises(ProviderMissing, match="offered: greet, greet"):
        host.require(Kind.COMMAND, "greet")


def test_the_second_plugin_that_offers_a_taken_name_fails_and_learns_who_holds_it(plugin: Writer) -> None:
    host = build_host(["a", "b"], {}, given=[plugin("a", EVERYTHING), plugin("b", EVERYTHING)])
    assert host.enabled[1].reason == "the connector name 'one' is taken by plugin 'a'"
    assert {each.plugin for kind in Kind for each in host.catalog.of(kind)} == {"a"}


def test_an_absent_plugin_is_known_to_those_who_must_fail_closed(plugin: Writer) -> None:
    scanner = EVERYTHING.replace("def register_inspectors(): return", "def register_inspectors(): raise OSError").split(
        "@hookimpl\ndef register_extractors"
    )[0]
    host = build_host(["dead", "scanner"], {}, given=[plugin("dead", "1/0"), plugin("scanner", scanner)])
    assert [record.name for record in host.absent("register_inspectors")] == ["dead", "scanner"]
    assert [record.name for record in host.absent("register_renderers")] == ["dead"]
