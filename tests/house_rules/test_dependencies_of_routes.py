"""What routes depend on never costs a thread: a plain function among the dependencies would be run in one each time."""

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from core.api.application import create_app


def calls(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from calls(each)


def is_coroutine(call: object) -> bool:
    plain = inspect.isfunction(call) or inspect.ismethod(call)
    return inspect.iscoroutinefunction(call if plain else getattr(call, "__call__", call))  # noqa: B004


def test_every_route_and_dependency_is_a_coroutine() -> None:
    threaded = {
        f"{getattr(call, '__module__', '?')}.{getattr(call, '__qualname__', call)}"
        for route in iter_route_contexts(create_app().routes)
        if (dependant := getattr(route, "dependant", None)) is not None
        for call in (dependant.call, *calls(dependant))
        if not is_coroutine(call)
    }
    assert threaded == set()
