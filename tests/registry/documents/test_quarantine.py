"""Files that only a person can judge: who may look, and what becomes of them."""

from typing import Any

import pikepdf

from core.documents.keeper import Keeper
from storage.memory import MemoryVault
from storage.objects import StoredVersion
from tests.inspection import samples
from tests.kernel_database import HandClock
from tests.registry.conftest import BuildHouse
from tests.registry.documents.papers import (
    DOCUMENTS,
    add_version,
    decide,
    keep,
    quarantine,
    read,
    rows_of,
    send,
    settle,
    text,
    withdraw,
)
from tests.registry_house import House, code


async def test_an_encrypted_and_a_damaged_pdf_wait_for_a_person(house: House) -> None:
    locked = samples.pdf(encryption=pikepdf.Encryption(owner="a", user="b"))
    for content, reason in ((locked, "pdf_encrypted"), (samples.pdf()[:-300], "pdf_broken")):
        made = await keep(house.a, content, file_name="a.pdf")
        assert (made["state"], made["version"]["code"]) == ("quarantined", reason)
        assert any(finding["code"] == reason for finding in made["version"]["findings"])
    assert [key.split("/")[0] for key in await house.objects()] == ["quarantine", "quarantine"]


async def test_quarantined_bytes_are_read_by_those_who_decide_only(house: House) -> None:
    content = text()
    made = await quarantine(house.a, content)
    for role in ("clerk", "records_officer"):
        assert (await read(house.a, made, role=role)).content == content
    for role in ("head", "commission", "service_account"):
        assert code(await read(house.a, made, role=role)) == (404, "not_found")
    assert code(await read(house.a, made, role="auditor")) == (403, "forbidden")
    assert code(await read(house.other, made)) == (404, "not_found")


async def test_only_who_may_decide_decides(house: House) -> None:
    made = await quarantine(house.a)
    for step in ("release", "refusal"):
        for role in ("head", "auditor", "service_account", "administrator"):
            assert code(await decide(house.a, made, step, role=role)) == (403, "forbidden")
        assert code(await decide(house.other, made, step)) == (404, "not_found")
        assert code(await decide(house.a, made, step, ordinal=2)) == (404, "not_found")
        assert code(await decide(house.a, made, step, reason="")) == (422, "invalid_request")
        refused = await decide(house.a, made, step, reason="  ")
        assert code(refused) == (409, "document_step_refused")
        assert refused.json()["reasons"] == ["no_reason"]


async def test_a_released_file_is_read_like_any_other(house: House) -> None:
    content = text()
    made = await quarantine(house.a, content)
    answer = await decide(house.a, made, "release", reason="свой скан")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["decision_reason"]) == ("kept", "свой скан")
    shown = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    assert shown["state"] == "kept"
    assert shown["revision"] > made["revision"]
    assert (await read(house.a, made, role="head")).content == content
    assert await settle(house) == 1
    assert [key.split("/")[0] for key in await house.objects()] == ["originals"]
    assert (await read(house.a, made, role="head")).content == content
    assert code(await decide(house.a, made, "refusal")) == (409, "document_step_refused")


async def test_a_file_is_released_after_its_spool_copy_went(house: House) -> None:
    content = text()
    made = await quarantine(house.a, content)
    assert await settle(house) == 1
    assert house.spooled() == []
    assert (await decide(house.a, made, "release")).status_code == 200
    assert len(house.spooled()) == 1
    assert await settle(house) == 1
    assert (await read(house.a, made)).content == content
    assert [key.split("/")[0] for key in await house.objects()] == ["originals"]


async def test_what_the_storage_has_lost_is_released_from_the_spool(house_in_memory: House) -> None:
    house = house_in_memory
    content = text()
    made = await quarantine(house.a, content)
    house.memory._objects.clear()
    assert (await decide(house.a, made, "release")).status_code == 200
    assert (await read(house.a, made)).content == content


async def test_a_release_that_fails_leaves_the_spool_copy(house_in_memory: House) -> None:
    house = house_in_memory
    content = text()
    made = await quarantine(house.a, content)
    house.memory.faults.unavailable = True
    answer = await decide(house.a, made, "release")
    assert code(answer) == (503, "storage_unavailable")
    assert "Retry-After" in answer.headers
    house.memory.faults.unavailable = False
    house.memory._objects.clear()
    assert await Keeper(house.services.documents).replay() == 1
    assert (await read(house.a, made)).content == content
    assert (await decide(house.a, made, "release")).status_code == 200


