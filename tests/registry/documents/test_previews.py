"""Pictures of pages are made after the acknowledgement, and never outlive their document."""

import asyncio
from typing import Any
from uuid import UUID

from core.documents.previews import render_preview
from core.documents.services import DocumentServices
from demo.scans import note_original
from storage.memory import MemoryVault
from tests.inspection import samples
from tests.registry.documents.papers import DOCUMENTS, decide, keep, quarantine, rows_of, settle, withdraw
from tests.registry_house import House, Json, code


async def render(house: House, made: Json, services: DocumentServices | None = None) -> int:
    version = await house.owner.fetchval(
        "SELECT id FROM document_versions WHERE document_id = $1 ORDER BY ordinal DESC LIMIT 1", UUID(made["id"])
    )
    return await render_preview(services or house.services.documents, house.a.scope(), version)


async def test_pages_get_pictures_that_are_listed_and_read(house: House) -> None:
    made = await keep(house.a, samples.pdf(pages=3), file_name="a.pdf")
    address = f"{DOCUMENTS}/{made['id']}/versions/1/previews"
    assert code(await house.clerk.get(f"{address}/1")) == (404, "not_found")
    assert await render(house, made) == 3
    listed = (await house.clerk.get(address)).json()
    pictures = listed["items"] if isinstance(listed, dict) else listed
    assert [picture["page"] for picture in pictures] == [1, 2, 3]
    picture = await house.clerk.get(pictures[0]["content"])
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8")
    known = {"If-None-Match": picture.headers["ETag"]}
    for method in ("GET", "HEAD"):
        again = await house.clerk.request(method, pictures[0]["content"], headers=known)
        assert (again.status_code, again.content) == (304, b"")
    assert (await house.clerk.get(pictures[1]["content"], headers=known)).status_code == 200
    assert code(await house.of("auditor").get(f"{address}/1")) == (403, "forbidden")
    assert code(await house.other.clerk.get(f"{address}/1")) == (404, "not_found")
    assert "document.previewed" in await house.actions()


async def test_the_job_may_be_repeated(house: House) -> None:
    made = await keep(house.a, samples.pdf(), file_name="a.pdf")
    assert await render(house, made) == 1
    assert await render(house, made) == 1
    assert (await rows_of(house, made))["renditions"] == 1
    assert len(await house.objects()) == 2


async def test_the_original_comes_from_the_store_when_the_spool_copy_is_gone(house: House) -> None:
    made = await keep(house.a, note_original(1).content, file_name="a.pdf")
    await settle(house)
    assert house.spooled() == []
    assert await render(house, made) == 1


async def test_what_waits_was_refused_or_withdrawn_gets_no_picture(house: House) -> None:
    made = await quarantine(house.a)
    assert await render(house, made) == 0
    await decide(house.a, made, "refusal")
    assert await render(house, made) == 0
    kept = await keep(house.a, samples.pdf(), file_name="a.pdf")
    version = await house.owner.fetchval("SELECT id FROM document_versions WHERE document_id = $1", UUID(kept["id"]))
    await withdraw(house.a, kept)
    assert await render_preview(house.services.documents, house.a.scope(), version) == 0
    assert await house.objects() == []


async def test_a_file_without_pictures_says_so(house: House) -> None:
    made = await keep(house.a)
    assert await render(house, made) == 0


class Slow(MemoryVault):
    """Lets somebody else act while a picture is being stored."""

    meanwhile: Any = None

    async def put(self, key: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as `Vault.put`
        if key.startswith("renditions/") and self.meanwhile is not None:
            self.meanwhile = asyncio.create_task(self.meanwhile())
            await asyncio.sleep(0.2)
        return await super().put(key, *arguments, **options)


async def test_a_withdrawal_while_a_picture_is_stored_takes_the_picture_with_it(build_house: Any) -> None:  # noqa: ANN401 - a fixture
    vault = Slow(lambda: None)  # type: ignore[arg-type, return-value]
    house: House = await build_house(vault=vault)
    vault.clock = house.clock
    made = await keep(house.a, samples.pdf(), file_name="a.pdf")

    async def act() -> Any:  # noqa: ANN401 - an answer
        return await withdraw(house.a, made)

    vault.meanwhile = act
    await render(house, made)
    answer = await vault.meanwhile
    assert answer.status_code == 204
    assert await house.objects() == []
    assert await rows_of(house, made) == {"documents": 0, "versions": 0, "renditions": 0, "search": 0}
