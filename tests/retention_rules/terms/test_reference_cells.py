"""The reference collection of terms and the sample nomenclatures are read as their authors say."""

import csv
from pathlib import Path

import pytest

from retention.explaining import explain
from retention.grammar import format_rule, read
from retention.terms import Doubt, Fallback, Floor, Gate, NonSource, OtherTerm, Transfer, Upgrade

HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


TERMS = rows("retention_terms.csv")
CLASSES = [(name, row) for name in ("school", "dpo", "ip") for row in rows(f"nomenclature_{name}.csv")]
NEED_A_PERSON = {("dpo", "06-04"), ("ip", "24")}


@pytest.mark.parametrize("row", TERMS, ids=[f"{row['term']}|{row['footnote']}"[:60] for row in TERMS])
def test_a_cell_of_the_collection_is_read_as_it_says(row: dict[str, str]) -> None:
    told = explain(read(row["term"], row["footnote"]))
    columns = {name: "" if told[name] is None else str(told[name]) for name in ("kind", "years", "mark", "trigger")}
    assert {"status": told["status"], **columns} == {name: row[name] for name in ("status", *columns)}


@pytest.mark.parametrize(("name", "row"), CLASSES, ids=[f"{name}-{row['index']}" for name, row in CLASSES])
def test_a_class_of_a_sample_is_understood_unless_its_row_contradicts_itself(name: str, row: dict[str, str]) -> None:
    reading = read(row["term"], row["note"], article=row["article"])
    assert (reading.rule is None) == ((name, row["index"]) in NEED_A_PERSON)
    if reading.rule is not None:
        written = format_rule(reading.rule)
        assert read(written.term, written.footnote, article=written.article).rule == reading.rule


@pytest.mark.parametrize(("name", "index"), sorted(NEED_A_PERSON))
def test_a_footnote_that_names_another_term_without_a_condition_is_in_doubt(name: str, index: str) -> None:
    (row,) = [row for sample, row in CLASSES if sample == name and row["index"] == index]
    reading = read(row["term"], row["note"])
    assert reading.doubts == (Doubt.CONTRADICTION,)
    assert reading.not_understood[0] == "До"


@pytest.mark.parametrize(
    ("name", "index", "kinds"),
    [
        ("school", "01-01", [OtherTerm]),
        ("school", "01-02", [NonSource]),
        ("school", "01-16", [Upgrade]),
        ("school", "01-18", [Upgrade]),
        ("school", "02-05", [Transfer]),
        ("school", "02-14", [Fallback]),
        ("school", "02-17", [Floor, Transfer]),
        ("school", "04-03", [OtherTerm]),
        ("school", "05-03", [Gate, Gate]),
        ("school", "06-04", [Upgrade]),
        ("dpo", "03-03", [OtherTerm]),
        ("ip", "11", [Floor]),
        ("ip", "19", [Gate]),
    ],
)
def test_every_condition_of_a_sample_is_found(name: str, index: str, kinds: list[type]) -> None:
    (row,) = [row for sample, row in CLASSES if sample == name and row["index"] == index]
    rule = read(row["term"], row["note"], article=row["article"]).rule
    assert rule is not None
    assert [type(condition) for condition in rule.conditions] == kinds


def test_several_events_all_count() -> None:
    (row,) = [row for sample, row in CLASSES if sample == "school" and row["index"] == "01-22"]
    rule = read(row["term"], row["note"]).rule
    assert rule is not None
    assert [trigger.code for trigger in rule.term.triggers] == ["contract_ended", "obligations_ended"]
    assert rule.remarks == ("Переходящее",)
