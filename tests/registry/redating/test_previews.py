"""What a preview shows of cases whose rule has changed; nothing changes by it."""

from tests.registry.cases.desk import act as act_of_case
from tests.registry.cases.desk import hold, read_case
from tests.registry.disposal.bureau import (
    approve_inventory,
    begin_inventory,
    classes,
    closed_case,
    draft,
    enter,
    policy,
)
from tests.registry.nomenclature.office import UNCLEAR
from tests.registry.nomenclature.office import rows as rows_of
from tests.registry.redating.desk import kinds, lines, next_nomenclature, preview
from tests.registry_house import House

CHANGES = {
    "Дела 0": ("5 лет", "10 лет", "later"),
    "Дела 1": ("5 лет", "3 года", "earlier"),
    "Дела 2": ("5 лет", "5 лет ЭПК", "blocked"),
    "Дела 3": ("5 лет", UNCLEAR, "blocked"),
    "Дела 4": ("5 лет", "Постоянно", "blocked"),
    "Дела 5": ("5 лет", "3 года после замены новыми", "blocked"),
    "Дела 6": ("Постоянно", "5 лет", "appraisal_needed"),
    "Дела 7": ("5 лет ЭПК", "5 лет", "unblocked"),
    "Дела 8": (UNCLEAR, "5 лет", "unblocked"),
    "Дела 9": ("5 лет", "5 (пять) лет", "unchanged"),
    "Дела 10": ("5 лет", "5 лет", None),
}
"""Title of the row, its term, that of the next nomenclature, what becomes of a case."""


async def test_a_preview_tells_what_becomes_of_each_case_and_changes_nothing(house_in_memory: House) -> None:
    house = house_in_memory
    rows = await classes(house, *(before for before, _, _ in CHANGES.values()))
    cases = {row["title"]: await closed_case(house.a, row) for row in rows}
    version = await next_nomenclature(house, rows[0], {title: after for title, (_, after, _) in CHANGES.items()})
    shown = await preview(house, version_id=version["id"])
    found = await lines(house.a, shown)
    told = {title: found.get(case["id"], {"kind": None})["kind"] for title, case in cases.items()}
    assert told == {title: kind for title, (_, _, kind) in CHANGES.items()}
    assert kinds(shown) == {
        "unaffected": 1,
        "unchanged": 1,
        "later": 1,
        "earlier": 1,
        "blocked": 4,
        "unblocked": 2,
        "appraisal_needed": 1,
        "due": 3,
    }
    assert (shown["state"], shown["examined"], len(shown["digest"])) == ("ready", 11, 64)
    for case in cases.values():
        assert (await read_case(house.a, case)).items() >= case.items()


async def test_what_stands_in_an_inventory_or_on_an_act_is_shown_and_left(house_in_memory: House) -> None:
    house = house_in_memory
    year, permanent, other = await classes(house, "1 год", "Постоянно", "1 год")
    on_act, held, free = [await closed_case(house.a, year, title=f"Дело {number}") for number in range(3)]
    listed, alone = await closed_case(house.a, permanent), await closed_case(house.a, other)
    inventory = await begin_inventory(house.a)
    assert (await enter(house.a, inventory, listed)).status_code == 200
    assert (await approve_inventory(house.a, inventory)).status_code == 200
    act = await draft(house.a, on_act)
    await hold(house.a, case_ids=[held["id"]])
    version = await next_nomenclature(house, year, {"Дела 0": "3 года", "Дела 1": "10 лет"}, without=("Дела 2",))
    shown = await preview(house, version_id=version["id"])
    found = await lines(house.a, shown)
    assert {case["id"]: found[case["id"]]["kind"] for case in (on_act, held, free, listed, alone)} == {
        on_act["id"]: "on_act",
        held["id"]: "later",
        free["id"]: "later",
        listed["id"]: "in_inventory",
        alone["id"]: "without_successor",
    }
    assert kinds(shown) == {"on_act": 1, "later": 2, "in_inventory": 1, "without_successor": 1, "held": 1}
    assert (found[on_act["id"]]["act_id"], found[on_act["id"]]["after"]) == (act["id"], None)
    assert found[listed["id"]]["inventory_id"] == inventory["id"]
    assert found[on_act["id"]]["before"]["outcome"] == "due"
    assert set(await lines(house.a, shown, kind="later", held="true")) == {held["id"]}
    assert set(await lines(house.a, shown, kind="later")) == {held["id"], free["id"]}
    assert await lines(house.a, shown, due="true") == {}


