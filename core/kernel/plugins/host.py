"""The plugin host: loads the plugins that the settings name, one by one, and asks them one by one."""

import copy
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

from core.kernel.plugins.catalog import Catalog, PluginRecord, Registered, Status
from core.kernel.plugins.errors import PluginHostError, ProviderMissing
from core.kernel.plugins.fence import Fence, Outcome
from core.kernel.plugins.kinds import CHECKS, Kind, Offer, WrongAnswer, checked_offers
from core.kernel.plugins.loading import Implementation, checked_model, implementations, validated
from core.kernel.plugins.redaction import Redactor
from core.kernel.plugins.sources import BUILT_IN, UNKNOWN, InstalledPlugins, PluginSource
from core.sdk.disposal import DisposalReview, Objection
from core.sdk.events import Event

log = logging.getLogger(__name__)

T = TypeVar("T")

PLUGIN_FAILED = "plugin_failed"
"""Code of the objection that stands for a plugin which could not be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds that one call into one plugin may take."""

    load: float = 15.0
    """To import it."""
    register: float = 5.0
    """To answer one registration hook."""
    review: float = 30.0
    event: float = 30.0


@dataclass(frozen=True, slots=True)
class RaisedObjection:
    """An objection and the plugin that raised it, or whose failure counts as one."""

    plugin: str
    objection: Objection


@dataclass(slots=True)
class _Enabled:
    """A plugin that the settings name, whatever became of it."""

    record: PluginRecord
    redactor: Redactor
    hooks: Mapping[str, Implementation]
    settings: BaseModel | None = None


class PluginHost:
    """The enabled plugins of one process, and what they offer."""

    def __init__(
        self, enabled: Sequence[_Enabled], catalog: Catalog, installed: InstalledPlugins, fence: Fence, limits: Limits
    ) -> None:
        self._enabled = tuple(enabled)
        self._installed = installed
        self._fence = fence
        self._limits = limits
        self.catalog = catalog

    @property
    def enabled(self) -> tuple[PluginRecord, ...]:
        """The plugins that the settings name, in their order, `active` or `failed`."""
        return tuple(each.record for each in self._enabled)

    @property
    def failed(self) -> tuple[PluginRecord, ...]:
        """Those of them that stayed out."""
        return tuple(record for record in self.enabled if record.status is Status.FAILED)

    @property
    def fence(self) -> Fence:
        """What calls into plugins pass, also those of features; it remembers who has not come back."""
        return self._fence

    def inventory(self) -> tuple[PluginRecord, ...]:
        """Return every plugin: the enabled ones, then what is installed but not enabled. Reads installed metadata."""
        known = {(record.name, record.origin) for record in self.enabled}
        names = {record.name for record in self.enabled}
        others = (source for source in self._installed if (source.name, source.origin) not in known)
        enabled = tuple(self._with_calls(record) for record in self.enabled)
        return enabled + tuple(_not_loaded(source, wanted=source.name in names) for source in others)

    def _with_calls(self, record: PluginRecord) -> PluginRecord:
        """Say of a plugin which calls in this process it has not come back from."""
        left = self._fence.left(record.name)
        if not left or record.status is not Status.ACTIVE:
            return record
        return replace(record, reason=f"has not come back from: {', '.join(left)}; restart the service")

    def absent(self, hook: str) -> tuple[PluginRecord, ...]:
        """Return the enabled plugins that failed and would have answered `hook`, or may have: nobody can know.

        Whoever must not go on without an answer asks this first; an intake whose scanner is absent fails closed.
        """
        return tuple(record for record in self.failed if record.may_implement(hook))

    def require(self, kind: Kind, name: str) -> Registered[Any]:
        """Return the provider that a setting names; raise `ProviderMissing` with all that helps to repair it."""
        found = self.catalog.get(kind, name)
        if found is not None:
            return found
        raise ProviderMissing(
            kind,
            name,
            offered=tuple(each.name for each in self.catalog.of(kind)),
            failed=tuple(f"{record.name}: {record.reason}" for record in self.failed),
        )

    async def review_disposal(self, review: DisposalReview) -> tuple[RaisedObjection, ...]:
        """Ask every plugin about the lines of an act; what could not be asked objects to every line.

        Plugins in the order of the settings, then as each one answered. An empty answer means that nobody objects.
        """
        hook = "review_disposal"
        raised: list[RaisedObjection] = []
        for each in self._enabled:
            record = each.record
            if record.status is Status.FAILED and record.may_implement(hook):
                raised += _against_all(review, record.name, f"is enabled but failed: {record.reason}")
            elif record.status is Status.ACTIVE and hook in each.hooks:
                check = partial(_checked_objections, frozenset(line.id for line in review.lines))
                outcome = await self._ask(each, hook, self._limits.review, check, review=copy.deepcopy(review))
                if outcome.value is None:
                    raised += _against_all(review, record.name, outcome.reason or "gave no answer")
                else:
                    raised += [RaisedObjection(record.name, objection) for objection in outcome.value]
        return tuple(raised)

    @property
    def listeners(self) -> tuple[str, ...]:
        """Names of the active plugins that hear events."""
        return tuple(each.record.name for each in self._enabled if _listens(each))

    async def deliver(self, event: Event, *, only: Collection[str] | None = None) -> tuple[Outcome[None], ...]:
        """Tell an event to every listener, or to those of `only`; deliver again to those whose outcome is not `ok`."""
        outcomes = []
        for each in self._enabled:
            if _listens(each) and (only is None or each.record.name in only):
                told = copy.deepcopy(event)
                outcomes.append(await self._ask(each, "on_event", self._limits.event, _checked_nothing, event=told))
        return tuple(outcomes)

    async def _ask(
        self, plugin: _Enabled, hook: str, limit: float, check: Callable[[object], T], **arguments: object
    ) -> Outcome[T]:
        call = partial(plugin.hooks[hook], settings=plugin.settings, **arguments)
        outcome = await self._fence.arun(plugin.record.name, hook, call, limit, check)
        return _reported(outcome, plugin.redactor)


