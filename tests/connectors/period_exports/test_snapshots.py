"""A snapshot is made, kept, filed, printed; the same again files nothing; what changed is shown."""

import hashlib
import io
import json
from datetime import date
from zipfile import ZipFile

from python_calamine import CalamineWorkbook

from core.sdk.connectors import EntityKind, LearnerData
from tests.connectors.period_exports.desk import EXPORTS, V1, Desk, ready_desk, said
from tests.registry.paperwork.desk import words
from tests.registry_house import House, Json


async def test_a_snapshot_says_what_the_platform_said_and_is_made_again_only_of_something_else(
    house_in_memory: House,
) -> None:
    desk = await ready_desk(house_in_memory)
    lacking = await unarchived(desk)
    first = await desk.snapshot()
    assert (first["state"], first["version"], first["complete"]) == ("filed", 1, True), first
    told = [first["counts"][f"tables/{table}.csv"] for table in ("results", "final_results", "attendance")]
    assert (lacking - await unarchived(desk), lacking) == (sum(told), sum(told) + 1), "one is of another day"
    await _package_says_what_the_platform_said(desk, first)
    await _paper_is_certified(desk, first)
    await _contents_are_for_those_who_read_results_and_file(desk, first)
    await _the_same_again_files_nothing(desk, first)
    second = await _what_changed_is_shown(desk, first)
    third = await _results_of_restricted_kinds_stay_out(desk)
    assert (third["version"], third["earlier_id"]) == (3, second["id"])
    assert (await desk.look(second))["state"] == "filed"
    await _what_a_hand_changes_is_archived_no_more(desk)


async def unarchived(desk: Desk) -> int:
    """Results and attendance that no snapshot holds as they stand."""
    found: int = await desk.house.owner.fetchval(
        "SELECT coalesce(sum(results), 0)::integer FROM unarchived_results($1, ARRAY(SELECT id FROM people))",
        desk.house.a.id,
    )
    return found


async def _what_a_hand_changes_is_archived_no_more(desk: Desk) -> None:
    before = await unarchived(desk)
    row = await desk.house.owner.fetchval("SELECT entity_id FROM origins WHERE external_id = 'm1'")
    by_hand = (
        "UPDATE results SET comment = $2, changed_at = $3::timestamptz + interval '1 minute', revision = revision + 1"
        " WHERE id = $1"
    )
    await desk.house.owner.execute(by_hand, row, "позже", desk.house.clock())
    assert await unarchived(desk) == before + 1


async def _package_says_what_the_platform_said(desk: Desk, made: Json) -> None:
    archive = await desk.package(made)
    manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["digest"], manifest["institution_name"]) == (made["digest"], "Колледж № 1")
    for name, told in manifest["files"].items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == told["sha256"], name
    marks = archive.read("tables/results.csv").decode("utf-8-sig")
    assert [line.split(";")[1] for line in marks.splitlines()[1:]] == ["m0", "m1", "m2", "undated"]
    assert "'=1+1" in marks
    assert ";+;" in marks
    assert b'"phone"' in archive.read("raw/learners.jsonl")
    assert made["counts"]["tables/final_results.csv"] == 3
    _workbook_is_for_people(archive, made)


def _workbook_is_for_people(archive: ZipFile, made: Json) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read("tables.xlsx")))
    about = {row[0]: row[1] for row in book.get_sheet_by_name("О выгрузке").to_python()}
    assert about["Организация"] == "Колледж № 1"
    assert about["Учебный период"] == "3 четверть (с 12.01.2026 по 20.02.2026)"
    assert about["Полнота сведений"] == "прочитаны полностью"
    assert about["SHA-256 выгрузки"] == made["digest"]
    head, *rows = book.get_sheet_by_name("Текущие результаты").to_python()
    assert head[:3] == ["Обучающийся", "Группа", "Предмет"]
    assert rows[0][:8] == ["Образцова Вера", "5А", "Алгебра", "", "=1+1", date(2026, 1, 12), "", "4"]
    assert rows[0][-5:] == ["results", "m0", "l0", "5a", "alg"]


