"""What is left of what an act destroyed: stubs that say so, paper that people end, a certificate that closes."""

from uuid import UUID

import asyncpg
import pytest

from core.access.permissions import Role
from core.cases.asking import asking
from core.disposal.errors import DisposalStepRefused
from core.disposal.execution.certifying import PaperRef, certify
from core.disposal.execution.reading import destroyed_documents_of, executors_of, proofs_of
from core.disposal.lives import find_act
from tests.registry.cases.desk import read_case
from tests.registry.disposal.bureau import ACTS, brought_to, draft, lines, no_inventories, policy
from tests.registry.disposal.executing import (
    EXECUTOR,
    personal_file_case,
    progress,
    renew,
    run_execution,
    started,
    waiting_act,
)
from tests.registry.documents.papers import DOCUMENTS, send
from tests.registry_house import House, Json, code

PAPER = {"destroyed_on": "2026-01-19", "way": "shredded", "evidence": "протокол № 1"}
PAPERS = [PaperRef(kind, "0" * 64) for kind in ("disposal_act", "personal_data_act", "event_log")]


async def test_a_destroyed_document_answers_with_its_act_and_is_in_no_list(house_in_memory: House) -> None:
    house = house_in_memory
    act, [case] = await waiting_act(house, 1)
    await started(house, act)
    assert await run_execution(house) == ["done"]
    [document] = case["documents"]
    path = f"{DOCUMENTS}/{document['id']}"
    for address in (path, f"{path}/content", f"{path}/versions", f"{path}/versions/1/content"):
        refused = await house.clerk.get(address)
        assert code(refused) == (410, "document_destroyed"), address
        assert (refused.json()["act"], refused.json()["number"]) == (act["id"], "1-у")
    withdrawn = await house.clerk.post(f"{path}/withdrawal", json={"reason": "нет"})
    assert withdrawn.status_code in {404, 410}
    assert (await house.clerk.get(DOCUMENTS)).json()["items"] == []
    assert (await house.clerk.get("/api/v1/search", params={"q": document["title"] or "a"})).json()["items"] == []
    assert (await house.other.clerk.get(path)).status_code == 404
    said = await house.owner.fetchrow("SELECT * FROM document_stubs WHERE id = $1", UUID(document["id"]))
    assert set(said.keys()).isdisjoint({"title", "file_name", "note", "number", "series"})
    with pytest.raises(asyncpg.PostgresError, match="never changed or removed"):
        await house.owner.execute("DELETE FROM document_stubs")


async def test_a_personal_file_ends_with_its_case(house_in_memory: House) -> None:
    house = house_in_memory
    case = await personal_file_case(house)
    await policy(house.a)
    await no_inventories(house.a)
    act = await brought_to(house.a, await draft(house.a, case), "waiting")
    house.clock.move(days=8)
    await renew(house)
    await started(house, act)
    assert await run_execution(house) == ["done"]
    assert (await read_case(house.a, case))["state"] == "destroyed"
    path = f"/api/v1/personal-files/{house.a.personal_file}"
    refused = await house.clerk.get(path)
    assert (code(refused), refused.json()["case"]) == ((410, "personal_file_destroyed"), case["id"])
    assert (await house.clerk.get("/api/v1/personal-files")).json()["items"] == []
    assert (await send(house.a)).status_code in {404, 409}
    assert await house.owner.fetchval("SELECT count(*) FROM documents") == 0
    assert await house.owner.fetch("SELECT object_type, title FROM search_entries") == []
    made = await house.clerk.post(f"/api/v1/people/{house.a.learner}/personal-file", json={})
    assert code(made) == (410, "person_ended"), made.text


async def paper_act(house: House) -> Json:
    act, _ = await waiting_act(house, 1, paper=True, electronic=True)
    return act


async def test_paper_is_ended_by_people_and_only_once(house_in_memory: House) -> None:
    house = house_in_memory
    act = await paper_act(house)
    path = f"{ACTS}/{act['id']}/paper-destruction"
    today = {**PAPER, "destroyed_on": house.clock().date().isoformat()}
    assert code(await house.of(EXECUTOR).post(path, json=today)) == (409, "no_paper_to_record")
    await started(house, act)
    assert await run_execution(house) == ["done"]
    [line] = await lines(house.a, act)
    case = await read_case(house.a, {"id": line["case_id"]})
    assert (case["state"], case["paper_fate"], case["electronic_fate"]) == ("destroyed", "kept", "destroyed")
    assert (await progress(house, act))["paper_open_ids"] == [line["id"]]
    assert (await house.of(EXECUTOR).post(path, json={**today, "way": "handed_over"})).status_code == 422
    assert (await house.of(EXECUTOR).post(path, json={**today, "destroyed_on": "2020-01-01"})).status_code == 422
    assert (await house.of(EXECUTOR).post(path, json=today)).json()["lines"] == 1
    assert (await read_case(house.a, {"id": line["case_id"]}))["paper_fate"] == "destroyed"
    again = await house.of(EXECUTOR).post(path, json={**today, "line_ids": [line["id"]]})
    assert code(again) == (409, "paper_already_recorded")
    assert (await progress(house, act))["paper_open"] == 0


async def test_an_act_is_certified_when_everything_is_proved_and_everybody_signed(house_in_memory: House) -> None:
    house = house_in_memory
    act = await paper_act(house)
    another = await started(house, act)
    assert await run_execution(house) == ["done"]
    signed = [str(house.a.accounts[EXECUTOR]), str(another.accounts[EXECUTOR])]

    async def refused(papers: list[PaperRef], signed_by: list[str]) -> list[str]:
        async with house.services.database.work(house.a.scope("records_officer")) as work:
            found, who = await find_act(UUID(act["id"])), asking(work, [Role.RECORDS_OFFICER])
            try:
                await certify(work, found, who, papers=papers, signed_by=signed_by)
            except DisposalStepRefused as refusal:
                reasons = refusal.facts["reasons"]
                assert isinstance(reasons, list)
                return [str(each) for each in reasons]
        return []

    assert await refused(PAPERS, signed) == ["no_proof_of_all"]
    today = {**PAPER, "destroyed_on": house.clock().date().isoformat()}
    path = f"{ACTS}/{act['id']}/paper-destruction"
    assert (await house.of(EXECUTOR).post(path, json=today)).status_code == 200
    assert await refused(PAPERS[:2], signed) == ["no_papers"]
    assert await refused(PAPERS, signed[:1]) == ["not_signed"]
    assert await refused(PAPERS, signed) == []
    assert (await progress(house, act))["state"] == "certified"
    async with house.services.database.work(house.a.scope()) as work:
        found = await find_act(UUID(act["id"]))
        assert [each.part for each in await executors_of(found)] == ["announced", "confirmed"]
        [proof] = [each async for each in proofs_of(work, found)]
        [gone] = [each async for each in destroyed_documents_of(work, found)]
    assert (proof.document_id, proof.means.name, len(proof.sha256 or "")) == (gone.document_id, "Deloteka", 64)
    assert {str(each) for each in proof.executors} == set(signed)
    assert gone.person_ids == (house.a.learner,)