async def test_a_line_tells_both_verdicts_with_rule_and_reasons(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await classes(house, "5 лет")
    case = await closed_case(house.a, row)
    version = await next_nomenclature(house, row, {"Дела 0": "3 года"})
    [line] = (await lines(house.a, await preview(house, version_id=version["id"]))).values()
    before, after = line["before"], line["after"]
    assert (before["term"], before["earliest_act_date"], before["outcome"]) == ("5 лет", "2026-01-01", "due")
    assert (after["term"], after["earliest_act_date"], after["article"]) == ("3 года", "2024-01-01", "ст. 0")
    assert (before["rule_id"], line["class_index"]) == (case["rule_id"], case["class_index"])
    steps = ["rule", "closed", "term_of_rule", "counted_from_january"]
    assert [each["code"] for each in after["reasons"]][:4] == steps


async def test_rows_are_matched_by_index_where_that_is_said(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await classes(house, "5 лет")
    await closed_case(house.a, row)
    [other] = await classes(house, "10 лет", year=2021)
    assert other["class_index"] == row["class_index"]
    assert kinds(await preview(house, version_id=other["version_id"])) == {"without_successor": 1}
    assert kinds(await preview(house, version_id=other["version_id"], match="index")) == {"later": 1}


async def test_a_preview_may_be_about_one_class_and_some_years(house_in_memory: House) -> None:
    house = house_in_memory
    rows = await classes(house, "5 лет", "5 лет")
    first = [await closed_case(house.a, row) for row in rows]
    version = await next_nomenclature(house, rows[0], {"Дела 0": "10 лет", "Дела 1": "10 лет"})
    of_class = await preview(house, version_id=version["id"], class_id=rows[0]["id"])
    assert set(await lines(house.a, of_class)) == {first[0]["id"]}
    assert kinds(await preview(house, version_id=version["id"], first_year=2021)) == {}
    assert kinds(await preview(house, version_id=version["id"], last_year=2020)) == {"later": 2}


async def test_a_case_of_a_later_nomenclature_is_not_measured_by_an_earlier_one(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await classes(house, "5 лет")
    version = await next_nomenclature(house, row, {"Дела 0": "10 лет"}, year=2021)
    [later] = await rows_of(house.a, version)
    await closed_case(house.a, later, 2021)
    assert kinds(await preview(house, version_id=row["version_id"])) == {}


async def test_a_changed_policy_is_seen_in_cases_under_their_own_rule(house_in_memory: House) -> None:
    house = house_in_memory
    await policy(house.a, source=True)
    [row] = await classes(house, "До замены новыми")
    case = await closed_case(house.a, row)
    body = {"code": "replaced", "words": "замены новыми", "happened_on": "2021-06-01", "evidence": "приказ № 2"}
    assert (await act_of_case(house.a, case, "events", body)).status_code == 201
    decided = {"source_of_acquisition": True, "after_open_end": "next_day", "basis": "приказ № 3"}
    assert (await house.of("head").post("/api/v1/retention-policies", json=decided)).status_code == 201
    shown = await preview(house)
    [line] = (await lines(house.a, shown)).values()
    assert (shown["match"], line["kind"]) == ("own", "earlier")
    assert (line["before"]["earliest_act_date"], line["after"]["earliest_act_date"]) == ("2022-01-01", "2021-06-02")
