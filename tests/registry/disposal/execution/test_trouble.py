"""What happens when storage, locks or late holds stand in the way of an execution."""

from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import pytest

from core.disposal.execution.driving import resume_executions
from core.kernel.jobs.running import TryAgain
from storage.digest import sha256_of
from storage.errors import VacuumFailed
from storage.keys import rendition_key
from storage.s3 import S3Vault
from tests.registry.cases.desk import hold, read_case
from tests.registry.disposal.bureau import ACTS, lines, read_act
from tests.registry.disposal.executing import (
    EXECUTOR,
    announce,
    confirm,
    objects,
    progress,
    quick,
    run_execution,
    started,
    waiting_act,
)
from tests.registry.documents.papers import keep
from tests.registry_house import House, Json


async def keys_of(house: House, case: Json) -> list[str]:
    documents = [UUID(each["id"]) for each in case["documents"]]
    rows = await house.owner.fetch("SELECT object_key FROM document_versions WHERE document_id = ANY ($1)", documents)
    return [row["object_key"] for row in rows]


async def version_of(house: House, key: str) -> str:
    [entry] = [entry async for entry in house.memory.versions(key)]
    return entry.version_id


async def test_what_was_never_stored_whole_goes_too_and_only_of_these_documents(house: House) -> None:
    act, [case] = await waiting_act(house, 1)
    stays = await keep(house.a)
    door = cast("S3Vault", house.services.vault)._door
    prefixes = [f"originals/{house.a.id}/{each['id']}/" for each in (case["documents"][0], stays)]
    for prefix in prefixes:
        door.client._create_multipart_upload(door.bucket, f"{prefix}{uuid4()}", {})
    await started(house, act)
    assert await run_execution(house) == ["done"]
    assert (await read_case(house.a, case))["state"] == "destroyed"
    assert [await house.services.vault.abort_uploads(prefix) for prefix in prefixes] == [0, 1]


async def test_a_line_that_cannot_be_finished_fails_alone_and_is_tried_again(house_in_memory: House) -> None:
    house = house_in_memory
    act, [first, second] = await waiting_act(house, 2, 1)
    [key, _] = await keys_of(house, first)
    version = await version_of(house, key)
    await house.memory.hold(key, version, on=True)
    another = await started(house, act)
    assert await run_execution(house) == ["done"]
    found = await progress(house, act)
    assert (found["state"], found["lines_by_state"]) == ("partial", {"failed": 1, "destroyed": 1})
    assert found["attempts"][0]["outcome"] == "partial"
    [failed, done] = await lines(house.a, act)
    assert (failed["reason"], done["state"]) == ("held_in_storage", "destroyed")
    ended = done["ended_at"]
    assert (await read_case(house.a, first))["state"] == "on_act"
    assert (await read_case(house.a, second))["state"] == "destroyed"
    await house.memory.hold(key, version, on=False)
    assert (await announce(another, act)).status_code == 200
    assert (await confirm(another, act)).json()["reasons"] == ["same_person"]
    assert (await confirm(house.a, act)).json()["state"] == "executing"
    assert await run_execution(house) == ["done"]
    found = await progress(house, act)
    assert (found["state"], [each["outcome"] for each in found["attempts"]]) == ("executed", ["partial", "executed"])
    assert [each["ended_at"] for each in await lines(house.a, act)][1] == ended
    assert await house.objects() == []


async def test_a_hold_that_comes_too_late_saves_the_other_lines(house_in_memory: House) -> None:
    house = house_in_memory
    act, [first, second] = await waiting_act(house, 1, 1)
    await started(house, act)
    [key] = await keys_of(house, first)
    await house.memory.hold(key, await version_of(house, key), on=True)
    assert await run_execution(house) == ["done"]
    assert (await read_act(house.a, act))["state"] == "partial"
    await hold(house.a, case_ids=[first["id"], second["id"]])
    assert [line["state"] for line in await lines(house.a, act)] == ["failed", "destroyed"]
    await started(house, act)
    assert await run_execution(house) == ["done"]
    found = await progress(house, act)
    assert (found["state"], found["lines_by_state"]) == ("executed", {"destroyed": 2})


async def test_nothing_fails_while_storage_does_not_answer(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await started(house, act)
    house.memory.faults.unavailable = True
    with pytest.raises(TryAgain):
        await run_execution(house)
    assert [line["state"] for line in await lines(house.a, act)] == ["listed"]
    house.memory.faults.unavailable = False
    assert await run_execution(house) == ["done"]
    assert (await read_act(house.a, act))["state"] == "executed"


async def test_a_broken_off_destruction_is_repeated(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await started(house, act)
    house.memory.faults.fail_next_destructions = 2
    assert await run_execution(house) == ["done"]
    assert (await read_act(house.a, act))["state"] == "executed"


async def test_absence_that_is_never_confirmed_is_no_success(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await started(house, act)
    house.memory.faults.fail_next_destructions = 1000
    assert await run_execution(house) == ["done"]
    [line] = await lines(house.a, act)
    assert (line["state"], line["reason"]) == ("failed", "absence_not_confirmed")
    assert (await read_act(house.a, act))["state"] == "partial"


async def test_foreign_versions_delete_markers_and_strange_pictures_go_too(
    house_in_memory: House, tmp_path: Path
) -> None:
    house = house_in_memory
    act, [case] = await waiting_act(house, 1)
    [key] = await keys_of(house, case)
    house.memory.intrude(key, b"foreign")
    house.memory.mark_deleted(key)
    picture = tmp_path / "p"
    picture.write_bytes(b"picture")
    _, institution, document, version = key.split("/")
    orphan = rendition_key(UUID(institution), UUID(document), UUID(version), "page-0001.jpg")
    await house.memory.put(
        orphan, picture, sha256=sha256_of(b"picture"), size=7, media_type="image/jpeg", legal_hold=False
    )
    await started(house, act)
    assert await run_execution(house) == ["done"]
    [line] = await lines(house.a, act)
    found = await objects(house, line)
    assert [(each["role"], each["delete_marker"], bool(each["sha256"])) for each in found].count(
        ("original", True, False)
    ) == 1
    assert {each["role"] for each in found} == {"original", "rendition"}
    assert (len(found), all(each["absent_at"] for each in found)) == (4, True)
    assert await house.objects() == []


async def test_space_that_was_not_given_back_is_asked_for_again(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await started(house, act)

    async def fails() -> None:
        raise VacuumFailed(reason="told to fail")

    async def works() -> None:
        """Nothing to do."""

    assert await run_execution(house, quick(house, vacuum=fails)) == ["done"]
    path = f"{ACTS}/{act['id']}/space"
    assert (await house.of(EXECUTOR).post(path)).status_code == 202
    assert await run_execution(house, quick(house, vacuum=works)) == ["done"]
    outcomes = [each["outcome"] for each in (await progress(house, act))["vacuums"]]
    assert outcomes == ["failed", "done"]


async def test_an_act_that_nobody_drives_is_taken_up_again(house_in_memory: House) -> None:
    house = house_in_memory
    act, _ = await waiting_act(house, 1)
    await started(house, act)
    assert await resume_executions(house.services.database) == 0
    await house.owner.execute("UPDATE jobs SET state = 'failed', finished_at = now() WHERE kind = 'disposal.execute'")
    assert await resume_executions(house.services.database) == 1
    assert await run_execution(house) == ["done"]
    assert (await read_act(house.a, act))["state"] == "executed"
