"""The conformance table of all connectors, made of the suites that the tests run."""

import asyncio
import importlib.util
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.devkit.conformance import ConnectorConformance
from core.devkit.statements import Statement, excuses, statements

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "conformance.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"


def suites() -> list[type[ConnectorConformance]]:
    """Return the suites of `tests/connectors/*/test_conformance.py` and of the examples, by the names of connectors."""
    files = [*ROOT.glob("tests/connectors/*/test_conformance.py"), *ROOT.glob("examples/*/test_*.py")]
    found = [suite for file in sorted(files) for suite in _suites_of(file)]
    return sorted(found, key=lambda suite: suite.connector.name)


def _suites_of(file: Path) -> Iterator[type[ConnectorConformance]]:
    sys.path.insert(0, str(file.parent))
    try:
        spec = importlib.util.spec_from_file_location(f"conformance_of_{file.parent.name.replace('-', '_')}", file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.parent))
    for value in vars(module).values():
        # Only what pytest collects counts.
        if isinstance(value, type) and issubclass(value, ConnectorConformance) and value.__name__.startswith("Test"):
            yield value


def titles(columns: list[type[ConnectorConformance]]) -> dict[type[ConnectorConformance], str]:
    """Return what stands above each column: the connector, and the suite's name where it has several."""
    names = Counter(suite.connector.name for suite in columns)
    found = {suite: f"`{suite.connector.name}`" for suite in columns}
    several = [suite for suite in columns if names[suite.connector.name] > 1]
    ways = {suite: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", suite.__name__.removeprefix("Test")) for suite in several}
    return found | {suite: f"{found[suite]} ({way.lower()})" for suite, way in ways.items()}


def table() -> str:
    """Return the table and the reasons below it."""
    columns = titles(suites())
    notes: list[str] = []
    lines = [
        f"| {' | '.join(['statement', *columns.values()])} |",
        f"| {' | '.join(['---'] * (len(columns) + 1))} |",
    ]
    for row in statements():
        cells = [_cell(suite, row, notes, title) for suite, title in columns.items()]
        number = f"{row.number}. " if row.number else ""
        lines.append(f"| {' | '.join([number + row.text, *cells])} |")
    return "\n".join([*lines, "", *notes]).rstrip() + "\n"


def _cell(suite: type[ConnectorConformance], row: Statement, notes: list[str], title: str) -> str:
    test = f"test_{row.key}"
    assert getattr(suite, test) is getattr(ConnectorConformance, test), f"{suite.__name__} replaces {test}"
    reason = excuses(suite).get(row.key)
    versions = asyncio.run(suite.connector.spec()).manifest.config_version
    if row.key == "migration" and versions == 1:
        reason = "its configuration has never changed shape"
    if reason is None:
        return "holds"
    note = f"{title}: {reason.rstrip('.')}."
    if not any(each.endswith(note) for each in notes):
        notes.append(f"{len(notes) + 1}. {note}")
    number = next(each for each in notes if each.endswith(note)).partition(".")[0]
    return f"not applicable ({number})"


def rewritten(page: str) -> str:
    """Return the page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
