"""Cases leave for an archive: two people, one package, the archive's signature, and nothing that is held."""

import asyncio
import hashlib
import json
from uuid import UUID

import pytest

from core.bootstrap.parts import exit_services
from core.exits.bags import faults_of_bag
from core.exits.settling import settle_transfers
from core.kernel.jobs.running import TryAgain
from tests.registry.cases.desk import ANY, act, hold, lift, read_case
from tests.registry.disposal import bureau
from tests.registry.documents.papers import read
from tests.registry.exits import gate
from tests.registry.exits.gate import (
    accept,
    approve,
    approved,
    content,
    entries,
    filled_case,
    lines,
    package,
    packages_in_storage,
    prepare,
    prepared,
    read_transfer,
    run_jobs,
    step,
)
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import House, code

FIRST, SECOND = "Приказ № 1 об открытии курсов.\n".encode(), "Приказ № 2 о закрытии курсов.\n".encode()


async def test_a_case_goes_to_the_archive_with_its_package(house: House) -> None:
    permanent, five = await bureau.classes(house, "Постоянно", "5 лет")
    kept = await filled_case(house.a, permanent, FIRST, SECOND, title="Приказы")
    other = await filled_case(house.a, five, title="Переписка")
    transfer = await prepared(house.a, kept, other)
    assert transfer["state"] == "draft"
    by_author = await approve(house.a, transfer, role=OFFICER)
    assert code(by_author) == (403, "forbidden")
    assert (await approve(house.a, transfer)).status_code == 200
    assert code(await approve(house.a, transfer)) == (409, "transfer_step_refused")
    assert code(await content(house.a, transfer)) == (409, "package_not_ready")
    assert await run_jobs(house) == ["done"]
    made = await package(house.a, transfer)
    assert (made["state"], made["is_current"], made["files"]) == ("ready", True, 6)
    answer = await content(house.a, transfer)
    assert hashlib.sha256(answer.content).hexdigest() == made["sha256"]
    assert int(answer.headers["Content-Length"]) == len(answer.content) == made["size"]
    _require_sound_bag(answer.content)
    assert code(await accept(house.a, transfer, None)) == (422, "package_mismatch")
    accepted = await accept(house.a, transfer, made["sha256"])
    assert accepted.status_code == 200, accepted.text
    assert code(await accept(house.a, transfer, made["sha256"])) == (409, "transfer_step_refused")
    assert {line["state"] for line in await lines(house.a, transfer)} == {"transferred"}
    case = await read_case(house.a, kept)
    assert (case["state"], case["paper_fate"], case["electronic_fate"]) == ("transferred", "transferred", "transferred")
    shown = await read_transfer(house.a, transfer)
    assert (shown["cases"], shown["files_here"], shown["bytes_here"]) == (2, 2, len(FIRST) + len(SECOND))
    # What stays here is read as before, and a case that has left takes nothing and goes nowhere again.
    assert code(await act(house.a, kept, "reopening", {"reason": "ошибка"})) == (409, "case_step_refused")
    assert code(await prepare(house.a, kept)) == (409, "cases_not_transferable")
    assert code(await step(house.a, transfer, "cancellation", "head", gate.REASON)) == (409, "transfer_step_refused")
    assert (await content(house.a, transfer)).status_code == 200
    act_pdf = await house.of("auditor").get(f"{gate.TRANSFERS}/{transfer['id']}/act")
    assert act_pdf.content.startswith(b"%PDF-")


