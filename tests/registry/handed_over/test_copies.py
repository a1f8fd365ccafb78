"""Copies that stay after a transfer go by a decision of people, two executors and proof; and never by themselves."""

from uuid import UUID

import asyncpg
import pytest

from core.handed_over.driving import resume_copies
from core.kernel.jobs.running import TryAgain
from tests.registry.cases.desk import hold, lift, read_case
from tests.registry.disposal import bureau
from tests.registry.disposal.executing import second_executor
from tests.registry.documents.papers import DOCUMENTS, keep, text
from tests.registry.exits import gate
from tests.registry.exits.gate import filled_case, packages_in_storage, read_transfer
from tests.registry.handed_over.reading_room import (
    DECISIONS,
    GROUND,
    accepted,
    announce,
    approve,
    confirm,
    lines,
    propose,
    proposed,
    read,
    run_copies,
    started,
    step,
)
from tests.registry.nomenclature.office import OFFICER
from tests.registry.paperwork.desk import content, issued, ready, words
from tests.registry_house import House, Json, code


async def documents_of(house: House, case: Json) -> list[UUID]:
    rows = await house.owner.fetch("SELECT id FROM documents WHERE case_id = $1 ORDER BY id", UUID(case["id"]))
    return [row["id"] for row in rows]


async def test_copies_go_by_decision_of_two_and_hands_of_two_and_tell_where_the_originals_are(house: House) -> None:
    [permanent] = await bureau.classes(house, "Постоянно")
    going = await filled_case(house.a, permanent, text(), text(), title="Приказы")
    held = await filled_case(house.a, permanent, text(), title="Протоколы")
    transfer = await accepted(house, going, held)
    [first, second], [third] = await documents_of(house, going), await documents_of(house, held)
    decision = await proposed(house, transfer)
    assert (len(await house.objects()), len(await packages_in_storage(house))) == (3, 1)
    assert (await announce(house.a, decision)).status_code == 200
    same = await confirm(house.a, decision)
    assert (code(same), same.json()["reasons"]) == ((409, "copy_step_refused"), ["same_person"])
    assert (await confirm(await second_executor(house), decision)).status_code == 200
    placed = await hold(house.a, case_ids=[held["id"]])
    assert await run_copies(house) == ["done"]
    found = await read(house.a, decision)
    assert (found["state"], found["lines_by_state"]) == ("executed", {"destroyed": 1, "held": 1})
    assert (found["objects"], found["absent"], found["space"]) == (2, 2, "not_applicable")
    assert found["attempts"][0]["announced_by"] != found["attempts"][0]["confirmed_by"]
    said = {line["title"]: line for line in await lines(house.a, decision)}
    assert said["Протоколы"]["reason"] == placed["id"]
    await proved(house, said["Приказы"], first, second)
    # The package, which held copies too, is gone; what is held stays whole.
    assert await packages_in_storage(house) == []
    assert [str(third) in key for key in await house.objects()] == [True]
    await tells_of_the_archive(house, first)
    assert (await house.clerk.get(f"{DOCUMENTS}/{third}/content")).status_code == 200
    case = await read_case(house.a, going)
    assert (case["state"], case["electronic_fate"]) == ("transferred", "transferred")
    assert (await read_transfer(house.a, transfer))["files_here"] == 1
    await nobody_changes(house)
    await papers_say_why(house, decision)
    # Once the hold is lifted, a new decision takes the rest.
    await lift(house.a, placed)
    await started(house, await proposed(house, transfer, "2-к"))
    assert await run_copies(house) == ["done"]
    assert [key for key in await house.objects() if str(third) in key] == []
    refused = await propose(house.a, transfer)
    assert (code(refused), refused.json()["reason"]) == ((409, "copies_not_decidable"), "no_files_here")


async def proved(house: House, line: Json, *documents: UUID) -> None:
    proofs = await house.of("auditor").get(f"{gate.V1}/copy-lines/{line['id']}/objects")
    assert {each["document_id"] for each in proofs.json()["items"]} == set(map(str, documents))
    assert all(each["absent_at"] and each["sha256"] for each in proofs.json()["items"])
    ledger = await house.owner.fetch("SELECT object_id FROM destruction_ledger WHERE kind = 'document_gone'")
    assert {row["object_id"] for row in ledger} == set(documents)


async def tells_of_the_archive(house: House, document: UUID) -> None:
    gone = await house.clerk.get(f"{DOCUMENTS}/{document}")
    assert (code(gone), gone.json()["archive"]) == ((410, "document_handed_over"), "Архив города Примерска")
    assert gone.json()["accepted"] == "№ А-7 от 02.03.2026"
    assert code(await house.clerk.get(f"{DOCUMENTS}/{document}/content")) == (410, "document_handed_over")
    assert code(await house.other.clerk.get(f"{DOCUMENTS}/{document}")) == (404, "not_found")
    assert await house.owner.fetchval("SELECT count(*) FROM search_entries WHERE object_id = $1", document) == 0


async def papers_say_why(house: House, decision: Json) -> None:
    await ready(house)
    paper = await issued(house.a, "personal_data_act", decision["id"], "copy_decision")
    said = words(await content(house.a, paper))
    assert "Архив города Примерска, акт № А-7 от 02.03.2026; решение об уничтожении копий № 1-к от 02.03.2026" in said
    assert "Лица, указанные в документах дела «Приказы» индекс" in said
    assert "«Протоколы»" not in said
    table = await issued(house.a, "event_log_table", decision["id"], "copy_decision")
    assert "Лица, указанные в документах дела «Приказы»" in (await content(house.a, table)).decode()


