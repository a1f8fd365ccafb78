"""Files come in: what is answered, and what lies there afterwards."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from core.access.permissions import Role
from demo.scans import diploma_scan
from tests.inspection import samples
from tests.registry.documents.papers import DOCUMENTS, FORMS, NOTE, add_version, digest, keep, read, send, text
from tests.registry_house import House, code


async def chunked(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_a_scanned_diploma_is_kept_and_the_answer_says_what_it_is(house: House) -> None:
    scan = diploma_scan(1)
    content = scan.content
    query = {"kind": "diploma", "file_name": scan.file_name, "series": "ПП-I", "issued_on": "2026-06-25", "hours": 256}
    made = await keep(house.a, content, **query)
    version = made["version"]
    assert made["state"] == "kept"
    assert (made["series"], made["issued_on"], made["hours"]) == ("ПП-I", "2026-06-25", 256)
    assert made["missing"] == ["number", "issued_by"]
    assert (version["size"], version["sha256"]) == (len(content), digest(content))
    assert version["media_type"] == "application/pdf"
    assert version["pages"] == scan.facts["pages"]
    assert version["verdict"] == "accepted"
    assert version["file_name"] == scan.file_name
    assert (await read(house.a, made)).content == content


async def test_metadata_are_proposed_from_a_pdf_with_text(house: House) -> None:
    made = await keep(house.a, samples.pdf(text="Reg No 12345, 2026-06-25"), file_name="note.pdf")
    assert isinstance(made["version"]["proposed"], dict)
    assert all({"value", "source"} == set(value) for value in made["version"]["proposed"].values())


async def test_the_answer_names_address_and_revision(house: House) -> None:
    answer = await send(house.a)
    made = answer.json()
    assert answer.headers["Location"] == f"{DOCUMENTS}/{made['id']}"
    assert answer.headers["ETag"] == f'"{made["revision"]}"'
    again = await house.clerk.get(answer.headers["Location"])
    assert again.json() == made
    assert again.headers["ETag"] == answer.headers["ETag"]


async def test_a_body_in_chunks_without_length_is_kept(house: House) -> None:
    content = text() * 500
    made = await keep(house.a, chunked(content))
    assert (await read(house.a, made)).content == content


async def test_a_form_is_kept_with_its_fields(house: House) -> None:
    content = samples.pdf()
    fields = {"kind": "award", "title": "Грамота за олимпиаду", "issued_by": "Лицей", **house.a.holder()}
    files = {"file": ("грамота.pdf", content, "application/pdf")}
    answer = await house.clerk.post(FORMS, data=fields, files=files)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["kind"], made["title"], made["issued_by"]) == ("award", "Грамота за олимпиаду", "Лицей")
    assert made["version"]["file_name"] == "грамота.pdf"
    assert (await read(house.a, made)).content == content


async def test_a_browser_uploads_with_its_session(house: House) -> None:
    files = {"file": ("a.txt", text(), "text/plain")}
    answer = await house.browser("clerk").post(FORMS, data={"kind": "other", **house.a.holder()}, files=files)
    assert answer.status_code == 201, answer.text


async def test_a_document_may_belong_to_a_group(house: House) -> None:
    made = await keep(house.a, group_id=str(house.a.group), kind="class_album")
    assert (made["group_id"], made["personal_file_id"]) == (str(house.a.group), None)
    listed = await house.clerk.get(DOCUMENTS, params={"group_id": str(house.a.group)})
    assert [item["id"] for item in listed.json()["items"]] == [made["id"]]


async def test_a_program_uploads_under_its_own_name(house: House) -> None:
    made = await keep(house.a, role=Role.SERVICE_ACCOUNT)
    assert made["uploaded_by"] == str(house.a.accounts[Role.SERVICE_ACCOUNT])
    kinds = await house.owner.fetch("SELECT actor_kind FROM audit_entries WHERE action = 'document.uploaded'")
    assert [row["actor_kind"] for row in kinds] == ["service"]


async def test_row_audit_entry_event_and_job_are_committed_together(house: House) -> None:
    made = await keep(house.a)
    entry = await house.owner.fetchrow("SELECT * FROM audit_entries WHERE object_id = $1", made["id"])
    assert (entry["action"], entry["institution_id"]) == ("document.uploaded", house.a.id)
    assert entry["actor_id"] == house.a.accounts["clerk"]
    event = await house.owner.fetchrow("SELECT topic, payload::text FROM outbox_events")
    assert event["topic"] == "document.uploaded"
    assert made["id"] in event["payload"]
    assert await house.owner.fetchval("SELECT kind FROM jobs") == "document.render_preview"


async def test_the_title_is_the_name_of_the_file_unless_given(house: House) -> None:
    assert (await keep(house.a, file_name="Диплом Примеровой.txt"))["title"] == "Диплом Примеровой"
    assert (await keep(house.a, title="Диплом"))["title"] == "Диплом"


async def test_a_further_version_leaves_the_earlier_ones(house: House) -> None:
    first, second = text(), text()
    made = await keep(house.a, first)
    answer = await add_version(house.a, made, second)
    assert answer.status_code == 201
    assert (answer.json()["versions"], answer.json()["version"]["ordinal"]) == (2, 2)
    assert (await read(house.a, made)).content == second
    assert (await read(house.a, made, ordinal=1)).content == first
    listed = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}/versions")).json()["items"]
    assert [(version["ordinal"], version["sha256"]) for version in listed] == [(1, digest(first)), (2, digest(second))]


async def test_of_two_versions_at_once_both_are_kept_or_one_is_told_to_repeat(house: House) -> None:
    made = await keep(house.a)
    answers = await asyncio.gather(*(add_version(house.a, made) for _ in range(4)))
    kept = [answer.json()["version"]["ordinal"] for answer in answers if answer.status_code == 201]
    others = [code(answer) for answer in answers if answer.status_code != 201]
    assert set(others) <= {(409, "stale_state")}
    assert sorted(kept) == list(range(2, 2 + len(kept)))
    shown = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    assert shown["versions"] == 1 + len(kept)


async def test_kinds_are_listed_with_their_fields_in_the_readers_language(house: House) -> None:
    kinds = {kind["key"]: kind for kind in (await house.clerk.get("/api/v1/document-kinds")).json()["items"]}
    assert kinds["diploma"]["title"] == "Диплом"
    assert kinds["diploma"]["required"] == ["issued_by", "issued_on", "number", "series"]
    assert kinds["creative_work"]["large_files"]
    english = await house.clerk.get("/api/v1/document-kinds", headers={"Accept-Language": "en"})
    assert english.json()["items"][0]["title"] == "Diploma"


REFUSED: tuple[tuple[dict[str, Any], tuple[int, str]], ...] = (
    ({"kind": "passport"}, (422, "unknown_kind")),
    ({"personal_file_id": str(uuid4())}, (404, "not_found")),
    ({"personal_file_id": "abc"}, (422, "invalid_request")),
    ({"group_id": str(uuid4())}, (404, "not_found")),
    ({"issued_on": "2026-02-30"}, (422, "invalid_request")),
    ({"issued_on": "25.06.2026"}, (422, "invalid_request")),
    ({"hours": "0"}, (422, "invalid_request")),
    ({"hours": "9" * 30}, (422, "invalid_request")),
    ({"file_name": ""}, (422, "invalid_request")),
    ({"title": "д" * 301}, (422, "invalid_request")),
    ({"title": "a\u202egpj.exe"}, (422, "invalid_request")),
    ({"paper_place": "шкаф 2"}, (422, "invalid_request")),
    ({"authenticity": "fake"}, (422, "invalid_request")),
)


async def test_a_request_that_cannot_be_is_refused_before_anything_is_kept(house: House) -> None:
    for params, expected in REFUSED:
        assert code(await send(house.a, NOTE, **params)) == expected, params
    assert house.spooled() == []
    assert await house.objects() == []


async def test_whose_document_it_is_must_be_clear(house: House) -> None:
    both = {"kind": "other", "file_name": "a.txt", "group_id": str(house.a.group), **house.a.holder()}
    neither = {"kind": "other", "file_name": "a.txt"}
    for query in (both, neither):
        answer = await house.clerk.post(DOCUMENTS, params=query, content=NOTE)
        assert code(answer) == (422, "holder_unclear")


async def test_nobody_uploads_for_another_institution(house: House) -> None:
    foreign: Any = {"personal_file_id": str(house.other.personal_file)}
    assert code(await send(house.a, NOTE, **foreign)) == (404, "not_found")
    assert code(await send(house.a, NOTE, group_id=str(house.other.group))) == (404, "not_found")
    made = await keep(house.other)
    assert code(await add_version(house.a, made)) == (404, "not_found")
    assert [name.split(".")[:2] for name in house.spooled()] == [[str(house.other.id), made["id"]]]


async def test_only_who_may_upload_uploads(house: House) -> None:
    for role in ("administrator", "commission", "head", "executor", "auditor", "teacher"):
        assert code(await send(house.a, role=role)) == (403, "forbidden")


async def test_nobody_uploads_without_or_with_an_expired_credential(house: House) -> None:
    query = {"kind": "other", "file_name": "a.txt", **house.a.holder()}
    assert (await house.stranger.post(DOCUMENTS, params=query, content=NOTE)).status_code == 401
    house.clock.move(days=366)
    answer = await send(house.a)
    assert code(answer) == (401, "credential_expired")
    assert house.spooled() == []


async def test_the_form_has_an_address_of_its_own_and_no_document_is_called_so(house: House) -> None:
    answer = await house.clerk.get(FORMS)
    assert (code(answer), answer.headers["Allow"]) == ((405, "method_not_allowed"), "POST")
