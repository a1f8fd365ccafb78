"""What the conformance suite states about a connector, and the table of it."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One row of the table."""

    key: str
    """The name of its test without `test_`."""
    number: int | None
    """Its number in the list of tests that every connector passes; `None`: beyond that list."""
    text: str
    always: bool
    """Whether no connector is excused from it."""


class Stated(Protocol):
    """A suite, as a statement needs it."""

    not_applicable: Mapping[str, str]


S = TypeVar("S", bound=Stated)
_STATEMENTS: dict[str, Statement] = {}


def statement(
    text: str, *, number: int | None = None, always: bool = False
) -> Callable[[Callable[[S], Awaitable[None]]], Callable[[S], None]]:
    """Make a coroutine method a test: it runs in a loop of its own, and whatever it raises is an `AssertionError`."""

    def made(method: Callable[[S], Awaitable[None]]) -> Callable[[S], None]:
        key = method.__name__.removeprefix("test_")
        _STATEMENTS[key] = Statement(key=key, number=number, text=text, always=always)

        @functools.wraps(method)
        def test(self: S) -> None:
            if key not in self.not_applicable:
                asyncio.run(_kept(method(self), text))

        return test

    return made


async def _kept(statement: Awaitable[None], text: str) -> None:
    try:
        await statement
    except AssertionError as error:
        message = f"{text}. But {error}"
        raise AssertionError(message) from error
    except Exception as error:
        message = f"{text}. But {type(error).__name__} came out: {error}"
        raise AssertionError(message) from error


def statements() -> tuple[Statement, ...]:
    """Return every statement in the order of the suite."""
    return tuple(_STATEMENTS.values())


def excuses(suite: Any) -> dict[str, str]:  # noqa: ANN401 - a class of a suite, as it is written down
    """Return what is not applicable and why; raise `AssertionError` for what no connector may be excused from."""
    known = {each.key: each for each in statements()}
    for key, reason in suite.not_applicable.items():
        expect(key in known, f"there is no statement {key!r}; there are: {', '.join(known)}")
        expect(not known[key].always, f"no connector is excused from {key!r}")
        expect(len(reason.split()) > 1, f"the reason why {key!r} is not applicable must be told: {reason!r}")
    return dict(suite.not_applicable)


def expect(condition: bool, message: str) -> None:  # noqa: FBT001 - reads like the assertion it is
    """Raise `AssertionError` with the message unless the condition holds."""
    if not condition:
        raise AssertionError(message)
