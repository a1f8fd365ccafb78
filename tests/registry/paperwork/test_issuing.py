"""Issued papers: once, byte by byte the same, kept and filed, signed, and never changed."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from core.paperwork import issuing
from tests.inspection import samples
from tests.registry.cases.desk import ANY, CASES, close, open_case, read_case
from tests.registry.disposal.bureau import APPROVED, MINUTES, REASON, act_in, step
from tests.registry.documents.papers import send
from tests.registry.nomenclature.office import OFFICER
from tests.registry.paperwork.desk import (
    PAPERS,
    V1,
    cms,
    content,
    issue,
    issued,
    pem,
    ready,
    sign,
    words,
)
from tests.registry_house import House, Json, code

ACT = "disposal_act"


async def approved(house: House) -> Json:
    act = await act_in(house, "waiting")
    await ready(house)
    return act


async def test_a_paper_is_issued_once_kept_filed_and_stays_the_same(house: House) -> None:
    act = await approved(house)
    first, second = await asyncio.gather(*(issue(house.a, ACT, act["id"]) for _ in range(2)))
    assert {first.status_code, second.status_code} <= {200, 201}, (first.text, second.text)
    paper = first.json()
    assert second.json()["id"] == paper["id"]
    house.clock.move(days=1)
    again = await issue(house.a, ACT, act["id"])
    assert (again.status_code, again.json()) == (200, paper)
    pdf = await content(house.a, paper)
    assert hashlib.sha256(pdf).hexdigest() == paper["content_sha256"]
    said = words(pdf)
    assert paper["value_sha256"] in said
    assert "ПРОЕКТ" not in said
    document = (await house.clerk.get(f"{V1}/documents/{paper['document_id']}")).json()
    case = await read_case(house.a, {"id": paper["case_id"]})
    assert (document["kind"], document["state"], document["institutional"]) == ("issued_paper", "filed", True)
    assert (document["case_id"], case["title"]) == (paper["case_id"], "Дело фонда")
    assert len(await house.objects()) == 1
    assert await house.owner.fetchval("SELECT count(*) FROM issued_paper_bytes") == 0
    elsewhere = await house.clerk.get(f"{V1}/documents/{paper['document_id']}/content")
    assert code(elsewhere) == (403, "issued_paper_content")
    edited = await house.clerk.patch(
        f"{V1}/documents/{paper['document_id']}", json={"title": "Другой"}, headers={"If-Match": "*"}
    )
    assert (code(edited), edited.json()["reasons"]) == ((409, "document_step_refused"), ["issued_paper"])
    moved = await house.clerk.post(
        f"{V1}/documents/{paper['document_id']}/filing", json={"case_id": paper["case_id"]}, headers=ANY
    )
    assert (code(moved), moved.json()["reasons"]) == ((409, "document_step_refused"), ["issued_paper"])
    assert code(await send(house.a, kind="issued_paper")) == (422, "unknown_kind")
    listed = (await house.of("auditor").get(PAPERS, params={"subject_id": act["id"]})).json()["items"]
    assert [each["id"] for each in listed] == [paper["id"]]
    strangers = await house.other.of(OFFICER).get(f"{PAPERS}/{paper['id']}/content")
    assert code(strangers) == (404, "not_found")
    await _nobody_changes(house, "issued_papers", "paper_filings")
    await _destroyed(house, paper)
    gone = await house.of(OFFICER).get(f"{PAPERS}/{paper['id']}/content")
    assert (code(gone), gone.json()["number"]) == ((410, "document_destroyed"), "7-у")
    assert code(await sign(house.a, paper, cms())) == (410, "document_destroyed")
    assert code(await house.other.of(OFFICER).get(f"{PAPERS}/{paper['id']}/content")) == (404, "not_found")


async def _destroyed(house: House, paper: Json) -> None:
    """What an act leaves of the document that a paper became, from its point of no return on."""
    document = UUID(paper["document_id"])
    await house.owner.execute(
        "INSERT INTO document_stubs (id, institution_id, case_id, kind, received_at, files, act_id, act_number,"
        " act_date, began_at) SELECT id, institution_id, case_id, kind, created_at, 1, $2, '7-у', '2026-03-01', now()"
        " FROM documents WHERE id = $1",
        *(document, uuid4()),
    )
    await house.owner.execute("UPDATE documents SET destruction_began_at = now() WHERE id = $1", document)


async def _nobody_changes(house: House, *tables: str) -> None:
    for table in tables:
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):  # noqa: S608 - names of tables
            with pytest.raises(asyncpg.PostgresError, match="never changed"):
                await house.owner.execute(change)


async def test_what_was_left_undone_is_finished_with_the_same_bytes(
    house_in_memory: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_in_memory
    act = await approved(house)

    async def fall(*_: Any, **__: Any) -> None:  # noqa: ANN401 - whatever it is called with
        message = "the process ends here"
        raise RuntimeError(message)

    for broken in ("take_in", "file_into"):
        with monkeypatch.context() as patch:
            patch.setattr(issuing, broken, fall)
            assert (await issue(house.a, ACT, act["id"])).status_code == 500
    [waiting] = (await house.of(OFFICER).get(PAPERS)).json()["items"]
    assert waiting["document_id"] is None
    assert code(await house.of(OFFICER).get(f"{PAPERS}/{waiting['id']}/content")) == (409, "paper_not_filed")
    assert code(await sign(house.a, waiting, cms())) == (409, "paper_not_filed")
    with pytest.raises(asyncpg.PostgresError, match="not filed yet"):
        await house.owner.execute("DELETE FROM issued_paper_bytes")
    house.clock.move(days=1)
    # The act moves on meanwhile, so that asking for its paper anew would give another one.
    aborted = await house.of("head").post(f"{V1}/disposal-acts/{act['id']}/abort", json=REASON, headers=ANY)
    assert aborted.status_code == 200, aborted.text
    assert code(await issue(house.a, ACT, act["id"])) == (409, "paper_not_ready")
    finished = (await house.of(OFFICER).post(f"{PAPERS}/{waiting['id']}/filing")).json()
    assert finished["content_sha256"] == waiting["content_sha256"]
    assert hashlib.sha256(await content(house.a, finished)).hexdigest() == waiting["content_sha256"]
    assert len(await house.objects()) == 1


async def test_a_paper_needs_a_place_and_says_which(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "in_review")
    assert code(await issue(house.a, ACT, act["id"])) == (409, "paper_not_ready")
    act = await _agreed_and_approved(house, act)
    assert code(await issue(house.a, ACT, act["id"])) == (409, "no_class_for_paper")
    await ready(house)
    cases = (await house.clerk.get(CASES, params={"state": "open"})).json()["items"]
    [fonds] = [each for each in cases if each["title"] == "Дело фонда"]
    await close(house.a, fonds)
    refused = await issue(house.a, ACT, act["id"])
    assert (code(refused), refused.json()["class_index"]) == ((409, "no_case_for_paper"), fonds["class_index"])
    assert (await house.of(OFFICER).get(PAPERS)).json()["items"] == []
    await open_case(house.a, {"id": fonds["class_id"]})
    paper = await issued(house.a, ACT, act["id"])
    assert paper["case_id"] != fonds["id"]
    assert code(await issue(house.a, ACT, act["id"], "inventory")) == (404, "not_found")


async def _agreed_and_approved(house: House, act: Json) -> Json:
    for name, role, body in (("agreement", "commission", MINUTES), ("approval", "head", APPROVED)):
        assert (await step(house.a, act, name, role, body)).status_code == 200
    return act


async def test_signatures_are_kept_untouched_and_told_apart(house: House) -> None:
    act = await approved(house)
    paper = await issued(house.a, ACT, act["id"])
    mine, hers = cms(b"a"), pem(cms(b"b"))
    first = await sign(house.a, paper, mine, file_name="акт.sig", signatory_post="Архивариус")
    assert first.status_code == 201, first.text
    second = await sign(house.a, paper, hers, "head", file_name="акт.p7s")
    assert (second.status_code, second.json()["encoding"]) == (201, "pem"), second.text
    assert second.json()["signatory_id"] == str(house.a.accounts["head"])
    for made, sent in ((first, mine), (second, hers)):
        answer = await house.of("auditor").get(f"{V1}/paper-signatures/{made.json()['id']}/content")
        assert answer.content == sent
    assert code(await sign(house.a, paper, mine)) == (409, "signed_already")
    assert code(await sign(house.a, paper, b"%PDF-1.7 no signature")) == (422, "not_a_signature")
    assert code(await sign(house.a, paper, bytes((4 << 20) + 1))) == (413, "signature_too_big")
    other = {"signatory_id": str(house.a.accounts["executor"])}
    assert code(await sign(house.a, paper, cms(b"c"), "head", signatory_id=str(house.a.accounts["executor"]))) == (
        403,
        "forbidden",
    )
    scan = samples.pdf()
    by_hand = await sign(house.a, paper, scan, manner="by_hand", file_name="скан.pdf", **other)
    assert by_hand.status_code == 201, by_hand.text
    assert by_hand.json()["content_sha256"] == hashlib.sha256(scan).hexdigest()
    archive = await sign(house.a, paper, manner="by_hand", signatory_name="Архивов А. А.")
    assert (archive.status_code, archive.json()["content_sha256"]) == (201, None), archive.text
    assert code(await sign(house.a, paper, None, manner="by_hand", **other)) == (409, "signed_already")
    late = await sign(house.a, paper, manner="by_hand", signed_on="2031-01-01", signatory_name="Поздняев П.")
    assert (code(late), late.json()["reason"]) == ((422, "signature_unclear"), "impossible_day")
    listed: httpx.Response = await house.of("auditor").get(f"{PAPERS}/{paper['id']}/signatures")
    shown = [(each["manner"], each["signatory_name"], each["file_name"]) for each in listed.json()["items"]]
    assert shown == [
        ("detached", "Сотрудник records_officer", "акт.sig"),
        ("detached", "Сотрудник head", "акт.p7s"),
        ("by_hand", "Сотрудник executor", "скан.pdf"),
        ("by_hand", "Архивов А. А.", ""),
    ]
    await _nobody_changes(house, "paper_signatures")
