"""The documentation prints what the suites of all connectors state, and which faults there are."""

import inspect

import pytest

from core.devkit import faults as faults_module
from core.devkit.conformance import ConnectorConformance
from core.devkit.faults import Fault, Refusal, Rewriting
from core.devkit.statements import statements
from tests.connectors.devkit import conformance_table

PAGE = conformance_table.PAGE.read_text(encoding="utf-8")


def faults() -> list[type[Fault]]:
    """Every switch; classes that others are made of are none."""
    found = [each for each in vars(faults_module).values() if isinstance(each, type) and issubclass(each, Fault)]
    return [each for each in found if each not in {Fault, Refusal, Rewriting}]


def test_the_table_of_all_connectors_is_printed() -> None:
    shown = conformance_table.rewritten(PAGE)
    assert shown == PAGE, "python -m tests.connectors.devkit.conformance_table writes it anew"
    assert "`library_cards`" in shown


def test_suites_of_one_connector_have_columns_of_their_own() -> None:
    titles = conformance_table.titles(conformance_table.suites())
    assert sorted(set(titles.values())) == sorted(titles.values())


def test_every_fault_is_printed() -> None:
    lines = [f"| `{each.__name__}` | {inspect.getdoc(each)} |" for each in faults()]
    assert lines
    assert [line for line in lines if line not in PAGE] == []


def test_every_attribute_of_a_suite_is_printed() -> None:
    said = {name for base in ConnectorConformance.__mro__ for name in vars(base).get("__annotations__", ())}
    assert [name for name in said if f"| `{name}` |" not in PAGE] == []


def test_a_suite_that_replaces_a_statement_is_refused() -> None:
    row = statements()[0]
    cheat = type("TestCheat", (ConnectorConformance,), {f"test_{row.key}": lambda _: None})
    with pytest.raises(AssertionError, match="replaces"):
        conformance_table._cell(cheat, row, [], "`cheat`")
