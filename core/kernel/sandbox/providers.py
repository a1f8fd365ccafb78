"""The providers a sandbox server holds ready: what the plugin host finds, of the kinds that run in a child."""

import importlib
import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.kernel.plugins.catalog import PluginRecord
from core.kernel.plugins.fence import Fence
from core.kernel.plugins.host import build_host
from core.kernel.plugins.kinds import COMPUTING_HOOKS, Kind
from core.kernel.plugins.sources import PluginSource
from core.kernel.sandbox.jobs import ProviderKind, Step
from core.sdk.providers import FileProvider

_KINDS = {
    ProviderKind.INSPECTOR: Kind.INSPECTOR,
    ProviderKind.EXTRACTOR: Kind.EXTRACTOR,
    ProviderKind.RENDERER: Kind.RENDERER,
}
_INSPECTORS = "register_inspectors"
_PREPARE_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Computing providers by what they do and their name, in the order of their plugins."""

    by_step: Mapping[Step, FileProvider] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    """Plugins that stayed out, with the reason."""
    absent: Sequence[str] = ()
    """Those of them that would have looked at files, or may have."""


def computing(records: Iterable[PluginRecord]) -> tuple[str, ...]:
    """Names of the plugins that have something to do in a child process, or may have."""
    return tuple(record.name for record in records if record.hooks is None or record.hooks & COMPUTING_HOOKS)


def load(plugins: Sequence[str], settings: Mapping[str, Mapping[str, Any]], paths: Iterable[str] = ()) -> Providers:
    """Build the plugin host of this process; a name with a dot is the module of a plugin that is not installed."""
    sys.path.extend(paths)
    given = [_given(name) for name in plugins if "." in name]
    host = build_host(plugins, settings, given=given, asking=COMPUTING_HOOKS)
    return Providers(
        by_step={
            Step(kind, each.name): each.provider for kind, known in _KINDS.items() for each in host.catalog.of(known)
        },
        failed={record.name: record.reason or "" for record in host.failed},
        absent=[record.name for record in host.absent(_INSPECTORS)],
    )


def prepare(providers: Providers) -> None:
    """Let every provider load what it needs before the children are forked; one that fails is none the worse for it."""
    fence = Fence()
    for step, provider in providers.by_step.items():
        outcome = fence.run(step.name, "prepare", provider.prepare, _PREPARE_SECONDS, lambda value: value)
        if not outcome.ok:
            log.warning("%s %s could not prepare: %s", step.kind, step.name, outcome.reason)


def _given(name: str) -> PluginSource:
    return PluginSource(name=name, version="0", origin="given", load=partial(importlib.import_module, name))