async def _paper_is_certified(desk: Desk, made: Json) -> None:
    [paper] = made["paper_ids"]
    content = (await desk.house.of("head").get(f"{V1}/issued-papers/{paper}/content")).content
    for each in ("Образцова Вера", "н/а", "Алгебра", made["digest"][:20], "Верно.", "листов: 2 (два)", "М.П."):
        assert each in words(content), each
    for role, expected in (("head", 200), ("executor", 403), ("auditor", 403)):
        found = await desk.house.of(role).get(f"{V1}/issued-papers/{paper}/content")
        assert found.status_code == expected, role
    assert (await desk.house.of("executor").get(f"{V1}/issued-papers")).json()["items"] == []


async def _contents_are_for_those_who_read_results_and_file(desk: Desk, made: Json) -> None:
    house, at = desk.house, f"{EXPORTS}/{made['id']}"
    for role, expected in (("clerk", 200), ("records_officer", 200), ("head", 403), ("administrator", 403)):
        assert (await house.of(role).get(f"{at}/files/results.csv")).status_code == expected, role
        assert (await house.of(role).get(f"{at}/differences")).status_code == expected, role
    book = await house.clerk.get(f"{at}/files/tables.xlsx")
    assert book.content[:2] == b"PK"
    assert (await house.of("records_officer").get(f"{at}/files/learners.jsonl")).status_code == 403
    assert (await house.clerk.get(f"{at}/files/learners.jsonl")).status_code == 200
    assert (await house.clerk.get(f"{at}/files/..%2Fetc%2Fpasswd")).status_code == 404
    direct = await house.clerk.get(f"{V1}/documents/{made['document_id']}/content")
    assert direct.status_code in {403, 409}, direct.text


async def _the_same_again_files_nothing(desk: Desk, first: Json) -> None:
    documents = await desk.count("documents")
    desk.house.clock.move(days=1)
    await desk.read()
    again = await desk.snapshot()
    assert (again["state"], again["earlier_id"], again["digest"]) == ("unchanged", first["id"], first["digest"])
    assert await desk.count("documents") == documents


async def _what_changed_is_shown(desk: Desk, first: Json) -> Json:
    desk.marks("4", "3")
    desk.tell(
        EntityKind.LEARNERS,
        *(
            said(f"l{number}", LearnerData(family_name=name, given_name="Вера", number=str(number)), phone="1")
            for number, name in enumerate(("Новофамильная", "Примеров", "Тезкина"))
        ),
    )
    await desk.read()
    second = await desk.snapshot()
    assert (second["state"], second["version"], second["earlier_id"]) == ("filed", 2, first["id"])
    found = {(each["table"], each["record"]): each for each in await desk.differences(second)}
    assert found["results", "m2"]["kind"] == "removed"
    changed = found["results", "m1"]
    assert (changed["kind"], changed["learner"], changed["subject"]) == ("changed", "Примеров Вера", "Алгебра")
    assert [(each["field"], each["before"], each["after"]) for each in changed["fields"]] == [("value", "5", "3")]
    renamed = found["learners", "l0"]["fields"]
    assert renamed == [
        {"field": "name", "title": "Обучающийся", "before": "Образцова Вера", "after": "Новофамильная Вера"}
    ]
    assert second["differences"]["removed"] == 1
    assert (await desk.look(first))["state"] == "filed"
    assert second["case_id"] == first["case_id"]
    return second


async def _results_of_restricted_kinds_stay_out(desk: Desk) -> Json:
    owner = desk.house.owner
    kind = await owner.fetchval(
        "INSERT INTO result_kinds (id, institution_id, name, sort_key, access, created_at)"
        " VALUES (gen_random_uuid(), $1, 'Особые', 'особые', 'restricted', now()) RETURNING id",
        desk.house.a.id,
    )
    await owner.execute(
        "UPDATE results SET kind_id = $1, revision = revision + 1 WHERE id IN"
        " (SELECT entity_id FROM origins WHERE external_id IN ('m0', 'f0'))",
        kind,
    )
    made = await desk.snapshot()
    assert made["counts"]["left_out"] == 2
    archive = await desk.package(made)
    assert b"m0" not in archive.read("tables/results.csv")
    assert b'"m0"' not in archive.read("raw/results.jsonl")
    assert b"f0" not in archive.read("tables/final_results.csv")
    return made