def build_host(
    enabled: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    *,
    limits: Limits | None = None,
    given: Sequence[PluginSource] = (),
    asking: Collection[str] = tuple(CHECKS),
) -> PluginHost:
    """Load the plugins called `enabled`, in this order, each with its table of `settings`.

    Never raises because of a plugin: a plugin that does not load is listed as failed. The result depends on the
    arguments and on what is installed only, so that a child process builds the same host from the same settings.
    `given` adds plugins that are not installed. Of the hooks that return providers, only those of `asking` are asked.
    """
    builder = _Builder(InstalledPlugins(given), limits or Limits(), frozenset(asking))
    for name in enabled:
        builder.add(name, settings.get(name, {}))
    return builder.host()


class _Builder:
    """Loads plugins one after another."""

    def __init__(self, installed: InstalledPlugins, limits: Limits, asking: frozenset[str]) -> None:
        self._installed = installed
        self._asking = asking
        self._limits = limits
        self._fence = Fence()
        self._catalog = Catalog()
        self._enabled: list[_Enabled] = []
        self._objects: dict[str, object] = {}

    def host(self) -> PluginHost:
        return PluginHost(self._enabled, self._catalog, self._installed, self._fence, self._limits)

    def add(self, name: str, table: Mapping[str, Any]) -> None:
        redactor = Redactor(table)
        if any(each.record.name == name for each in self._enabled):
            # The first of the two is loaded, so nothing that was asked for is missing: it has no hooks of its own.
            source = PluginSource(name=name, version=UNKNOWN, origin=UNKNOWN, load=object, hooks=frozenset())
            self._fail(source, redactor, "named twice in plugins.enabled; remove one of the two")
            return
        try:
            source = self._run(name, "find", lambda: self._installed.find(name), redactor, self._limits.load)
        except _Failed as failure:
            unknown = PluginSource(name=name, version=UNKNOWN, origin=UNKNOWN, load=object, hooks=BUILT_IN.get(name))
            self._fail(unknown, redactor, str(failure))
            return
        self._load(source, table, redactor)

    def _load(self, source: PluginSource, table: Mapping[str, Any], redactor: Redactor) -> None:
        name, hooks = source.name, source.hooks
        try:
            found = self._run(name, "import", lambda: self._imported(source), redactor, self._limits.load)
            hooks = frozenset(found)
            settings = self._settings(name, found, table, redactor)
            offers: list[Offer] = []
            for hook in CHECKS:
                if hook in found and hook in self._asking:
                    offers += self._offers(name, hook, found[hook], settings, redactor)
            self._catalog.add(name, offers)
        except (_Failed, PluginHostError) as failure:
            self._fail(replace(source, hooks=hooks), redactor, str(failure))
            return
        record = _record(source, Status.ACTIVE, hooks=hooks)
        self._enabled.append(_Enabled(record, redactor, found, settings))

    def _imported(self, source: PluginSource) -> Mapping[str, Implementation]:
        plugin = source.load()
        twin = next((name for name, other in self._objects.items() if other is plugin), None)
        if twin is not None:
            message = f"is the same object as plugin {twin!r}"
            raise PluginHostError(message)
        found = implementations(source.name, plugin)
        self._objects[source.name] = plugin
        return found

    def _settings(
        self, name: str, found: Mapping[str, Implementation], table: Mapping[str, Any], redactor: Redactor
    ) -> BaseModel | None:
        def answer() -> BaseModel | None:
            model = checked_model(found[hook]()) if hook in found else None
            return validated(name, model, table, redactor)

        hook = "register_settings"
        return self._run(name, hook, answer, redactor, self._limits.register)

    def _offers(
        self, name: str, hook: str, found: Implementation, settings: BaseModel | None, redactor: Redactor
    ) -> tuple[Offer, ...]:
        def answer() -> tuple[Offer, ...]:
            return checked_offers(hook, found(settings=settings))

        try:
            return self._run(name, hook, answer, redactor, self._limits.register)
        except _Failed as failure:
            message = f"{hook} {failure}"
            raise _Failed(message) from failure

    def _run(self, plugin: str, step: str, answer: Callable[[], T], redactor: Redactor, limit: float) -> T:
        outcome = _reported(self._fence.run(plugin, step, answer, limit, lambda value: value), redactor)
        if not outcome.ok:
            raise _Failed(outcome.reason or "gave no answer")
        return outcome.value  # type: ignore[return-value]  # an outcome that is ok carries what `answer` returned

    def _fail(self, source: PluginSource, redactor: Redactor, reason: str) -> None:
        record = _record(source, Status.FAILED, reason=redactor(reason), hooks=source.hooks)
        self._enabled.append(_Enabled(record, redactor, {}))