async def test_a_release_of_lost_bytes_says_so_and_changes_nothing(house_in_memory: House) -> None:
    house = house_in_memory
    made = await quarantine(house.a)
    assert await settle(house) == 1
    house.memory._objects.clear()
    assert code(await decide(house.a, made, "release")) == (503, "content_damaged")
    assert (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()["state"] == "quarantined"
    assert house.spooled() == []


async def test_a_refused_file_leaves_no_bytes_and_keeps_its_row(house: House) -> None:
    made = await quarantine(house.a)
    read_out = 'UPDATE document_versions SET proposal = \'{"fields": {}, "text": "верблюд"}\''
    await house.owner.execute(read_out)
    answer = await decide(house.a, made, "refusal", reason="чужой документ")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "refused"
    assert answer.json()["bytes_gone_at"] is not None
    assert await house.objects() == []
    assert house.spooled() == []
    assert await house.owner.fetchval("SELECT proposal FROM document_versions") == "{}"
    shown = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    assert (shown["state"], shown["decision_reason"]) == ("refused", "чужой документ")
    assert code(await read(house.a, made)) == (410, "content_gone")
    assert (await rows_of(house, made))["search"] == 0
    assert code(await decide(house.a, made, "release")) == (409, "document_step_refused")
    assert code(await withdraw(house.a, made)) == (409, "document_step_refused")
    assert (await house.actions())[-3:-1] == ["document.refused", "document.bytes_removed"]


async def test_a_refused_file_may_be_sent_again(house: House) -> None:
    content = text()
    made = await quarantine(house.a, content)
    await decide(house.a, made, "refusal")
    assert (await keep(house.a, content))["id"] != made["id"]


async def test_a_refused_document_is_not_edited_back_into_the_search(house: House) -> None:
    made = await quarantine(house.a)
    await decide(house.a, made, "refusal")
    answer = await house.clerk.patch(f"{DOCUMENTS}/{made['id']}", json={"title": "a"}, headers={"If-Match": "*"})
    assert code(answer) == (409, "stale_state")
    assert (await rows_of(house, made))["search"] == 0


async def test_a_quarantined_version_leaves_the_kept_document_as_it_is(house: House) -> None:
    first, second = text(), text()
    made = await keep(house.a, first)
    waiting = (await add_version(house.a, made, second, name="b.pdf")).json()
    assert (waiting["state"], waiting["version"]["state"]) == ("kept", "quarantined")
    assert (await read(house.a, made)).content == first
    assert (await read(house.a, made, ordinal=2)).content == second
    assert code(await read(house.a, made, ordinal=2, role="head")) == (404, "not_found")
    assert (await decide(house.a, made, "refusal", ordinal=2)).json()["state"] == "refused"
    assert (await read(house.a, made)).content == first
    assert code(await read(house.a, made, ordinal=2)) == (410, "content_gone")
    assert (await rows_of(house, made))["search"] == 1
    third = text()
    waiting = (await add_version(house.a, made, third, name="b.pdf")).json()
    assert (await decide(house.a, made, "release", ordinal=3)).status_code == 200
    shown = await house.clerk.get(f"{DOCUMENTS}/{made['id']}", headers={"If-None-Match": f'"{waiting["revision"]}"'})
    assert shown.status_code == 200
    assert (await read(house.a, made, role="head")).content == third


async def test_a_waiting_document_takes_no_further_version(house: House) -> None:
    made = await quarantine(house.a)
    assert code(await add_version(house.a, made)) == (409, "stale_state")


async def test_a_refusal_stands_although_the_storage_is_gone_and_the_keeper_finishes_it(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    made = await quarantine(house.a)
    house.memory.faults.unavailable = True
    answer = await decide(house.a, made, "refusal")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["bytes_gone_at"]) == ("refused", None)
    keeper = Keeper(house.services.documents, abandoned_after=0)
    assert await keeper.finish_removals() == 0
    house.memory.faults.unavailable = False
    assert await keeper.finish_removals() == 1
    assert await keeper.finish_removals() == 0
    assert await house.objects() == []
    shown = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    assert shown["version"]["bytes_gone_at"] is not None


async def test_a_duplicate_of_what_waits_is_told_of(house: House) -> None:
    content = text()
    made = await quarantine(house.a, content)
    answer = await send(house.a, content)
    assert code(answer) == (409, "duplicate")
    assert answer.json()["first"] == made["id"]


class Busy(MemoryVault):
    """Lets the keeper work between the copy of a released file and the commit."""

    keeper: Keeper | None = None
    house: House | None = None
    settled: int | None = None

    async def put(self, key: str, *arguments: Any, **options: Any) -> StoredVersion:  # noqa: ANN401 - as `Vault.put`
        stored = await super().put(key, *arguments, **options)
        if key.startswith("originals/") and self.house is not None:
            self.settled = await settle(self.house, self.keeper)
        return stored


async def test_the_keeper_does_not_clear_away_what_is_being_released(build_house: BuildHouse, clock: HandClock) -> None:
    vault = Busy(clock)
    house = await build_house(vault=vault)
    content = text()
    made = await quarantine(house.a, content)
    vault.house, vault.keeper = house, Keeper(house.services.documents, abandoned_after=0)
    assert (await decide(house.a, made, "release")).status_code == 200
    assert vault.settled == 0
    assert (await read(house.a, made)).content == content
    vault.house = None
    assert await settle(house) == 1
    assert (await read(house.a, made)).content == content
