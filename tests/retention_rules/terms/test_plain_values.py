"""A reading as plain values: every field of every kind of condition, as reports and the command line show it."""

import pytest

from retention.explaining import explain
from retention.grammar import read

REPLACED = {"code": "replaced", "words": "замены новыми"}
LEFT = {"code": "employee_left", "words": "увольнения"}
DISPOSED = {"code": "asset_disposed", "words": "списания основных средств"}
NOTHING_ELSE = {"triggers": [], "counting": "year_after"}
THREE_YEARS = {"kind": "years", "years": 3, "mark": None, "trigger": None, **NOTHING_ELSE}
FOREVER = {"kind": "permanent", "years": None, "mark": None, "trigger": None, **NOTHING_ELSE}


def test_a_reading_is_told_field_by_field() -> None:
    reading = read("5 лет ЭПК после замены новыми; после увольнения, ст. 19 б, ст. 20", "Переходящее")
    assert explain(reading) == {
        "status": "understood",
        "kind": "years",
        "years": 5,
        "mark": "ЭПК",
        "trigger": "replaced",
        "triggers": [REPLACED, LEFT],
        "counting": "year_after",
        "article": "ст. 19 б; ст. 20",
        "conditions": [],
        "replaced": None,
        "remarks": ["Переходящее"],
        "not_understood": [],
        "doubts": [],
    }


@pytest.mark.parametrize(
    ("footnote", "expected"),
    [
        ("При условии проведения проверки", {"type": "gate", "words": "При условии проведения проверки"}),
        ("Подлежат возврату владельцам", {"type": "transfer", "words": "Подлежат возврату владельцам"}),
        (
            "Не ранее списания основных средств",
            {"type": "floor", "words": "Не ранее списания основных средств", "years": None, "until": DISPOSED},
        ),
        (
            "При наличии счетов; при отсутствии - постоянно",
            {"type": "upgrade", "words": "при отсутствии счетов", "otherwise": "При наличии счетов", "term": FOREVER},
        ),
        (
            "При отсутствии счетов; при наличии - 3 года",
            {
                "type": "other_term",
                "words": "при наличии счетов",
                "by": "sub_kind",
                "otherwise": "При отсутствии счетов",
                "term": THREE_YEARS,
            },
        ),
        (
            "По месту разработки - 3 года",
            {"type": "other_term", "words": "По месту разработки", "by": "place", "term": THREE_YEARS},
        ),
        ("При отсутствии счетов - постоянно", {"type": "upgrade", "words": "При отсутствии счетов", "term": FOREVER}),
        ("Невостребованные - 3 года", {"type": "fallback", "words": "Невостребованные", "term": THREE_YEARS}),
    ],
)
def test_a_condition_is_told_field_by_field(footnote: str, expected: dict[str, object]) -> None:
    assert explain(read("5 лет (1)", f"(1) {footnote}"))["conditions"] == [expected]


@pytest.mark.parametrize(
    ("cell", "footnote", "trigger", "years"),
    [
        ("5 лет (1)", "(1) Не ранее списания основных средств", "asset_disposed", 5),
        ("5 лет после замены новыми (1)", "(1) Не ранее списания основных средств", "replaced", 5),
        ("До востребования (1)", "(1) Невостребованные - 3 года", "claimed", 3),
        ("До минования надобности (1)", "(1) Не менее 3 лет", None, 3),
        ("5 лет (1)", "(1) Не ранее списания основных средств; не ранее увольнения", "asset_disposed", 5),
        ("До востребования (1)", "(1) Невостребованные - 3 года; неполученные - 5 лет", "claimed", 3),
        ("Не менее 3 лет (1)", "(1) Не менее 5 лет", None, 3),
    ],
)
def test_the_columns_of_a_collection_tell_the_first_event_and_the_years_that_are_sure(
    cell: str, footnote: str, trigger: str | None, years: int
) -> None:
    said = explain(read(cell, footnote))
    assert (said["trigger"], said["years"]) == (trigger, years)


def test_of_countings_that_differ_the_first_is_shown_to_the_person_who_decides() -> None:
    said = explain(read("3 года с момента замены новыми; после увольнения"))
    assert (said["status"], said["counting"]) == ("needs_review", "moment")


def test_what_replaces_a_permanent_term_is_told_beside_it() -> None:
    said = explain(read("Постоянно (1)", "(1) До ликвидации организации"))
    assert (said["kind"], said["replaced"]) == ("until_liquidation", FOREVER)
