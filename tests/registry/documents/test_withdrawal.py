"""A wrong upload is taken back by its uploader: bytes and rows go, the audit trail stays."""

import asyncio
from typing import Any

from core.documents.keeper import Keeper
from core.documents.previews import render_preview
from core.kernel.audit.report import Fault
from core.kernel.audit.sealing import seal_entries
from core.kernel.audit.verification import verify_trail
from tests.inspection import samples
from tests.registry.cases.desk import file, new_case
from tests.registry.documents.papers import (
    DOCUMENTS,
    add_version,
    decide,
    keep,
    quarantine,
    read,
    rows_of,
    send,
    text,
    withdraw,
)
from tests.registry_house import House, code

NOTHING = {"documents": 0, "versions": 0, "renditions": 0, "search": 0}


async def test_a_withdrawn_upload_leaves_no_bytes_and_no_rows(house: House) -> None:
    made = await keep(house.a, samples.pdf(), file_name="a.pdf")
    version = await house.owner.fetchval("SELECT id FROM document_versions")
    assert await render_preview(house.services.documents, house.a.scope(), version) == 1
    assert len(await house.objects()) == 2
    answer = await withdraw(house.a, made, reason="не тот человек")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await house.objects() == []
    assert house.spooled() == []
    assert await rows_of(house, made) == NOTHING
    for address in ("", "/content", "/versions", "/versions/1/content", "/versions/1/previews/1"):
        assert code(await house.clerk.get(f"{DOCUMENTS}/{made['id']}{address}")) == (404, "not_found")
    assert (await house.clerk.get(DOCUMENTS)).json()["items"] == []


async def test_the_audit_trail_says_who_withdrew_what_why_and_that_it_is_gone(house: House) -> None:
    made = await keep(house.a)
    await withdraw(house.a, made, reason="не тот человек")
    rows = await house.owner.fetch(
        "SELECT e.action, e.actor_id, p.payload::text FROM audit_entries e JOIN audit_payloads p ON p.entry_id = e.id"
        " WHERE e.object_id = $1 ORDER BY e.id",
        made["id"],
    )
    assert [row["action"] for row in rows] == ["document.uploaded", "document.withdrawn", "document.bytes_removed"]
    assert rows[0]["payload"] is None
    assert rows[1]["actor_id"] == house.a.accounts["clerk"]
    assert "не тот человек" in rows[1]["payload"]
    assert made["version"]["sha256"] in rows[2]["payload"]
    assert '"absent"' in rows[2]["payload"]


async def test_nothing_said_of_a_withdrawn_document_stays_in_the_trail_and_the_chain_is_whole(house: House) -> None:
    told: dict[str, Any] = {"file_name": "Примерова Вера.txt", "title": "Справка Примеровой"}
    made, other = await keep(house.a, **told), await keep(house.a, **told)
    headers = {"If-Match": "*"}
    await house.clerk.patch(f"{DOCUMENTS}/{made['id']}", json={"note": "Примеровой В. П."}, headers=headers)
    await read(house.a, made)
    await withdraw(house.a, made, reason="не тот человек")
    rows = await house.owner.fetch(
        "SELECT e.object_id, e.action, p.payload::text, p.blanked_by FROM audit_entries e"
        " JOIN audit_payloads p ON p.entry_id = e.id WHERE e.object_type = 'document' ORDER BY e.id"
    )
    of_made = {row["action"]: row for row in rows if row["object_id"] == made["id"]}
    assert not [action for action, row in of_made.items() if "Пример" in (row["payload"] or "")]
    assert {action for action, row in of_made.items() if row["blanked_by"]} == {
        "document.uploaded",
        "document.edited",
        "document.opened",
    }
    assert "Примерова" in next(row["payload"] for row in rows if row["object_id"] == other["id"])
    await seal_entries(house.services.database, house.a.id)
    assert (await verify_trail(house.services.database, house.services.vault, house.a.id)).sound
    await house.owner.execute("SET session_replication_role = replica")
    await house.owner.execute(
        "UPDATE audit_payloads p SET payload = NULL, salt = NULL, blanked_by = p.entry_id"
        " FROM audit_entries e WHERE e.id = p.entry_id AND e.object_id = $1",
        other["id"],
    )
    await house.owner.execute("SET session_replication_role = origin")
    report = await verify_trail(house.services.database, house.services.vault, house.a.id)
    assert report.counts == {Fault.BLANKED_WITHOUT_REASON: 1}


