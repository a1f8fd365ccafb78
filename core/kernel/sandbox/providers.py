"""The providers a sandbox server holds ready, built from the names of plugins."""

import importlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.kernel.sandbox.jobs import ProviderKind, Step
from core.sdk.providers import Extractor, FileProvider, Inspector, Renderer

_HOOKS = {
    ProviderKind.INSPECTOR: "register_inspectors",
    ProviderKind.EXTRACTOR: "register_extractors",
    ProviderKind.RENDERER: "register_renderers",
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """Computing providers by what they do and their name, in the order of their plugins."""

    providers: Mapping[Step, FileProvider] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    """Plugins that stayed out, with the reason."""


def load(plugins: Iterable[str], settings: Mapping[str, Mapping[str, Any]], paths: Iterable[str] = ()) -> Catalog:
    """Import the plugins named and collect their computing providers; one that fails stays out."""
    sys.path.extend(paths)
    providers: dict[Step, FileProvider] = {}
    failed: dict[str, str] = {}
    for name in plugins:
        try:
            module = importlib.import_module(name if "." in name else f"plugins.{name}")
            for kind, hook in _HOOKS.items():
                register = getattr(module, hook, None)
                for provider in register(settings=None) if register else ():
                    if isinstance(provider, Inspector | Extractor | Renderer):
                        providers[Step(kind, provider.name)] = provider
        except Exception as error:  # noqa: BLE001  whatever a plugin raises on import, the others go on
            failed[name] = f"{type(error).__name__}: {error}"
    return Catalog(providers, failed)
