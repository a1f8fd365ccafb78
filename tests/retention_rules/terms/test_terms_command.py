"""`deloteka terms explain`: one line a row, whatever stands in it, and nothing skipped."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.cli import main

HERE = Path(__file__).parent
FIELDS = [
    "row", "status", "kind", "years", "mark", "trigger", "triggers", "counting", "article", "conditions", "replaced",
    "remarks", "not_understood", "doubts",
]  # fmt: skip


def run(content: bytes | str, *options: str) -> Result:
    raw = content.encode() if isinstance(content, str) else content
    return CliRunner().invoke(main, ["terms", "explain", *options], input=raw, catch_exceptions=False)


def lines(content: bytes | str) -> list[dict[str, Any]]:
    result = run(content, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def as_csv(*rows: list[str]) -> str:
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue()


def test_every_field_is_told() -> None:
    (line,) = lines(as_csv(["5 лет ЭПК (1), ст. 277", "(1) После замены; переписка - 3 года. Переходящее"]))
    assert list(line) == FIELDS
    assert line | {"conditions": None} == {
        "row": 1,
        "status": "understood",
        "kind": "years",
        "years": 5,
        "mark": "ЭПК",
        "trigger": "replaced",
        "triggers": [{"code": "replaced", "words": "замены"}],
        "counting": "year_after",
        "article": "ст. 277",
        "conditions": None,
        "replaced": None,
        "remarks": ["Переходящее"],
        "not_understood": [],
        "doubts": [],
    }
    (condition,) = line["conditions"]
    assert (condition["type"], condition["by"], condition["words"]) == ("other_term", "sub_kind", "переписка")
    assert (condition["term"]["kind"], condition["term"]["years"]) == ("years", 3)


def test_conditions_tell_their_kind() -> None:
    footnote = (
        "При условии проведения проверки; при отсутствии годовых - постоянно; не ранее утверждения описей; "
        "невостребованные - 50 лет; передаются в архив; для организаций, не являющихся источниками комплектования - ДМН"
    )
    (line,) = lines(as_csv(["5 лет", footnote]))
    types = [condition["type"] for condition in line["conditions"]]
    assert types == ["gate", "upgrade", "floor", "fallback", "transfer", "non_source"]
    assert line["conditions"][2]["until"] == {"code": "inventory_approved", "words": "утверждения описей"}
    assert line["trigger"] == "inventory_approved"


@pytest.mark.parametrize(
    "head", ["", "term,footnote\r\n", "\ufeff", "\ufeffterm,footnote\n", "Term, Footnote \n", "term\n"]
)
def test_a_header_and_a_byte_order_mark_may_be_there(head: str) -> None:
    (line,) = lines(head + "3 г.,\n")
    assert (line["row"], line["years"]) == (1, 3)


def test_a_field_may_hold_line_breaks_and_the_second_may_be_missing() -> None:
    told = lines('"5\nлет\nЭПК","Переходящее\n"\r\nДМН\n"",""\n\n\n')
    assert [line["kind"] for line in told] == ["years", "until_not_needed", "not_applicable"]


def test_what_is_in_doubt_is_told_with_what_could_be_read() -> None:
    (line,) = lines(as_csv(["До истечения срока действия договора; после истечения - 5 лет ЭПК", ""]))
    assert (line["status"], line["kind"], line["years"], line["mark"]) == ("needs_review", "compound", 5, "ЭПК")
    assert line["trigger"] == "contract_ended"
    assert line["not_understood"] == ["после", "истечения", "5", "лет"]
    (line,) = lines("qwerty\n")
    assert (line["kind"], line["conditions"], line["not_understood"]) == (None, [], ["qwerty"])


def test_the_collection_gets_a_line_a_row() -> None:
    with (HERE / "retention_terms.csv").open(encoding="utf-8", newline="") as source:
        rows = [[row["term"], row["footnote"]] for row in csv.DictReader(source)]
    told = lines(as_csv(["term", "footnote"], *rows))
    assert [line["row"] for line in told] == list(range(1, 51))


@pytest.mark.parametrize(
    ("content", "complaint", "explained"),
    [
        ("5 лет,,\n3 года,\n", "Row 1 has 3 fields", [2]),
        ("5 лет,\n\n3 года,\n", "Row 2 has 0 fields", [1, 3]),
        (b"\xff5,\n", "not UTF-8 (byte 0)", []),
        ('5 лет,\n"3 года,\n', "no CSV from line 2 on", [1]),
        ('5 лет,\n"3" года,\n', "no CSV from line 2 on", [1]),
    ],
)
def test_malformed_rows_are_told_of_and_fail_the_command(
    content: bytes | str, complaint: str, explained: list[int]
) -> None:
    result = run(content, "--json")
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert [json.loads(line)["row"] for line in result.stdout.splitlines()] == explained


def test_nothing_in_gives_nothing_out() -> None:
    assert lines("") == []


def test_without_json_a_person_reads_a_table() -> None:
    result = run(as_csv(["5 лет (1)", "(1) После  замены"], ["5\nлет кроме", "Переходящее"]))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Строка | Состояние | Срок | Сноски и примечания | Основание | Что не понято",
        "1 | понятно | 5 лет после замены | - | - | -",
        "2 | нужно решение | 5 лет кроме | Переходящее | - | кроме",
    ]
