"""A wrong version is taken back by its uploader; the version before it is then the present one again."""

from core.documents.keeper import Keeper
from core.documents.previews import render_preview
from tests.inspection import samples
from tests.registry.cases.desk import file, new_case
from tests.registry.documents.papers import (
    DOCUMENTS,
    add_version,
    decide,
    keep,
    read,
    rows_of,
    send,
    text,
    withdraw,
    withdraw_version,
)
from tests.registry_house import House, code


async def test_the_version_before_is_the_present_one_again(house: House) -> None:
    first = text()
    made = await keep(house.a, first)
    await add_version(house.a, made, samples.pdf(), name="b.pdf")
    version = await house.owner.fetchval("SELECT id FROM document_versions WHERE ordinal = 2")
    assert await render_preview(house.services.documents, house.a.scope(), version) == 1
    before = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    answer = await withdraw_version(house.a, made, 2)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await read(house.a, made)).content == first
    after = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    assert (after["versions"], after["version"]["ordinal"]) == (1, 1)
    assert after["revision"] > before["revision"]
    versions = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}/versions")).json()["items"]
    assert [each["ordinal"] for each in versions] == [1]
    for address in ("content", "previews", "previews/1"):
        assert code(await house.clerk.get(f"{DOCUMENTS}/{made['id']}/versions/2/{address}")) == (404, "not_found")
    assert [key.split("/")[0] for key in await house.objects()] == ["originals"]
    assert (await rows_of(house, made))["renditions"] == 0
    rows = await house.owner.fetch(
        "SELECT e.action, p.payload::text FROM audit_entries e JOIN audit_payloads p ON p.entry_id = e.id"
        " WHERE e.action LIKE 'document.%withdrawn' OR e.action = 'document.bytes_removed' ORDER BY e.id"
    )
    assert [row["action"] for row in rows] == ["document.version_withdrawn", "document.bytes_removed"]
    assert "не тот лист" in rows[0]["payload"]


async def test_its_number_and_its_bytes_may_come_again(house: House) -> None:
    made, second = await keep(house.a), text()
    await add_version(house.a, made, second)
    assert (await withdraw_version(house.a, made, 2)).status_code == 204
    assert (await add_version(house.a, made, second)).json()["version"]["ordinal"] == 2
    assert (await read(house.a, made)).content == second


async def test_words_of_a_withdrawn_version_are_not_found_any_more(house: House) -> None:
    made = await keep(house.a)
    await house.owner.execute('UPDATE document_versions SET proposal = \'{"text": "верблюд"}\'')
    await add_version(house.a, made)
    assert (await withdraw_version(house.a, made, 2)).status_code == 204
    found = (await house.clerk.get("/api/v1/search", params={"q": "верблюд"})).json()["items"]
    assert [each["id"] for each in found] == [made["id"]]


async def test_the_only_version_ends_the_document(house: House) -> None:
    made = await keep(house.a)
    assert (await withdraw_version(house.a, made, 1)).status_code == 204
    assert (await rows_of(house, made))["documents"] == 0
    assert await house.objects() == []


async def test_only_the_latest_version_is_withdrawn_and_by_its_uploader_only(house: House) -> None:
    made = await keep(house.a)
    await add_version(house.a, made, role="service_account")
    assert (await withdraw_version(house.a, made, 1)).json()["reasons"] == ["not_the_latest"]
    assert (await withdraw_version(house.a, made, 2)).json()["reasons"] == ["not_the_uploader"]
    assert code(await withdraw_version(house.a, made, 3)) == (404, "not_found")
    assert code(await withdraw_version(house.other, made, 2)) == (404, "not_found")
    assert code(await withdraw_version(house.a, made, 2, role="records_officer")) == (403, "forbidden")
    assert (await withdraw_version(house.a, made, 2, role="service_account")).status_code == 204
    assert (await withdraw(house.a, made)).status_code == 204


async def test_what_is_filed_or_refused_stays(house: House) -> None:
    made = await keep(house.a)
    await add_version(house.a, made, name="a.pdf")
    assert (await decide(house.a, made, "refusal", ordinal=2)).status_code == 200
    assert (await withdraw_version(house.a, made, 2)).json()["reasons"] == ["already_ended"]
    filed = await keep(house.a)
    await add_version(house.a, filed)
    assert (await file(house.a, filed, await new_case(house))).status_code == 200
    assert "filed_in_a_case" in (await withdraw_version(house.a, filed, 2)).json()["reasons"]


async def test_it_stands_although_the_storage_is_gone_and_the_keeper_finishes_it(house_in_memory: House) -> None:
    house = house_in_memory
    first, second = text(), text()
    made = await keep(house.a, first)
    await add_version(house.a, made, second)
    house.memory.faults.unavailable = True
    assert (await withdraw_version(house.a, made, 2)).status_code == 202
    house.memory.faults.unavailable = False
    assert (await read(house.a, made)).content == first
    assert (await add_version(house.a, made)).json()["version"]["ordinal"] == 2
    assert (await send(house.a, second)).status_code == 201
    keeper = Keeper(house.services.documents, abandoned_after=0)
    assert await keeper.finish_removals() == 1
    assert await house.owner.fetchval("SELECT count(*) FROM document_versions WHERE state = 'withdrawn'") == 0
    assert len([key for key in await house.objects() if made["id"] in key]) == 2