class _Failed(Exception):
    """A step of loading did not come to a good end; the message is the reason."""


def _record(
    source: PluginSource, status: Status, *, reason: str | None = None, hooks: frozenset[str] | None = None
) -> PluginRecord:
    return PluginRecord(
        name=source.name, version=source.version, origin=source.origin, status=status, reason=reason, hooks=hooks
    )


def _not_loaded(source: PluginSource, *, wanted: bool) -> PluginRecord:
    if wanted:
        reason = "another plugin has this name; uninstall this distribution, or ask its author for another name"
        return _record(source, Status.FAILED, reason=reason, hooks=frozenset())
    return _record(source, Status.DISABLED, reason="not named in plugins.enabled", hooks=source.hooks)


def _listens(plugin: _Enabled) -> bool:
    return plugin.record.status is Status.ACTIVE and "on_event" in plugin.hooks


def _reported(outcome: Outcome[T], redactor: Redactor) -> Outcome[T]:
    if outcome.ok:
        return outcome
    reason, trace = redactor(outcome.reason or ""), outcome.trace and redactor(outcome.trace)
    log.warning("plugin %s, %s: %s%s", outcome.plugin, outcome.hook, reason, f"\n{trace}" if trace else "")
    return replace(outcome, reason=reason, trace=trace)


def _against_all(review: DisposalReview, plugin: str, reason: str) -> list[RaisedObjection]:
    text = f"plugin {plugin!r} could not be asked: {reason}. Repair it, or take it out of plugins.enabled."
    return [
        RaisedObjection(plugin, Objection(line_id=line.id, code=PLUGIN_FAILED, reason=text)) for line in review.lines
    ]


def _checked_objections(lines: frozenset[object], answer: object) -> tuple[Objection, ...]:
    if answer is None:
        return ()
    if not isinstance(answer, list | tuple):
        message = f"an object of type {type(answer).__name__}; expected a list or tuple of Objection, or None"
        raise WrongAnswer(message)
    for each in answer:
        if not isinstance(each, Objection):
            message = f"an object of type {type(each).__name__}, which is not an Objection"
            raise WrongAnswer(message)
        if each.line_id not in lines:
            message = f"an objection to line {each.line_id}, which it was not asked about"
            raise WrongAnswer(message)
    return tuple(answer)


def _checked_nothing(answer: object) -> None:
    if answer is not None:
        message = f"an object of type {type(answer).__name__}; on_event returns nothing"
        raise WrongAnswer(message)
