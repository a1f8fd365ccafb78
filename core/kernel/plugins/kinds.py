"""The kinds of providers, the hook each comes from, and the check of what a hook returned."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.sdk import connectors, providers, services


class Kind(StrEnum):
    """A kind of provider."""

    CONNECTOR = "connector"
    INSPECTOR = "inspector"
    SCANNER = "scanner"
    EXTRACTOR = "extractor"
    OCR_ENGINE = "ocr_engine"
    RENDERER = "renderer"
    REPLICA = "replica"
    MEANS_OF_DESTRUCTION = "means_of_destruction"
    PACKAGER = "packager"
    NOTIFIER = "notifier"
    AUTHENTICATOR = "authenticator"
    ROUTER = "router"
    COMMAND = "command"


PRIVATE_KINDS = frozenset({Kind.ROUTER, Kind.COMMAND})
"""Kinds whose names are unique within their plugin only: they are reached through the plugin's own name."""

COMPUTING_HOOKS = frozenset(
    {"register_inspectors", "register_extractors", "register_ocr_engines", "register_renderers", "register_packagers"}
)
"""The hooks whose providers run in child processes; a child asks no others."""

NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,62}")


class WrongAnswer(Exception):
    """A hook returned something that its specification does not allow; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider as a plugin handed it over, with its checked kind and name."""

    kind: Kind
    name: str
    provider: object


def _an_object_of(expected: Mapping[type, Kind]) -> Callable[[object], Offer]:
    words = " or ".join(each.__name__ for each in expected)

    def check(item: object) -> Offer:
        kinds = [kind for cls, kind in expected.items() if isinstance(item, cls)]
        if len(kinds) != 1:
            message = f"{_called(item)}, which is not an object of {words}" if not kinds else f"both {words} at once"
            raise WrongAnswer(message)
        return Offer(kinds[0], _checked_name(item), item)

    return check


def _a_connector_class(item: object) -> Offer:
    if not (isinstance(item, type) and issubclass(item, connectors.Connector)):
        message = f"{_called(item)}, which is not a subclass of Connector"
        raise WrongAnswer(message)
    if inspect.isabstract(item):
        message = f"the class {item.__name__}, which leaves out {', '.join(sorted(item.__abstractmethods__))}"
        raise WrongAnswer(message)
    return Offer(Kind.CONNECTOR, _checked_name(item), item)


def _a_factory(item: object) -> Offer:
    if isinstance(item, type) or not callable(item):
        message = f"{_called(item)}, which is not a function that builds a router"
        raise WrongAnswer(message)
    return Offer(Kind.ROUTER, getattr(item, "__name__", type(item).__name__), item)


def _a_command(item: object) -> Offer:
    import click  # noqa: PLC0415 - only plugins with commands need it, and child processes have none

    if not isinstance(item, click.Command) or not item.name:
        message = f"{_called(item)}, which is not a named click command"
        raise WrongAnswer(message)
    return Offer(Kind.COMMAND, item.name, item)


CHECKS: Mapping[str, Callable[[object], Offer]] = {
    "register_connectors": _a_connector_class,
    "register_inspectors": _an_object_of(
        {providers.Inspector: Kind.INSPECTOR, providers.Scanner: Kind.SCANNER},
    ),
    "register_extractors": _an_object_of({providers.Extractor: Kind.EXTRACTOR}),
    "register_ocr_engines": _an_object_of({providers.OcrEngine: Kind.OCR_ENGINE}),
    "register_renderers": _an_object_of({providers.Renderer: Kind.RENDERER}),
    "register_replicas": _an_object_of({services.Replica: Kind.REPLICA}),
    "register_means_of_destruction": _an_object_of({services.MeansOfDestruction: Kind.MEANS_OF_DESTRUCTION}),
    "register_packagers": _an_object_of({services.Packager: Kind.PACKAGER}),
    "register_notifiers": _an_object_of({services.Notifier: Kind.NOTIFIER}),
    "register_authenticators": _an_object_of({services.Authenticator: Kind.AUTHENTICATOR}),
    "register_routers": _a_factory,
    "register_commands": _a_command,
}
"""The hooks that return providers, in the order in which a plugin is asked."""


def checked_offers(hook: str, answer: object) -> tuple[Offer, ...]:
    """Return what a registration hook offered, or raise `WrongAnswer` if that is not what the hook returns."""
    refuse_awaitable(answer)
    if answer is None:
        return ()
    if not isinstance(answer, list | tuple):
        message = f"{_called(answer)}; expected a list or tuple of providers, or None"
        raise WrongAnswer(message)
    return tuple(CHECKS[hook](item) for item in answer)


def refuse_awaitable(answer: object) -> None:
    """Raise `WrongAnswer` if a registration hook is asynchronous."""
    if inspect.iscoroutine(answer):
        answer.close()
    if inspect.isawaitable(answer):
        message = f"{_called(answer)}; registration hooks are synchronous: write `def` instead of `async def`"
        raise WrongAnswer(message)


def _called(item: object) -> str:
    if isinstance(item, type):
        return f"the class {item.__name__}"
    return f"an object of type {type(item).__name__}"


def _checked_name(item: object) -> str:
    name = getattr(item, "name", None)
    if not isinstance(name, str) or not NAME_PATTERN.fullmatch(name):
        message = f"{_called(item)} with the name {name!r}; a name is lower snake case, at most 63 characters"
        raise WrongAnswer(message)
    return name
