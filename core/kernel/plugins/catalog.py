"""The providers that active plugins offer, and the list of all plugins."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from core.kernel.plugins.errors import ProviderNameTaken
from core.kernel.plugins.kinds import PRIVATE_KINDS, Kind, Offer
from core.sdk import connectors, providers, services
from core.sdk.hooks import RouterFactory

P = TypeVar("P")


class Status(StrEnum):
    """What has become of a plugin."""

    ACTIVE = "active"
    DISABLED = "disabled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRecord:
    """One plugin, as lists show it."""

    name: str
    version: str
    origin: str
    """`built-in`, or the distribution it comes from."""
    status: Status
    reason: str | None = None
    """One line, secrets masked; why it is not active, or from which calls it has not come back."""
    hooks: frozenset[str] | None = None
    """The hooks it implements; `None` where that is not known, because it could not be loaded."""

    def may_implement(self, hook: str) -> bool:
        """Whether it implements `hook`, or nobody knows."""
        return self.hooks is None or hook in self.hooks


@dataclass(frozen=True, slots=True)
class Registered(Generic[P]):
    """A provider and the plugin that offers it."""

    plugin: str
    name: str
    provider: P


class Catalog:
    """Providers by kind, in the order in which the settings name their plugins."""

    def __init__(self) -> None:
        self._entries: dict[Kind, list[Registered[Any]]] = {kind: [] for kind in Kind}

    def add(self, plugin: str, offers: Sequence[Offer]) -> None:
        """Take in everything a plugin offers, or nothing: `ProviderNameTaken` says who holds a name already."""
        taken: dict[tuple[Kind, str], str] = {}
        for offer in offers:
            key = (offer.kind, offer.name)
            holder = self._holder(plugin, *key) or taken.get(key)
            if holder is not None:
                raise ProviderNameTaken(*key, holder)
            taken[key] = plugin
        for offer in offers:
            self._entries[offer.kind].append(Registered(plugin, offer.name, offer.provider))

    def _holder(self, plugin: str, kind: Kind, name: str) -> str | None:
        if kind in PRIVATE_KINDS:
            return next((each.plugin for each in self.of(kind) if (each.plugin, each.name) == (plugin, name)), None)
        return next((each.plugin for each in self.of(kind) if each.name == name), None)

    def of(self, kind: Kind) -> tuple[Registered[Any], ...]:
        """Return every provider of a kind."""
        return tuple(self._entries[kind])

    def get(self, kind: Kind, name: str) -> Registered[Any] | None:
        """Return the provider of that kind and name; of routers and commands, which are no one's by name, none."""
        if kind in PRIVATE_KINDS:
            return None
        return next((each for each in self.of(kind) if each.name == name), None)

    @property
    def connectors(self) -> tuple[Registered[type[connectors.Connector]], ...]:
        """Classes, one object a connection."""
        return self.of(Kind.CONNECTOR)

    @property
    def inspectors(self) -> tuple[Registered[providers.Inspector], ...]:
        """To be run in a child process."""
        return self.of(Kind.INSPECTOR)

    @property
    def scanners(self) -> tuple[Registered[providers.Scanner], ...]:
        """To be awaited in the host, after every inspector."""
        return self.of(Kind.SCANNER)

    @property
    def extractors(self) -> tuple[Registered[providers.Extractor], ...]:
        """To be run in a child process."""
        return self.of(Kind.EXTRACTOR)

    @property
    def ocr_engines(self) -> tuple[Registered[providers.OcrEngine], ...]:
        """To be run in a child process, as a job."""
        return self.of(Kind.OCR_ENGINE)

    @property
    def renderers(self) -> tuple[Registered[providers.Renderer], ...]:
        """To be run in a child process, as a job."""
        return self.of(Kind.RENDERER)

    @property
    def replicas(self) -> tuple[Registered[services.Replica], ...]:
        """Further places for copies."""
        return self.of(Kind.REPLICA)

    @property
    def means_of_destruction(self) -> tuple[Registered[services.MeansOfDestruction], ...]:
        """What `disposal.means` may name."""
        return self.of(Kind.MEANS_OF_DESTRUCTION)

    @property
    def packagers(self) -> tuple[Registered[services.Packager], ...]:
        """To be run in a child process, as a job."""
        return self.of(Kind.PACKAGER)

    @property
    def notifiers(self) -> tuple[Registered[services.Notifier], ...]:
        """To be awaited in a job."""
        return self.of(Kind.NOTIFIER)

    @property
    def authenticators(self) -> tuple[Registered[services.Authenticator], ...]:
        """To be asked at sign-in."""
        return self.of(Kind.AUTHENTICATOR)

    @property
    def routers(self) -> tuple[Registered[RouterFactory], ...]:
        """To be mounted below `/plugins/<plugin>`."""
        return self.of(Kind.ROUTER)

    @property
    def commands(self) -> tuple[Registered[Any], ...]:
        """Click commands, to be run as `deloteka plugins run <plugin> <name>`."""
        return self.of(Kind.COMMAND)
