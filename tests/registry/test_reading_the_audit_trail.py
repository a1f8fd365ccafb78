"""An auditor reads, exports and verifies the trail of the own institution; reading it is recorded too."""

import hashlib
import json
from datetime import datetime

import pytest

from core.access.permissions import Role
from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.entries import GENESIS, canonical
from core.kernel.audit.sealing import seal_all
from core.kernel.audit.verification import verify_trail
from storage.errors import ObjectLocked
from storage.keys import anchor_key
from tests.registry_house import House

ENTRIES = "/api/v1/audit/entries"
EXPORT = "/api/v1/audit/export"
VERIFICATION = "/api/v1/audit/verification"


async def write(house: House, count: int, *, seal: bool = True) -> None:
    for place in (house.a, house.other):
        async with house.services.database.work(place.scope()) as work:
            for number in range(count):
                work.record("document.viewed", "document", f"d-{number}", {"name": "Ёлкина", "number": number})
    if seal:
        await seal_all(house.services.database)


async def test_entries_are_listed_newest_first_in_pages_with_payload_and_position(house_in_memory: House) -> None:
    await write(house_in_memory, 5)
    auditor = house_in_memory.of(Role.AUDITOR)
    first = (await auditor.get(ENTRIES, params={"limit": 3, "action": "document.viewed"})).json()
    assert [(item["object_id"], item["position"]) for item in first["items"]] == [("d-4", 5), ("d-3", 4), ("d-2", 3)]
    assert first["items"][0]["payload"] == {"name": "Ёлкина", "number": 4}
    following = {"limit": 3, "action": "document.viewed", "cursor": first["next"]}
    second = (await auditor.get(ENTRIES, params=following)).json()
    assert [item["object_id"] for item in second["items"]] == ["d-1", "d-0"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"object_type": "document", "object_id": "d-1"}, 1),
        ({"object_id": "d-9"}, 0),
        ({"recorded_from": "2026-03-02T12:00:00+03:00"}, 3),
        ({"recorded_before": "2026-03-02T12:00:00+03:00"}, 0),
    ],
)
async def test_entries_are_filtered(house_in_memory: House, wanted: dict[str, str], found: int) -> None:
    await write(house_in_memory, 3)
    answer = await house_in_memory.of(Role.AUDITOR).get(ENTRIES, params={"action": "document.viewed", **wanted})
    assert len(answer.json()["items"]) == found


async def test_reading_and_exporting_are_recorded(house_in_memory: House) -> None:
    auditor = house_in_memory.of(Role.AUDITOR)
    assert (await auditor.get(ENTRIES, params={"object_id": "d-1"})).status_code == 200
    assert (await auditor.get(EXPORT)).status_code == 200
    assert await house_in_memory.actions() == ["audit.read", "audit.exported"]


async def test_an_export_proves_itself_without_the_service(house_in_memory: House) -> None:
    await write(house_in_memory, 700)
    answer = await house_in_memory.of(Role.AUDITOR).get(EXPORT)
    assert answer.headers["content-type"].startswith("application/jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["position"] for line in lines] == list(range(1, 701))
    assert {tuple(line) for line in lines} == {tuple(lines[0])}
    previous = GENESIS
    hashed = ["id", "institution_id", "recorded_at", "actor_kind", "actor_id", "action", "object_type", "object_id"]
    hashed += ["purpose", "source", "request_id"]
    for line in lines:
        assert datetime.fromisoformat(line["sealed_at"]).tzinfo is not None
        digest = hashlib.sha256(bytes.fromhex(line["salt"]) + canonical(line["payload"])).hexdigest()
        assert line["payload_digest"] == digest
        content = canonical({name: line[name] for name in [*hashed, "payload_digest"]})
        link = previous + line["position"].to_bytes(8, "big") + line["sealed_at"].encode() + content
        previous = hashlib.sha256(link).digest()
        assert line["digest"] == previous.hex()


async def test_an_export_goes_on_behind_a_position(house_in_memory: House) -> None:
    await write(house_in_memory, 5)
    answer = await house_in_memory.of(Role.AUDITOR).get(EXPORT, params={"after": 3})
    assert [json.loads(line)["position"] for line in answer.text.splitlines()] == [4, 5]


async def test_a_verification_says_what_it_found(house_in_memory: House) -> None:
    await write(house_in_memory, 5)
    await Anchorer(house_in_memory.services.database, house_in_memory.services.vault).anchor_all()
    auditor = house_in_memory.of(Role.AUDITOR)
    report = (await auditor.get(VERIFICATION)).json()
    assert (report["sound"], report["sealed"], report["anchors"], report["counts"]) == (True, 5, 1, {})
    await house_in_memory.owner.execute("ALTER TABLE audit_payloads DISABLE TRIGGER USER")
    await house_in_memory.owner.execute(
        "UPDATE audit_payloads SET payload = '{}' WHERE institution_id = $1", house_in_memory.a.id
    )
    report = (await auditor.get(VERIFICATION)).json()
    assert (report["sound"], report["counts"]) == (False, {"altered_payload": 5})
    assert report["findings"][0]["position"] == 1


async def test_a_verification_without_storage_says_so(house_in_memory: House) -> None:
    house_in_memory.memory.faults.unavailable = True
    answer = await house_in_memory.of(Role.AUDITOR).get(VERIFICATION)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


@pytest.mark.parametrize("path", [ENTRIES, EXPORT, VERIFICATION])
async def test_only_those_who_may_read_the_trail_do(house_in_memory: House, path: str) -> None:
    assert (await house_in_memory.stranger.get(path)).status_code == 401
    for role in (Role.ADMINISTRATOR, Role.CLERK, Role.TEACHER, Role.EXECUTOR, Role.SERVICE_ACCOUNT):
        assert (await house_in_memory.of(role).get(path)).status_code == 403


async def test_anchors_lie_locked_on_a_real_object_store(house: House) -> None:
    await write(house, 3)
    anchorer = Anchorer(house.services.database, house.services.vault)
    assert await anchorer.anchor(house.a.id)
    key = anchor_key(house.a.id, 3)
    with pytest.raises(ObjectLocked):
        await house.services.vault.destroy(key)
    await write(house, 2)
    assert await anchorer.anchor(house.a.id)
    report = await verify_trail(house.services.database, house.services.vault, house.a.id)
    assert (report.sound, report.anchors) == (True, 2)