async def nobody_changes(house: House) -> None:
    for change in (
        "DELETE FROM copy_decisions",
        "UPDATE copy_decisions SET state = 'approved'",
        "UPDATE copy_lines SET state = 'destroying' WHERE state = 'held'",
        "UPDATE copy_objects SET absent_at = now()",
        "UPDATE copy_attempts SET confirmed_by = announced_by",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await house.owner.execute(change)


async def test_nothing_is_decided_before_the_archive_accepted_and_keeping_is_a_decision_too(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    [five] = await bureau.classes(house, "5 лет")
    case = await filled_case(house.a, five, text())
    unaccepted = await gate.approved(house.a, case)
    early = await propose(house.a, unaccepted)
    assert (code(early), early.json()["reason"]) == ((409, "copies_not_decidable"), "not_accepted")
    await gate.run_jobs(house)
    sha256 = (await gate.package(house.a, unaccepted))["sha256"]
    transfer = (await gate.accept(house.a, unaccepted, sha256)).json()
    assert code(await propose(house.a, transfer, evidence="")) == (422, "invalid_request")
    assert code(await propose(house.other, transfer)) == (404, "not_found")
    kept = (await propose(house.a, transfer, "keep")).json()
    assert code(await propose(house.a, transfer)) == (409, "copy_decision_open")
    assert code(await approve(house.a, kept, role=OFFICER)) == (403, "forbidden")
    assert (await approve(house.a, kept)).json()["state"] == "kept"
    assert code(await announce(house.a, kept)) == (409, "copy_step_refused")
    decision = (await propose(house.a, transfer)).json()
    assert code(await announce(house.a, decision)) == (409, "copy_step_refused")
    assert code(await approve(house.a, decision)) == (409, "copy_decision_number_taken")
    assert (await approve(house.a, decision, "2-к")).json()["state"] == "approved"
    assert code(await confirm(house.a, decision)) == (409, "execution_not_announced")
    assert (await step(house.a, decision, "cancellation", "head", gate.REASON)).json()["state"] == "cancelled"
    assert code(await announce(house.a, decision)) == (409, "copy_step_refused")
    listed = (await house.of("auditor").get(DECISIONS, params={"transfer_id": transfer["id"]})).json()["items"]
    assert [each["state"] for each in listed] == ["cancelled", "kept"]
    assert (await read_transfer(house.a, transfer))["files_here"] == 1
    both = house.a.accounts[OFFICER]
    await house.owner.execute("UPDATE memberships SET roles = '{records_officer,head}' WHERE account_id = $1", both)
    mine = await approve(house.a, (await propose(house.a, transfer, **GROUND)).json(), "3-к", role=OFFICER)
    assert (code(mine), mine.json()["reasons"]) == ((409, "copy_step_refused"), ["same_person"])


async def test_what_the_archive_did_not_accept_stays(house_in_memory: House) -> None:
    house = house_in_memory
    [five] = await bureau.classes(house, "5 лет")
    cases = [await filled_case(house.a, five, text(), title=f"Дело {number}") for number in range(2)]
    transfer = await accepted(house, *cases)
    decision = await proposed(house, transfer)
    # As if something had come into a transferred case by a way that nobody knows.
    later = await keep(house.a)
    await house.owner.execute(
        "UPDATE documents SET state = 'filed', case_id = $2 WHERE id = $1", UUID(later["id"]), UUID(cases[0]["id"])
    )
    await started(house, decision)
    assert await run_copies(house) == ["done"]
    said = {line["case_id"]: (line["state"], line["reason"]) for line in await lines(house.a, decision)}
    assert said == {cases[0]["id"]: ("skipped", "content_changed"), cases[1]["id"]: ("destroyed", "")}
    assert (await house.clerk.get(f"{DOCUMENTS}/{later['id']}/content")).status_code == 200


async def test_an_outage_waits_and_what_is_not_confirmed_is_no_success(house_in_memory: House) -> None:
    house = house_in_memory
    [five] = await bureau.classes(house, "5 лет")
    transfer = await accepted(house, await filled_case(house.a, five, text(), text()))
    decision = await proposed(house, transfer)
    another = await started(house, decision)
    house.memory.faults.unavailable = True
    with pytest.raises(TryAgain):
        await run_copies(house)
    house.memory.faults.unavailable = False
    house.memory.faults.fail_next_destructions = 1000
    assert await run_copies(house) == ["done"]
    [line] = await lines(house.a, decision)
    assert (line["state"], line["reason"]) == ("failed", "absence_not_confirmed")
    assert (await read(house.a, decision))["state"] == "partial"
    # Half destroyed, it can only be finished: a hold comes too late.
    await hold(house.a, case_ids=[line["case_id"]])
    house.memory.faults.fail_next_destructions = 0
    assert (await announce(another, decision)).status_code == 200
    assert (await confirm(house.a, decision)).status_code == 200
    await house.owner.execute(
        "UPDATE jobs SET state = 'failed', started_at = now(), finished_at = now()"
        " WHERE state = 'queued' AND kind = 'copies.destroy'"
    )
    assert await resume_copies(house.services.database) == 1
    assert await run_copies(house) == ["done"]
    assert (await read(house.a, decision))["state"] == "executed"
    assert [key for key in await house.objects() if key.startswith(("originals/", "packages/"))] == []
