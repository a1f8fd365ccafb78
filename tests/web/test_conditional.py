import httpx
import pytest

Client = httpx.AsyncClient
BODY = {"name": "A"}


async def test_a_change_needs_the_revision_it_was_made_for(client: Client) -> None:
    answer = await client.patch("/shelves/1", json=BODY)
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


@pytest.mark.parametrize("expected", ['"3"', '"1", "3"', "*", ' "3" '])
async def test_the_present_revision_may_be_changed(client: Client, expected: str) -> None:
    assert (await client.patch("/shelves/1", json=BODY, headers={"If-Match": expected})).status_code == 200


@pytest.mark.parametrize("expected", ['"2"', 'W/"3"', '"03x"', '"' + "9" * 40 + '"', '""'])
async def test_another_revision_may_not(client: Client, expected: str) -> None:
    answer = await client.patch("/shelves/1", json=BODY, headers={"If-Match": expected})
    assert (answer.status_code, answer.json()["code"], answer.json()["present"]) == (412, "precondition_failed", '"3"')


@pytest.mark.parametrize("expected", ["3", '"3', "W/3", '"3" "4"'])
async def test_a_header_that_is_no_list_of_tags_is_malformed(client: Client, expected: str) -> None:
    answer = await client.patch("/shelves/1", json=BODY, headers={"If-Match": expected})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def test_an_answer_carries_its_revision(client: Client) -> None:
    assert (await client.get("/shelves/1")).headers["etag"] == '"3"'


@pytest.mark.parametrize(
    ("known", "status"), [('"3"', 304), ('W/"3"', 304), ('"1", "3"', 304), ("*", 304), ('"2"', 200)]
)
async def test_what_the_reader_has_is_not_sent_again(client: Client, known: str, status: int) -> None:
    answer = await client.get("/shelves/1", headers={"If-None-Match": known})
    assert answer.status_code == status
    assert answer.headers["etag"] == '"3"'
    assert bool(answer.content) == (status == 200)
