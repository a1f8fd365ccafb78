"""Where plugins come from: the built-in ones by name, others from the entry points of installed distributions."""

import difflib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.kernel.plugins.errors import PluginHostError
from core.sdk.hooks import ENTRY_POINT_GROUP

BUILT_IN_ORIGIN = "built-in"
UNKNOWN = "unknown"

BUILT_IN: Mapping[str, frozenset[str]] = {
    "pdf": frozenset({"register_inspectors", "register_extractors"}),
    "images": frozenset({"register_inspectors"}),
    "media_type": frozenset({"register_inspectors"}),
    "previews": frozenset({"register_renderers"}),
    "dnevnik": frozenset({"register_connectors"}),
    "moodle": frozenset({"register_connectors"}),
    "oneroster": frozenset({"register_connectors"}),
    "tabular": frozenset({"register_connectors"}),
    "scans": frozenset({"register_connectors"}),
    "smtp": frozenset({"register_notifiers"}),
    "webhooks": frozenset({"register_notifiers"}),
    "clamav": frozenset({"register_inspectors"}),
}
"""Names of the plugins that may come with Deloteka, and what is missing when one of them cannot be imported."""

BUILT_IN_NAMES = tuple(BUILT_IN)


class PluginNotFound(PluginHostError):
    """No installed plugin has this name, or more than one has."""

    code = "plugin_not_found"
    title = "There is no such plugin"
    remedy = "Correct plugins.enabled, or install the distribution that offers the plugin."


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSource:
    """A plugin that could be loaded."""

    name: str
    version: str
    origin: str
    load: Callable[[], object]
    """Imports it; runs foreign code."""
    hooks: frozenset[str] | None = None
    """What it is known to implement before it is loaded."""


class InstalledPlugins:
    """Everything that is installed; entry points are read only when someone asks for a name that is not built in."""

    def __init__(self, given: Sequence[PluginSource] = ()) -> None:
        self._given = {source.name: source for source in given}

    def find(self, name: str) -> PluginSource:
        """Return the plugin of that name; raise `PluginNotFound` if there is none, or more than one."""
        if name in self._given:
            return self._given[name]
        if name in BUILT_IN:
            if not _is_present(name):
                message = f"the built-in plugin {name!r} is not part of this version"
                raise PluginNotFound(message)
            return _built_in(name)
        offered = [source for source in self._external if source.name == name]
        if len(offered) > 1:
            message = f"offered by more than one distribution: {', '.join(source.origin for source in offered)}"
            raise PluginNotFound(message)
        if not offered:
            raise PluginNotFound(self._nothing_like(name))
        return offered[0]

    def __iter__(self) -> Iterator[PluginSource]:
        """Every plugin, enabled or not: given ones, built-in ones, then those from outside by name."""
        yield from self._given.values()
        yield from (_built_in(name) for name in BUILT_IN if name not in self._given and _is_present(name))
        yield from self._external

    def _nothing_like(self, name: str) -> str:
        known = sorted({source.name for source in self})
        close = difflib.get_close_matches(name, known, 1)
        advice = f"did you mean {close[0]!r}?" if close else f"installed are: {', '.join(known) or 'none'}"
        return f"no plugin of this name is installed; {advice}"

    @cached_property
    def _external(self) -> tuple[PluginSource, ...]:
        points = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)
        return tuple(sorted(map(_from_entry_point, points), key=lambda source: (source.name, source.origin)))


def _built_in(name: str) -> PluginSource:
    return PluginSource(
        name=name,
        version=_own_version(),
        origin=BUILT_IN_ORIGIN,
        load=lambda: importlib.import_module(f"plugins.{name}"),
        hooks=BUILT_IN[name],
    )


def _is_present(name: str) -> bool:
    spec = importlib.util.find_spec(f"plugins.{name}")
    # A folder without a module (left over, or not written yet) has a specification too, but no file of origin.
    return spec is not None and spec.origin is not None


def _own_version() -> str:
    try:
        return importlib.metadata.version("deloteka")
    except importlib.metadata.PackageNotFoundError:
        return UNKNOWN


def _from_entry_point(point: importlib.metadata.EntryPoint) -> PluginSource:
    distribution = point.dist
    return PluginSource(
        name=point.name,
        version=distribution.version if distribution else UNKNOWN,
        origin=distribution.name if distribution else UNKNOWN,
        load=point.load,
    )
