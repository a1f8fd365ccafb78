"""What is said of documents is corrected by whoever read the present state, and listed without gaps."""

import asyncio
from typing import Any

from tests.registry.conftest import BuildHouse
from tests.registry.documents.papers import DOCUMENTS, add_version, keep, quarantine, withdraw
from tests.registry_house import House, Json, code

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)


async def edit(house: House, made: Json, changes: Json, *, match: str | None = None, role: str = "clerk") -> Any:  # noqa: ANN401 - an answer
    headers = {"If-Match": match if match is not None else f'"{made["revision"]}"'}
    return await house.of(role).patch(f"{DOCUMENTS}/{made['id']}", json=changes, headers=headers)


async def test_a_correction_gives_a_new_revision_and_is_in_the_audit_trail(house: House) -> None:
    made = await keep(house.a, kind="diploma", title="Диплом")
    answer = await edit(house, made, {"number": "000123", "issued_on": "2026-06-25", "hours": 256})
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["number"], changed["issued_on"], changed["hours"]) == ("000123", "2026-06-25", 256)
    assert changed["title"] == "Диплом"
    assert answer.headers["ETag"] == f'"{changed["revision"]}"'
    assert changed["revision"] > made["revision"]
    payload = await house.owner.fetchval(
        "SELECT p.payload::text FROM audit_entries e JOIN audit_payloads p ON p.entry_id = e.id"
        " WHERE e.action = 'document.edited'"
    )
    assert "000123" in payload
    assert "title" not in payload


async def test_nobody_overwrites_what_somebody_else_changed(house: House) -> None:
    made = await keep(house.a)
    path = f"{DOCUMENTS}/{made['id']}"
    assert code(await house.clerk.patch(path, json={"title": "a"})) == (428, "precondition_required")
    assert code(await edit(house, made, {"title": "a"}, match="kaput")) == (400, "malformed_request")
    assert code(await edit(house, made, {"title": "a"}, match='"77"')) == (412, "precondition_failed")
    answers = await asyncio.gather(*(edit(house, made, {"title": f"Название {n}"}) for n in range(4)))
    refused = {code(answer) for answer in answers if answer.status_code != 200}
    assert refused <= {(412, "precondition_failed"), (409, "stale_state")}
    assert len([answer for answer in answers if answer.status_code == 200]) == 1


async def test_values_that_are_there_already_change_nothing(house: House) -> None:
    made = await keep(house.a, title="Диплом")
    for changes in ({}, {"title": "Диплом"}):
        assert (await edit(house, made, changes)).json()["revision"] == made["revision"]
    assert "document.edited" not in await house.actions()


async def test_wrong_values_are_refused(house: House) -> None:
    made = await keep(house.a)
    for changes, expected in (
        ({"kind": "passport"}, (422, "unknown_kind")),
        ({"title": ""}, (422, "invalid_request")),
        ({"title": None}, (422, "invalid_request")),
        ({"issued_on": "2026-13-01"}, (422, "invalid_request")),
        ({"hours": 0}, (422, "invalid_request")),
        ({"state": "filed"}, (422, "invalid_request")),
        ({"paper_place": "шкаф 2"}, (422, "invalid_request")),
        ({"note": "a\u0000b"}, (422, "invalid_text")),
    ):
        answer = await edit(house, made, changes)
        assert code(answer) == expected, changes
    shown = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    assert shown["revision"] == made["revision"]


async def test_bodies_that_are_no_json_are_refused(house: House) -> None:
    made = await keep(house.a)
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    for body in (b'{"title": "\xff\xfe"}', b"{", b'{"hours": NaN}', b"[" * 100_000):
        answer = await house.clerk.patch(f"{DOCUMENTS}/{made['id']}", content=body, headers=headers)
        assert code(answer) == (400, "malformed_json")


async def test_the_place_of_the_paper_goes_with_the_paper(house: House) -> None:
    made = await keep(house.a, paper_carrier="true", paper_place="шкаф 2")
    changed = (await edit(house, made, {"paper_carrier": False})).json()
    assert (changed["paper_carrier"], changed["paper_place"]) == (False, "")


