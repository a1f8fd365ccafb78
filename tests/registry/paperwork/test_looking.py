"""Papers as the registry says them now: projects, approved ones, and who may look."""

import io
import zipfile
from uuid import uuid4

import pytest

from core.disposal.models import DisposalActLine
from core.nomenclature.printing import PrintedFootnote, PrintedRow, PrintedSection
from core.papers.terms import term_alone
from core.paperwork.makers.act_table import ActTable
from core.paperwork.makers.nomenclature import Footnotes
from retention.act_lines import LineState
from tests.registry.disposal.bureau import act_in, begin_inventory, closed_case, enter, step
from tests.registry.disposal.bureau import classes as old_classes
from tests.registry.nomenclature.office import OFFICER, TABLE, begin
from tests.registry.paperwork.desk import ADDRESS, FIVE_YEARS, V1, look, ready, words
from tests.registry_house import House, code

WITH_FOOTNOTE = (
    TABLE.replace("Расписания;;1 год;".encode(), "Расписания;;3 года (2);".encode())
    + "(2) После замены новыми\n".encode()
)
"""The sample table with a footnote below it."""
LONG = "Переписка о проведении мероприятий внеурочной деятельности и летнего отдыха обучающихся " * 5


async def test_a_nomenclature_is_printed_with_its_footnotes_and_says_that_it_is_a_project(
    house_in_memory: House,
) -> None:
    place = house_in_memory.a
    version = await begin(place)
    checked = await place.of(OFFICER).post(
        f"{V1}/nomenclature-versions/{version['id']}/import-check", params={"file_name": "a.csv"}, content=WITH_FOOTNOTE
    )
    answer = await place.of(OFFICER).post(
        f"{V1}/nomenclature-versions/{version['id']}/import",
        params={"file_name": "a.csv", "sha256": checked.json()["sha256"]},
        content=WITH_FOOTNOTE,
    )
    assert answer.status_code == 200, answer.text
    said = words(await look(place, f"nomenclature-versions/{version['id']}/paper"))
    assert "ПРОЕКТ" in said
    assert "(1) После отчисления" in said
    assert "(2) После замены новыми" in said
    assert "Раздел 01. Канцелярия" in said
    book = await look(place, f"nomenclature-versions/{version['id']}/paper", **{"as": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        strings = parts.read("xl/sharedStrings.xml").decode()
    assert "После замены новыми" in strings
    assert "ПРОЕКТ" in strings


async def test_an_act_is_a_project_until_it_is_approved_and_shows_its_gates_and_totals(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    await ready(house)
    mode = {"single_person": True, "ground": "приказ № 3"}
    assert (await house.of("head").post(f"{V1}/disposal-policies", json=mode)).status_code == 201
    act = await act_in(house, "in_review", count=22)
    project = words(await look(house.a, f"disposal-acts/{act['id']}/paper"))
    assert "ПРОЕКТ" in project
    assert ADDRESS in project
    assert "Итого 22 (двадцать два) дела за 2020 год" in project
    assert "режиме одного лица. Основание: приказ № 3. Режим объявлен 02.03.2026" in project
    assert "не составлялись: таких дел нет" in project
    assert code(await house.of(OFFICER).get(f"{V1}/disposal-acts/{act['id']}/minutes")) == (409, "paper_not_ready")
    for name, role, body in (
        ("agreement", "commission", {"decided_on": "2026-01-15", "number": "7", "members": ["Проверкина А. А.", "Б."]}),
        ("approval", "head", {"number": "3"}),
    ):
        assert (await step(house.a, act, name, role, body)).status_code == 200
    approved = words(await look(house.a, f"disposal-acts/{act['id']}/paper"))
    assert "ПРОЕКТ" not in approved
    assert "протокол ЭК от 15.01.2026 № 7" in approved
    assert "Сотрудник head" in approved
    minutes = words(await look(house.a, f"disposal-acts/{act['id']}/minutes"))
    assert "Согласовать акт: 22 (двадцать два) дела за 2020 год" in minutes
    assert "Проверкина А. А., Заместитель директора" in minutes
    personal = await house.of(OFFICER).get(f"{V1}/disposal-acts/{act['id']}/personal-data-act")
    assert (code(personal), personal.json()["reason"]) == ((409, "paper_not_ready"), "not_executed")


async def test_an_inventory_prints_a_line_for_each_volume_and_long_titles_whole(house_in_memory: House) -> None:
    place = house_in_memory.a
    [record_class] = await old_classes(house_in_memory, "Постоянно")
    case = await closed_case(place, record_class, title=LONG.strip()[:900])
    inventory = await begin_inventory(place)
    assert (await enter(place, inventory, case)).status_code == 200
    said = words(await look(place, f"inventories/{inventory['id']}/paper"))
    assert "ПРОЕКТ" in said
    assert "В данную опись внесено 1 (одна) единица хранения с № 1 по № 1" in said
    assert said.count("внеурочной деятельности") >= 4


async def test_the_final_record_stands_under_the_nomenclature_of_a_year_that_is_over(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await old_classes(house, "5 лет ЭПК")
    await closed_case(house.a, record_class)
    version = (await house.clerk.get(f"{V1}/nomenclature-versions/{record_class['version_id']}")).json()
    path = f"{V1}/nomenclatures/{version['nomenclature_id']}/final-record"
    assert (await house.of(OFFICER).post(path)).status_code == 201
    said = words(await look(house.a, f"nomenclature-versions/{version['id']}/paper"))
    assert "Итоговая запись о категориях и количестве дел, заведённых в 2020 году" in said
    assert "Временного (до 10 лет включительно) 1 0 1" in said


def test_a_mark_that_means_two_things_is_explained_in_the_notes() -> None:
    rows = [
        _printed("01-01", "1", "После отчисления"),
        _printed("01-02", "1", "После замены"),
        _printed("01-03", "", "б/н"),
    ]
    footnotes = Footnotes([PrintedSection(code="01", title="Канцелярия", rows=tuple(rows))])
    assert [(each.mark, each.text) for each in footnotes.below] == [("1", "После отчисления")]
    assert [list(footnotes.in_note(row)) for row in rows] == [[], ["(1) После замены"], ["б/н"]]


def _printed(index: str, mark: str, text: str) -> PrintedRow:
    return PrintedRow(
        class_index=index,
        title="Дела",
        quantity="",
        term="5 лет (1)",
        article="",
        note="",
        reserve=False,
        carried_over_since=None,
        decided_term="",
        footnotes=(PrintedFootnote(mark=mark, text=text),),
    )


def test_column_seven_says_the_term_and_its_article_and_no_footnote() -> None:
    rule = uuid4()
    footnote = "(1) После замены новыми"
    line = DisposalActLine(
        id=uuid4(),
        institution_id=uuid4(),
        case_id=uuid4(),
        state=LineState.LISTED,
        section="01",
        class_index="01-01",
        title="Расписания за весну",
        class_title="Расписания",
        first_year=2019,
        last_year=2020,
        nomenclature_year=2020,
        volumes=2,
        term=f"3 года (1) {footnote}",
        article="ст. 12 б",
        rule_id=rule,
    )
    table = ActTable([line], frozenset(), {}, {}, {rule: term_alone("3 года (1)")})
    [section] = table.sections()
    [printed] = section.lines
    assert (printed.term, printed.cases, printed.quantity) == ("3 года\nст. 12 б", 1, 2)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("5 лет ЭПК <2>", "5 лет ЭПК"),
        ("Постоянно (1) (2)", "Постоянно"),
        ("3 года*", "3 года"),
        ("5 (пять) лет", "5 (пять) лет"),
        ("5 (5) лет", "5 (5) лет"),
        ("50/75 лет", "50/75 лет"),
        ("(1)", "(1)"),
    ],
)
def test_references_to_footnotes_stay_in_the_nomenclature(term: str, said: str) -> None:
    assert term_alone(term) == said


async def test_a_class_that_keeps_too_short_takes_no_acts(house_in_memory: House) -> None:
    house = house_in_memory
    [short, long] = await old_classes(house, "2 года", FIVE_YEARS, year=2026)
    for kind, record_class in (("personal_data_act", short), ("disposal_act", long)):
        body = {"filing": {kind: record_class["lineage_id"]}}
        answer = await house.of("head").post(f"{V1}/paperwork-policies", json=body)
        assert code(answer) == (422, "filing_class_unfit")
        assert answer.json()["papers"] == [{"paper": kind, "class_index": record_class["class_index"]}]