async def test_nobody_but_the_uploader_withdraws(house: House) -> None:
    made = await keep(house.a, role="service_account")
    refused = await withdraw(house.a, made)
    assert code(refused) == (409, "document_step_refused")
    assert refused.json()["reasons"] == ["not_the_uploader"]
    assert code(await withdraw(house.a, made, role="records_officer")) == (403, "forbidden")
    assert code(await withdraw(house.other, made)) == (404, "not_found")
    assert (await withdraw(house.a, made, role="service_account")).status_code == 204


async def test_versions_of_others_are_not_withdrawn_with_ones_own(house: House) -> None:
    made = await keep(house.a)
    assert (await add_version(house.a, made, role="service_account")).status_code == 201
    refused = await withdraw(house.a, made)
    assert refused.json()["reasons"] == ["not_the_uploader"]
    assert len(await house.objects()) == 2


async def test_every_version_goes_with_the_document(house: House) -> None:
    made = await keep(house.a)
    await add_version(house.a, made)
    await add_version(house.a, made, name="b.pdf")
    assert len(await house.objects()) == 3
    assert (await withdraw(house.a, made)).status_code == 204
    assert await house.objects() == []
    assert await rows_of(house, made) == NOTHING


async def test_what_waits_in_quarantine_may_be_withdrawn(house: House) -> None:
    made = await quarantine(house.a)
    assert (await withdraw(house.a, made)).status_code == 204
    assert await house.objects() == []


async def test_without_a_reason_nothing_is_withdrawn(house: House) -> None:
    made = await keep(house.a)
    assert code(await withdraw(house.a, made, reason="")) == (422, "invalid_request")
    assert (await withdraw(house.a, made, reason=" ")).json()["reasons"] == ["no_reason"]
    assert (await read(house.a, made)).status_code == 200


async def test_what_is_filed_is_not_withdrawn(house: House) -> None:
    made = await keep(house.a)
    assert (await file(house.a, made, await new_case(house))).status_code == 200
    refused = await withdraw(house.a, made)
    assert "filed_in_a_case" in refused.json()["reasons"]
    assert len(await house.objects()) == 1


async def test_a_withdrawal_stands_although_the_storage_is_gone_and_the_keeper_finishes_it(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    content = text()
    made = await keep(house.a, content)
    house.memory.faults.unavailable = True
    assert (await withdraw(house.a, made)).status_code == 202
    assert code(await read(house.a, made)) == (404, "not_found")
    assert code(await withdraw(house.a, made)) == (404, "not_found")
    house.memory.faults.unavailable = False
    again = await send(house.a, content)
    assert again.status_code == 201
    keeper = Keeper(house.services.documents, abandoned_after=0)
    assert await keeper.finish_removals() == 1
    assert await rows_of(house, made) == NOTHING
    assert len(await house.objects()) == 1
    assert (await read(house.a, again.json())).content == content


async def test_a_destruction_that_broke_off_is_finished(house_in_memory: House) -> None:
    house = house_in_memory
    made = await keep(house.a)
    house.memory.faults.fail_next_destructions = 1
    assert (await withdraw(house.a, made)).status_code == 202
    assert await Keeper(house.services.documents, abandoned_after=0).finish_removals() == 1
    assert await house.objects() == []
    assert (await house.actions()).count("document.bytes_removed") == 1


async def test_of_release_refusal_and_withdrawal_at_once_one_wins_and_no_byte_is_left_astray(house: House) -> None:
    for _ in range(3):
        content = text()
        made = await quarantine(house.a, content)
        answers = await asyncio.gather(
            decide(house.a, made, "release"), decide(house.a, made, "refusal"), withdraw(house.a, made)
        )
        assert all(answer.status_code in {200, 204, 404, 409} for answer in answers), [a.text for a in answers]
        keys = [key for key in await house.objects() if made["id"] in key]
        if answers[2].status_code == 204:
            assert keys == []
            assert await rows_of(house, made) == NOTHING
        elif answers[1].status_code == 200:
            assert keys == []
        else:
            assert (await read(house.a, made)).content == content
