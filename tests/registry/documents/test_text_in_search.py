"""The text of a file is found soon after the file was kept, and not before a person released it."""

from uuid import UUID

from core.documents.models import DocumentVersion
from core.documents.text_index import INDEX_TEXT_JOB, index_text
from demo.scans import note_original
from tests.registry_house import House


async def found(house: House, asked: str) -> list[str]:
    answer = await house.clerk.get("/api/v1/search", params={"q": asked, "types": "document"})
    return [hit["id"] for hit in answer.json()["items"]]


async def keep_note(house: House) -> tuple[str, str]:
    note = note_original(3)
    params = {"kind": "other", "personal_file_id": str(house.a.personal_file), "file_name": "scan.pdf"}
    answer = await house.clerk.post("/api/v1/documents", params=params, content=note.content)
    async with house.services.database.work(house.a.scope("clerk")):
        version = await DocumentVersion.get(document_id=UUID(answer.json()["id"]))
    return answer.json()["id"], str(version.id)


async def test_the_text_of_a_file_is_found_after_its_job(house: House) -> None:
    document, version = await keep_note(house)
    number = str(note_original(3).facts["number"])
    assert document not in await found(house, number)
    jobs = await house.owner.fetch("SELECT kind, subject_id FROM jobs")
    assert (INDEX_TEXT_JOB, document) in [(job["kind"], job["subject_id"]) for job in jobs]
    async with house.services.database.work(house.a.scope("clerk")) as work:
        assert await index_text(work, UUID(version))
        assert await index_text(work, UUID(version)), "the job may run again"
    assert document in await found(house, number)


async def test_the_text_of_a_withdrawn_file_stays_out(house: House) -> None:
    document, version = await keep_note(house)
    await house.clerk.post(f"/api/v1/documents/{document}/withdrawal", json={"reason": "Не тот файл"})
    async with house.services.database.work(house.a.scope("clerk")) as work:
        assert not await index_text(work, UUID(version))
