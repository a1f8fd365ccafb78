"""A nomenclature comes in as a file: the report first, then the very same bytes; and it is printed again."""

from hashlib import sha256

import httpx
import pytest

from core.kernel.scope import Scope
from core.nomenclature.printing import print_data
from tests.registry.nomenclature.office import OFFICER, TABLE, VERSIONS, approve, begin, row, rows, section
from tests.registry_house import House, Json, Place, code


async def send(
    place: Place, version: Json, step: str, content: bytes, name: str = "н.csv", **params: str
) -> httpx.Response:
    path = f"{VERSIONS}/{version['id']}/{step}"
    return await place.of(OFFICER).post(path, params={"file_name": name, **params}, content=content)


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


async def test_a_file_is_looked_at_and_then_its_very_bytes_are_imported(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    looked = await send(place, version, "import-check", TABLE)
    assert looked.status_code == 200, looked.text
    report = looked.json()
    assert (report["year"], report["stops_import"], report["sha256"]) == (2026, False, digest(TABLE)), report
    assert [each["index"] for each in report["rows"]] == ["01-01", "01-02", "01-03", "01-04", "02-01"]
    assert await rows(place, version) == []
    imported = await send(place, version, "import", TABLE, sha256=report["sha256"])
    assert (imported.status_code, imported.json()["rows"]) == (200, 5), imported.text
    found = await rows(place, version)
    assert [(each["class_index"], each["reserve"], each["carried_over"]) for each in found] == [
        ("01-01", False, False),
        ("01-02", False, True),
        ("01-03", False, False),
        ("01-04", True, False),
        ("02-01", False, False),
    ]
    readings = [each["rule"] and (each["rule"]["status"], each["rule"]["reading"]["kind"]) for each in found]
    assert readings == [
        ("understood", "permanent"),
        ("understood", "years"),
        ("needs_review", "years"),
        None,
        ("understood", "years"),
    ]
    assert found[1]["rule"]["reading"]["trigger"] == "learner_left"
    assert report["rows"][1]["reading"]["trigger"] == "learner_left"
    again = await send(place, version, "import", TABLE, sha256=report["sha256"])
    assert code(again) == (409, "nomenclature_not_empty")


async def test_only_what_was_looked_at_is_imported(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    other = await send(place, version, "import", TABLE + b"02-02;x;;1 year;\n", sha256=digest(TABLE))
    assert code(other) == (409, "another_file")
    assert await rows(place, version) == []


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\x00\x01\x02", "a.xlsx", "nomenclature_file_broken"),
        (b"PK\x03\x04 broken", "a.docx", "nomenclature_file_broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "nomenclature_file_old_office"),
    ],
)
async def test_what_is_no_nomenclature_is_refused_with_advice(
    house_in_memory: House, content: bytes, name: str, said: str
) -> None:
    place = house_in_memory.a
    answer = await send(place, await begin(place), "import-check", content, name)
    assert code(answer) == (422, said)


async def test_a_file_with_faults_or_of_another_year_is_not_imported(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    twice = TABLE.replace(b"01-03", b"01-01")
    stopped = await send(place, version, "import", twice, sha256=digest(twice))
    assert (code(stopped), stopped.json()["codes"]) == ((422, "import_stopped"), ["duplicate_index"])
    older = TABLE.replace(b"2026", b"2025")
    refused = await send(place, version, "import", older, sha256=digest(older))
    assert (code(refused), refused.json()["year"]) == ((422, "nomenclature_of_another_year"), 2025)
    big = await send(place, version, "import-check", bytes((16 << 20) + 1))
    assert code(big) == (413, "nomenclature_file_too_big")


async def test_an_approved_version_takes_no_file(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    await row(place, await section(place, version))
    await approve(house_in_memory, version)
    answer = await send(place, version, "import", TABLE, sha256=digest(TABLE))
    assert code(answer) == (409, "nomenclature_not_a_draft")


async def test_the_form_says_what_was_written_and_since_when_a_class_is_carried_over(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    version = await begin(place, 2025)
    part = await section(place, version)
    await row(place, part, title="Личные дела", term="3 года", carried_over=True, note="переходящее", article="ст. 1")
    following = await begin(place, 2026, copy_from_id=version["id"])
    scope: Scope = place.scope(OFFICER)
    async with house.services.database.work(scope) as work:
        printed = await print_data(work, following["id"])
    [line] = printed.sections[0].rows
    assert (line.class_index, line.term, line.article, line.note) == ("01-01", "3 года", "ст. 1", "переходящее")
    assert (line.carried_over_since, printed.version.year, printed.institution.name) == (2025, 2026, "Колледж № 1")
