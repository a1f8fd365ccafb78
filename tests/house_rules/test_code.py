"""What code may not do, where neither ruff nor import-linter can say it."""

import ast
import re
from collections.abc import Iterator

import pytest

# Who may ask what time it is, and why.
CLOCK_OWNERS = {
    "core/bootstrap/clock.py": "the composition root hands the clock to everybody else",
    "storage/s3/client.py": "S3 refuses a request that is not signed with the present moment",
}
CLOCK_NAMES = {"now", "utcnow", "today"}
TIME_NAMES = {"time", "time_ns", "localtime", "gmtime", "ctime"}

# Of the standard library, what rules need: values and arithmetic.
RETENTION_MAY_IMPORT = {
    "__future__", "abc", "bisect", "calendar", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "itertools", "math", "operator", "re", "retention", "string", "types", "typing", "unicodedata",
}  # fmt: skip

SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "access key id": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "platform token": re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|glpat-[\w-]{20,})"),
    "web token": re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\."),
    "password in a URL": re.compile(r"[a-z]+://[^\s/:@\"'{}<>$]+:(?!(secret|password|пароль|…|\*+)@)[^\s/@\"'{}<>$]+@"),
}


def clock_readings(text: str) -> Iterator[int]:
    """Lines on which a module asks for the present moment."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(attr="today"), args=[_, *_]):
                # a day that is asked of a clock that was handed in: caller.today(clock)
                pass
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Name() | ast.Attribute())) if name in CLOCK_NAMES:
                # a clock that was handed in is asked too, but it is called itself: clock()
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id="time"))) if name in TIME_NAMES:
                yield node.lineno
            case ast.Call(func=ast.Name(id="utcnow")):
                yield node.lineno
            case ast.ImportFrom(module="time", names=names) if TIME_NAMES & {alias.name for alias in names}:
                yield node.lineno
            case _:
                pass


def imported_packages(text: str) -> set[str]:
    """Top-level names a module imports, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0] if node.level == 0 else "(relative)")
    return found


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now()",
        "datetime.now(UTC)",
        "datetime.datetime.now(tz)",
        "datetime.utcnow()",
        "date.today()",
        "datetime.date.today()",
        "time.time()",
        "time.time_ns()",
        "from time import time",
        "utcnow()",
    ],
)
def test_a_look_at_the_clock_is_seen(line: str) -> None:
    assert list(clock_readings(line)) == [1]


@pytest.mark.parametrize(
    "line",
    ["clock()", "caller.today(clock)", "time.monotonic()", "moment.time()", "asyncio.get_running_loop().time()"],
)
def test_a_clock_that_was_handed_in_and_monotonic_time_are_free(line: str) -> None:
    assert list(clock_readings(line)) == []


def test_nobody_but_its_owners_looks_at_the_clock(product_code: dict[str, str]) -> None:
    readings = [
        f"{name}:{line}"
        for name, text in product_code.items()
        if name not in CLOCK_OWNERS
        for line in clock_readings(text)
    ]
    assert readings == []


def test_retention_imports_values_and_arithmetic_only(product_code: dict[str, str]) -> None:
    strange = {
        name: sorted(imported_packages(text) - RETENTION_MAY_IMPORT)
        for name, text in product_code.items()
        if name.startswith("retention/")
    }
    assert {name: found for name, found in strange.items() if found} == {}


def test_nothing_that_looks_like_a_secret_lies_in_the_project(texts: dict[str, str]) -> None:
    found = [
        f"{name}:{number}: {kind}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if not name.startswith("tests/")
        for kind, pattern in SECRETS.items()
        if pattern.search(line)
    ]
    assert found == []