def _require_sound_bag(archive: bytes) -> None:
    """The bag as a stranger checks it, by RFC 8493 alone."""
    found = entries(archive)
    assert found["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    listed = gate.listed(found["manifest-sha256.txt"])
    payload = {path for path in found if path.startswith("data/")}
    assert set(listed) == payload
    assert all(hashlib.sha256(found[path]).hexdigest() == sha256 for path, sha256 in listed.items())
    tags = gate.listed(found["tagmanifest-sha256.txt"])
    assert set(tags) == {"bagit.txt", "bag-info.txt", "manifest-sha256.txt"}
    assert all(hashlib.sha256(found[path]).hexdigest() == sha256 for path, sha256 in tags.items())
    oxum = f"Payload-Oxum: {sum(len(found[path]) for path in payload)}.{len(payload)}"
    assert oxum in found["bag-info.txt"].decode().splitlines()
    cases = [json.loads(found[path]) for path in sorted(payload) if path.endswith("case.json")]
    assert {case["title"] for case in cases} == {"Приказы", "Переписка"}
    files = [each for case in cases for document in case["documents"] for each in document["files"]]
    assert {found[each["path"]] for each in files} == {FIRST, SECOND}
    assert found["data/transfer-act.pdf"].startswith(b"%PDF-")


async def test_people_states_and_other_institutions(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    case, opened = (
        await filled_case(house.a, row, FIRST),
        await filled_case(house.a, row, closed_on=None, title="Второе"),
    )
    assert code(await prepare(house.a, case, opened)) == (409, "cases_not_transferable")
    assert code(await prepare(house.other, case)) == (404, "not_found")
    assert code(await prepare(house.a)) == (422, "nothing_to_transfer")
    first, second = await asyncio.gather(prepare(house.a, case), prepare(house.a, case))
    assert sorted((first.status_code, second.status_code)) == [201, 409]
    transfer = (first if first.status_code == 201 else second).json()
    answers = await asyncio.gather(*(approve(house.a, transfer) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409]
    assert code(await accept(house.a, transfer, None)) == (409, "package_not_ready")
    # A case that is promised to the archive is put on no disposal act.
    house.clock.move(days=1)
    refused = await bureau.make_act(house.a, case)
    assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_lines_refused"), ["promised_to_archive"])
    assert (await read_case(house.a, case))["state"] == "expired"
    # Asked for twice, the package is made once; given up, nothing of it is left.
    assert (await step(house.a, transfer, "package", OFFICER)).status_code == 202
    assert await run_jobs(house) == ["done"]
    assert len(await packages_in_storage(house)) == 1
    assert (await step(house.a, transfer, "package", OFFICER)).json()["state"] == "ready"
    # Storage that came out of a backup has no packages: they are made anew.
    house.memory.lose((await packages_in_storage(house))[0])
    assert (await step(house.a, transfer, "package", OFFICER)).json()["state"] == "building"
    assert await run_jobs(house) == ["done", "done"]
    assert (await content(house.a, transfer)).status_code == 200
    assert (await step(house.a, transfer, "cancellation", "head", gate.REASON)).status_code == 200
    assert await run_jobs(house) == ["done"]
    assert await packages_in_storage(house) == []
    assert (await lines(house.a, transfer))[0]["state"] == "released"
    assert (await prepare(house.a, case)).status_code == 201


async def test_one_person_may_only_under_the_declared_mode(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    case = await filled_case(house.a, row, FIRST)
    both = house.a.accounts[OFFICER]
    await house.owner.execute("UPDATE memberships SET roles = '{records_officer,head}' WHERE account_id = $1", both)
    transfer = await prepared(house.a, case)
    refused = await approve(house.a, transfer, role=OFFICER)
    assert (code(refused), refused.json()["reasons"]) == ((409, "transfer_step_refused"), ["same_person"])
    assert (await step(house.a, transfer, "cancellation", OFFICER, gate.REASON)).status_code == 200
    declared = {"single_person": True, "ground": "приказ № 3"}
    assert (await house.of("head").post("/api/v1/disposal-policies", json=declared)).status_code == 201
    transfer = await prepared(house.a, case)
    assert (await approve(house.a, transfer, role=OFFICER)).status_code == 200
    await run_jobs(house)
    sha256 = (await package(house.a, transfer))["sha256"]
    accepted = (await accept(house.a, transfer, sha256)).json()
    assert (accepted["state"], accepted["single_person"]) == ("accepted", True)


@pytest.mark.parametrize("lifted", [False, True])
async def test_a_hold_takes_its_case_off_while_it_waits(house_in_memory: House, lifted: bool) -> None:  # noqa: FBT001
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    cases = [await filled_case(house.a, row, content, title=f"Дело {n}") for n, content in enumerate((FIRST, SECOND))]
    early = await filled_case(house.a, row, title="Дело 3")
    transfer = await prepared(house.a, *cases, early)
    await hold(house.a, case_ids=[early["id"]])
    assert (await approve(house.a, transfer)).status_code == 200
    assert await run_jobs(house) == ["done"]
    old = await package(house.a, transfer)
    placed = await hold(house.a, case_ids=[cases[0]["id"]])
    if lifted:
        await lift(house.a, placed)
    states = {line["case_id"]: line["state"] for line in await lines(house.a, transfer)}
    assert states == {cases[0]["id"]: "held", cases[1]["id"]: "listed", early["id"]: "held"}
    assert (await package(house.a, transfer))["is_current"] is False
    assert code(await content(house.a, transfer)) == (409, "package_outdated")
    assert code(await accept(house.a, transfer, old["sha256"])) == (409, "package_outdated")
    assert (await step(house.a, transfer, "package", OFFICER)).status_code == 202
    assert await run_jobs(house) == ["done", "done"]
    new = await package(house.a, transfer)
    assert len(await packages_in_storage(house)) == 1
    archive = (await content(house.a, transfer)).content
    assert FIRST not in entries(archive).values()
    assert SECOND in entries(archive).values()
    assert code(await accept(house.a, transfer, old["sha256"])) == (422, "package_mismatch")
    assert (await accept(house.a, transfer, new["sha256"])).status_code == 200
    ended = [(await read_case(house.a, case))["state"] for case in (*cases, early)]
    assert ended == ["expired", "transferred", "expired"]


async def test_a_missing_or_damaged_original_stops_the_package(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    sound, broken = (
        await filled_case(house.a, row, FIRST),
        await filled_case(house.a, row, SECOND, b"third\n", title="Второе"),
    )
    transfer = await approved(house.a, sound, broken)
    versions = await house.owner.fetch(
        "SELECT v.id, v.object_key, v.storage_version_id FROM document_versions v"
        " JOIN documents d ON d.id = v.document_id WHERE d.case_id = $1 ORDER BY v.id",
        UUID(broken["id"]),
    )
    house.memory.lose(versions[0]["object_key"])
    house.memory.corrupt(versions[1]["object_key"], versions[1]["storage_version_id"])
    assert await run_jobs(house) == ["done"]
    stopped = await package(house.a, transfer)
    assert stopped["state"] == "stopped"
    assert [(each["code"], each["version_id"], each["case_id"]) for each in stopped["findings"]] == [
        ("missing", str(versions[0]["id"]), broken["id"]),
        ("damaged", str(versions[1]["id"]), broken["id"]),
    ]
    assert await packages_in_storage(house) == []
    assert code(await content(house.a, transfer)) == (409, "package_not_ready")
    assert code(await accept(house.a, transfer, None)) == (409, "package_not_ready")
    # The damaged case is taken off by a person, and the rest goes.
    [line] = [each for each in await lines(house.a, transfer) if each["case_id"] == broken["id"]]
    path = f"{gate.LINES}/{line['id']}/exclusion"
    assert (await house.of(OFFICER).post(path, json=gate.REASON, headers=ANY)).status_code == 200
    assert (await house.of(OFFICER).post(path, json=gate.REASON, headers=ANY)).status_code == 409
    assert (await step(house.a, transfer, "package", OFFICER)).status_code == 202
    await run_jobs(house)
    ready = await package(house.a, transfer)
    assert (ready["state"], ready["is_current"]) == ("ready", True)
    assert (await accept(house.a, transfer, ready["sha256"])).status_code == 200


async def test_an_approved_inventory_goes_as_a_whole_and_paper_needs_no_files(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "Постоянно")
    cases = [await bureau.closed_case(house.a, row, title=f"Дело {number}", paper=True) for number in range(2)]
    inventory = await bureau.begin_inventory(house.a)
    await bureau.enter(house.a, inventory)
    assert code(await prepare(house.a, inventory_id=inventory["id"])) == (422, "nothing_to_transfer")
    assert (await bureau.approve_inventory(house.a, inventory)).status_code == 200
    assert code(await prepare(house.a, cases[0], inventory_id=inventory["id"])) == (422, "nothing_to_transfer")
    transfer = (await prepare(house.a, inventory_id=inventory["id"])).json()
    assert (await approve(house.a, transfer)).status_code == 200
    assert await run_jobs(house) == ["done"]
    made = await package(house.a, transfer)
    assert (made["state"], made["files"]) == ("ready", 4)
    assert (await accept(house.a, transfer, made["sha256"])).status_code == 200
    assert {(await read_case(house.a, case))["paper_fate"] for case in cases} == {"transferred"}
    assert (await read_transfer(house.a, transfer))["files_here"] == 0


async def test_a_case_that_changed_since_is_taken_off(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    case, other = await filled_case(house.a, row, FIRST), await filled_case(house.a, row, title="Второе")
    transfer = await approved(house.a, case, other)
    await run_jobs(house)
    assert (await act(house.a, case, "reopening", {"reason": "ещё один лист"})).status_code == 200
    sha256 = (await package(house.a, transfer))["sha256"]
    refused = await accept(house.a, transfer, sha256)
    assert (code(refused), refused.json()["cases"]) == ((409, "package_outdated"), [case["id"]])
    assert code(await content(house.a, transfer)) == (409, "package_outdated")
    # A case that stays may be destroyed some day: no package keeps a copy of it, though nobody asks.
    assert await settle_transfers(house.services.database) == 1
    house.memory.faults.fail_next_destructions = 9
    with pytest.raises(TryAgain):
        await run_jobs(house)
    house.memory.faults.fail_next_destructions = 0
    await house.owner.execute(
        "UPDATE jobs SET state = 'failed', started_at = now(), finished_at = now()"
        " WHERE state = 'queued' AND kind = 'transfer.remove_package'"
    )
    assert await settle_transfers(house.services.database) == 1
    assert await run_jobs(house) == ["done"]
    assert await packages_in_storage(house) == []
    assert await settle_transfers(house.services.database) == 0
    assert (await step(house.a, transfer, "package", OFFICER)).json()["state"] == "building"
    states = {line["case_id"]: line["state"] for line in await lines(house.a, transfer)}
    assert states == {case["id"]: "changed", other["id"]: "listed"}


async def test_a_package_that_was_killed_in_the_middle_is_made_anew_and_never_seen_half(house: House) -> None:
    [row] = await bureau.classes(house, "5 лет")
    case = await filled_case(house.a, row, FIRST, SECOND)
    transfer = await approved(house.a, case)
    services = exit_services(house.services)
    folder = services.scratch / f"package-{(await package(house.a, transfer))['id']}"
    for stage in ("open", "put", "verify"):
        with pytest.raises(asyncio.CancelledError):
            await run_jobs(house, gate.killed_at(services, stage))
        assert (await package(house.a, transfer))["state"] == "building"
        assert code(await content(house.a, transfer)) == (409, "package_not_ready")
        # What a process that was killed for good leaves on the disk is gone with the next attempt.
        folder.mkdir()
        (folder / "package.zip").write_bytes(b"half")
    assert await run_jobs(house) == ["done"]
    assert (await package(house.a, transfer))["state"] == "ready"
    assert len(await packages_in_storage(house)) == 1
    assert not folder.exists()
    archive = services.scratch / "again.zip"
    archive.write_bytes((await content(house.a, transfer)).content)
    assert faults_of_bag(archive, f"transfer-{transfer['id']}") == []
    assert (await read(house.a, {"id": await _document_of(house, case)})).content in {FIRST, SECOND}


async def _document_of(house: House, case: dict[str, str]) -> str:
    return str(await house.owner.fetchval("SELECT id FROM documents WHERE case_id = $1 LIMIT 1", UUID(case["id"])))
