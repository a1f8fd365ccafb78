"""The same request again, the same bytes again: nothing is kept twice by mistake."""

import asyncio
from collections.abc import AsyncIterator

from tests.registry.documents.papers import DOCUMENTS, add_version, keep, read, send, settle, text, withdraw
from tests.registry_house import House, code


async def test_the_same_key_and_bytes_return_the_same_document(house: House) -> None:
    content = text()
    first = await send(house.a, content, key="k-1")
    again = await send(house.a, content, key="k-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Location"] == first.headers["Location"]
    assert len(await house.objects()) == 1
    assert len(house.spooled()) == 1


async def test_the_same_key_with_another_request_is_a_conflict(house: House) -> None:
    content = text()
    await keep(house.a, content, key="k-1")
    for other in (
        await send(house.a, text(), key="k-1"),
        await send(house.a, content, key="k-1", kind="order"),
        await send(house.a, content, key="k-1", personal_file_id=str(await house.learner())),
    ):
        assert code(other) == (409, "idempotency_conflict")
    assert len(await house.objects()) == 1
    assert len(house.spooled()) == 1


async def test_a_key_is_ones_own(house: House) -> None:
    first = await keep(house.a, key="k-1")
    second = await keep(house.a, key="k-1", role="service_account")
    third = await keep(house.other, key="k-1")
    assert len({first["id"], second["id"], third["id"]}) == 3


async def test_the_key_of_a_withdrawn_upload_is_used_up(house: House) -> None:
    content = text()
    made = await keep(house.a, content, key="k-1")
    await withdraw(house.a, made)
    assert code(await send(house.a, content, key="k-1")) == (409, "idempotency_conflict")
    assert (await send(house.a, content, key="k-2")).status_code == 201


async def test_keys_that_are_no_keys_are_refused(house: House) -> None:
    for key in ("a b", "k" * 256):
        assert code(await send(house.a, key=key)) == (422, "invalid_request")


async def test_a_double_click_keeps_one_document(house: House) -> None:
    content = text()
    answers = await asyncio.gather(*(send(house.a, content, key="click") for _ in range(6)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await house.owner.fetchval("SELECT count(*) FROM documents") == 1
    await settle(house)
    assert len(await house.objects()) == 1
    assert house.spooled() == []


async def test_a_further_version_is_repeated_by_its_key_too(house: House) -> None:
    made = await keep(house.a)
    content = text()
    query = {"file_name": "a.txt"}
    path = f"{DOCUMENTS}/{made['id']}/versions"
    answers = [
        await house.clerk.post(path, params=query, content=content, headers={"Idempotency-Key": "v"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[1].json()["version"]["ordinal"] == 2


async def test_the_same_bytes_are_told_of_with_a_link_and_kept_if_the_clerk_insists(house: House) -> None:
    content = text()
    made = await keep(house.a, content)
    refused = await send(house.a, content)
    assert code(refused) == (409, "duplicate")
    assert refused.json()["first"] == made["id"]
    assert (await house.clerk.get(refused.json()["link"])).json()["id"] == made["id"]
    assert len(house.spooled()) == 1
    second = await keep(house.a, content, insist="true")
    assert second["id"] != made["id"]
    assert (await read(house.a, second)).content == content
    assert len(await house.objects()) == 2


async def test_two_documents_with_the_same_bytes_share_nothing(house: House) -> None:
    content = text()
    first = await keep(house.a, content)
    second = await keep(house.a, content, insist="true")
    await withdraw(house.a, first)
    assert (await read(house.a, second)).content == content
    # What is there because somebody insisted is told of as well.
    refused = await send(house.a, content)
    assert code(refused) == (409, "duplicate")
    assert refused.json()["first"] == second["id"]


async def test_the_same_bytes_for_somebody_else_are_no_duplicate(house: House) -> None:
    content = text()
    await keep(house.a, content)
    await keep(house.a, content, personal_file_id=str(await house.learner()))
    await keep(house.a, content, group_id=str(house.a.group))
    await keep(house.other, content)


async def test_the_same_bytes_as_a_further_version_are_a_duplicate(house: House) -> None:
    content = text()
    made = await keep(house.a, content)
    refused = await add_version(house.a, made, content)
    assert code(refused) == (409, "duplicate")


async def test_of_the_same_bytes_sent_at_once_one_is_kept_and_the_others_are_told(house: House) -> None:
    content = text()
    answers = await asyncio.gather(*(send(house.a, content) for _ in range(5)))
    kept = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    assert len(kept) == 1
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {code(answer) for answer in refused} == {(409, "duplicate")}
    assert {answer.json()["first"] for answer in refused} == set(kept)
    await settle(house)
    assert len(await house.objects()) == 1
    assert house.spooled() == []


async def test_withdrawn_bytes_may_come_again(house: House) -> None:
    content = text()
    made = await keep(house.a, content)
    await withdraw(house.a, made)
    assert (await keep(house.a, content))["id"] != made["id"]


async def test_a_learner_who_goes_while_a_file_comes_in_leaves_nothing_behind(house: House) -> None:
    personal_file = await house.learner()

    async def body() -> AsyncIterator[bytes]:
        yield text()
        await house.owner.execute("DELETE FROM personal_files WHERE id = $1", personal_file)
        yield text()

    answer = await send(house.a, body(), personal_file_id=str(personal_file))
    assert code(answer) == (409, "stale_state")
    await settle(house)
    assert house.spooled() == []
    assert await house.objects() == []