async def test_an_unknown_date_may_be_unknown_again(house: House) -> None:
    made = await keep(house.a, kind="diploma", issued_on="2026-06-25")
    assert (await edit(house, made, {"issued_on": None})).json()["issued_on"] is None


async def test_only_who_may_edit_edits(house: House) -> None:
    made = await keep(house.a)
    for role in ("head", "auditor", "records_officer", "commission", "executor"):
        assert code(await edit(house, made, {"title": "a"}, role=role)) == (403, "forbidden")


async def test_what_has_not_changed_is_not_sent_again(house: House) -> None:
    made = await keep(house.a)
    headers = {"If-None-Match": f'"{made["revision"]}"'}
    assert (await house.clerk.get(f"{DOCUMENTS}/{made['id']}", headers=headers)).status_code == 304


async def test_lists_are_filtered(house: House) -> None:
    diploma = await keep(house.a, kind="diploma")
    waiting = await quarantine(house.a)
    of_group = await keep(house.a, group_id=str(house.a.group))
    gone = await keep(house.a)
    await withdraw(house.a, gone)
    await keep(house.other)

    async def listed(**filters: str) -> list[str]:
        answer = await house.clerk.get(DOCUMENTS, params=filters)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await listed() == [of_group["id"], waiting["id"], diploma["id"]]
    assert await listed(kind="diploma") == [diploma["id"]]
    assert await listed(state="quarantined") == [waiting["id"]]
    assert await listed(state="withdrawn") == []
    assert await listed(group_id=str(house.a.group)) == [of_group["id"]]
    assert await listed(personal_file_id=str(house.a.personal_file)) == [waiting["id"], diploma["id"]]
    assert await listed(personal_file_id=str(house.other.personal_file)) == []


async def test_pages_follow_each_other_while_documents_come_and_go(house: House) -> None:
    made = [await keep(house.a) for _ in range(6)]
    first = await house.clerk.get(DOCUMENTS, params={"limit": 2})
    await keep(house.a)
    await withdraw(house.a, made[2])
    second = await house.clerk.get(first.links["next"]["url"])
    third = await house.clerk.get(DOCUMENTS, params={"limit": 2, "cursor": second.json()["next"]})
    seen = [item["id"] for page in (first, second, third) for item in page.json()["items"]]
    assert seen == [made[number]["id"] for number in (5, 4, 3, 1, 0)]
    assert third.json()["next"] is None
    foreign = await house.clerk.get(DOCUMENTS, params={"kind": "order", "cursor": first.json()["next"]})
    assert code(foreign)[0] in {400, 422}


async def test_another_kind_has_to_take_the_files_that_are_there(house: House) -> None:
    film = await keep(house.a, FILM, file_name="a.mp4", kind="creative_work")
    refused = await edit(house, film, {"kind": "diploma", "title": "Диплом"})
    assert code(refused) == (409, "kind_takes_no_such_file")
    (file,) = refused.json()["files"]
    assert (refused.json()["kind"], file["ordinal"], file["media_type"]) == ("diploma", "1", "video/mp4")
    assert (await house.clerk.get(f"{DOCUMENTS}/{film['id']}")).json()["title"] == film["title"]
    assert (await edit(house, film, {"kind": "class_album"})).json()["kind"] == "class_album"
    scan = await keep(house.a, kind="creative_work")
    assert (await edit(house, scan, {"kind": "diploma"})).json()["kind"] == "diploma"


async def test_another_kind_has_to_take_files_as_big_as_they_are(build_house: BuildHouse) -> None:
    house = await build_house(settings={"DELOTEKA_INTAKE__MAX_FILE_BYTES": "1000"})
    made = await keep(house.a, b"a" * 1001, kind="creative_work")
    assert code(await edit(house, made, {"kind": "other"})) == (409, "kind_takes_no_such_file")
    await add_version(house.a, made)
    assert code(await edit(house, made, {"kind": "other"}, match="*")) == (409, "kind_takes_no_such_file")
