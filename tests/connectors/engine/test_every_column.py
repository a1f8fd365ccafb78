"""Every column of what names learners, or is kept of them, is listed with what ends it: a forgotten one fails here."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.registry_house import House

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/explanation/forgetting.md"
FEATURES = ("origins", "imports", "connections", "period_exports", "notifications")
BESIDE = ("people", "result_changes", "reward_changes", "consent_withdrawals")
"""About learners as well, without naming them by `person_id`."""
ENDS = {"act", "term", "work", "person", "kept"}
ROW = re.compile(r"(?m)^\| `(?P<table>[a-z_]+)` \| (?P<columns>.+?) \| \*\*(?P<end>[a-z]+)\*\*(?P<why>.*) \|$")
COLUMN = re.compile(r"`([a-z_0-9]+)`")


def tables() -> set[str]:
    """Tables that these features make."""
    found: set[str] = set()
    for feature in FEATURES:
        for path in (ROOT / "core" / feature / "migrations").glob("*.sql"):
            found.update(re.findall(r"CREATE TABLE ([a-z_]+)", path.read_text(encoding="utf-8")))
    return found


@pytest.fixture(scope="module")
def listed() -> Counter[tuple[str, str]]:
    rows = ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return Counter((row["table"], column) for row in rows for column in COLUMN.findall(row["columns"]))


async def test_every_column_is_listed_once_with_what_ends_it(
    house_in_memory: House, listed: Counter[tuple[str, str]]
) -> None:
    rows = await house_in_memory.owner.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name IN (SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE')"
        " AND (table_name = ANY ($1) OR table_name IN (SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'person_id'))",
        [*tables(), *BESIDE],
    )
    there = {(row["table_name"], row["column_name"]) for row in rows}
    assert {table for table, _ in there} >= tables()
    assert len(tables()) > 20
    assert {"not listed": sorted(there - listed.keys()), "unknown": sorted(listed.keys() - there)} == {
        "not listed": [],
        "unknown": [],
    }
    assert {each for each, number in listed.items() if number > 1} == set()


def test_every_end_is_one_that_the_page_explains_and_has_its_reason() -> None:
    rows = list(ROW.finditer(PAGE.read_text(encoding="utf-8")))
    assert {row["end"] for row in rows} <= ENDS
    assert [row["table"] for row in rows if len(row["why"]) < len(": a word")] == []
