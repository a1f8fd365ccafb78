"""The text of a file is found soon after the file was kept, and not before a person released it."""

import asyncio
from uuid import UUID

from core.documents.models import DocumentVersion
from core.documents.text_index import INDEX_TEXT_JOB, index_text
from demo.scans import note_original
from tests.inspection import samples
from tests.registry.documents.papers import add_version
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
    # A version without text takes the words of the one before with it.
    later = (await add_version(house.a, {"id": document}, samples.pdf(), name="b.pdf")).json()["version"]
    jobs = await house.owner.fetch("SELECT kind FROM jobs WHERE subject_id = $1", document)
    assert [job["kind"] for job in jobs].count(INDEX_TEXT_JOB) == 2
    newest = await house.owner.fetchval("SELECT id FROM document_versions WHERE ordinal = $1", later["ordinal"])
    async with house.services.database.work(house.a.scope("clerk")) as work:
        assert not await index_text(work, UUID(version))
        assert await index_text(work, newest)
    assert document not in await found(house, number)


async def test_the_text_of_a_withdrawn_file_stays_out(house: House) -> None:
    document, version = await keep_note(house)

    async def index() -> bool:
        async with house.services.database.work(house.a.scope("clerk")) as work:
            return await index_text(work, UUID(version))

    # While somebody withdraws it, its words wait, and then stay out.
    async with house.owner.transaction():
        await house.owner.execute("SELECT FROM documents WHERE id = $1 FOR UPDATE", UUID(document))
        task = asyncio.create_task(index())
        async with asyncio.timeout(10):
            while not await house.owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert not task.done()
        await house.owner.execute(
            "UPDATE documents SET state = 'withdrawn', decided_by = uploaded_by, decision_reason = 'нет' WHERE id = $1",
            UUID(document),
        )
        await house.owner.execute("DELETE FROM search_entries WHERE object_id = $1", UUID(document))
    assert not await task
    assert not await index()
    assert await house.owner.fetchval("SELECT count(*) FROM search_entries WHERE object_type = 'document'") == 0
