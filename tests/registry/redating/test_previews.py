"""What a preview shows of cases whose rule has changed; nothing changes by it."""

from tests.registry.cases.desk import read_case
from tests.registry.disposal.bureau import (
    classes,
    closed_case,
)
from tests.registry.nomenclature.office import UNCLEAR
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
