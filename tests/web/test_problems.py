import json
import logging
from typing import Any

import httpx
import pytest

from core.kernel.errors import DelotekaError, Forbidden, NotFound, StaleState, TransitionRefused
from core.web.problems import PROBLEM_JSON, Problem, problem_responses

Client = httpx.AsyncClient


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_JSON
    body: dict[str, Any] = answer.json()
    Problem.model_validate(body)
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"/problems/{code}"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title_en"]
    assert body["title_ru"]
    assert body["remedy"]
    return body


async def test_an_error_becomes_a_problem_in_russian_with_its_facts(client: Client) -> None:
    answer = await client.get("/errors/forbidden")
    body = problem(answer, 403, "forbidden")
    assert body["needed"] == "records_officer"
    assert body["instance"] == "/errors/forbidden"
    assert body["title"] == body["title_ru"] != body["title_en"]
    assert answer.headers["content-language"] == "ru"


async def test_the_reader_chooses_the_language(client: Client) -> None:
    answer = await client.get("/errors/forbidden", headers={"Accept-Language": "de, en-GB;q=0.8, ru;q=0.5"})
    body = problem(answer, 403, "forbidden")
    assert body["title"] == body["title_en"] == Forbidden.title
    assert body["remedy"] == Forbidden.remedy
    assert answer.headers["content-language"] == "en"


async def test_facts_fill_the_detail(client: Client) -> None:
    body = problem(await client.get("/errors/stale"), 409, "stale_state")
    assert body["detail"] == "The document 7 has moved on"


async def test_a_fact_never_replaces_a_standard_member(client: Client) -> None:
    problem(await client.get("/errors/shadow"), 403, "forbidden")


@pytest.mark.parametrize(("name", "status", "seconds"), [("database", 503, "5"), ("space", 507, "600")])
async def test_retry_after_says_when_to_come_back(client: Client, name: str, status: int, seconds: str) -> None:
    answer = await client.get(f"/errors/{name}")
    assert answer.status_code == status
    assert answer.headers["retry-after"] == seconds


async def test_errors_of_another_family_are_said_in_ours(client: Client) -> None:
    problem(await client.get("/errors/foreign"), 503, "database_unavailable")


async def test_a_mistake_is_logged_and_says_nothing_of_itself(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await client.get("/errors/mistake")
    problem(answer, 500, "internal_error")
    assert "Иванов" not in answer.text
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/shelves/10", 404, "not_found"),
        ("GET", "/errors/teapot", 418, "request_refused"),
        ("GET", "/errors/unauthorized", 401, "request_refused"),
    ],
)
async def test_refusals_of_the_framework_have_the_same_shape(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    problem(await client.request(method, path), status, code)


async def test_headers_of_the_framework_are_kept(client: Client) -> None:
    assert (await client.get("/errors/teapot")).headers["x-kind"] == "teapot"
    assert (await client.get("/errors/unauthorized")).headers["www-authenticate"].startswith("Bearer")


async def test_a_wrong_method_names_every_method_of_the_address(client: Client) -> None:
    answer = await client.delete("/shelves/1")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, PATCH"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "body.name", "Заполните"),
        ({"name": "  "}, "body.name", "Заполните"),
        ({"name": "A", "rows": 101}, "body.rows", "100"),
        ({"name": "A", "rows": "Иванов"}, "body.rows", "целое число"),
        ({"name": "A", "since": "2024-02-30"}, "body.since", "2024-06-30"),
        ({"name": "A\nB"}, "body.name", "управляющие"),
        ({"name": "A\u2028B"}, "body.name", "управляющие"),
        ({"name": "A", "note": "\u202eB"}, "body.note", "управляющие"),
        ({"name": "A", "label": "\u202eB"}, "body.label", "управляющие"),
        ({"name": "A", "since": 0}, "body.since", "Нужна дата"),
        ({"name": "A", "since": "1719705600"}, "body.since", "Нужна дата"),
        ({"name": "A", "since": "2024-06-30T00:00:00Z"}, "body.since", "Нужна дата"),
        ({"name": "A", "seen": 0}, "body.seen", "часовым поясом"),
        ({"name": "A", "seen": "2024-06-30T12:00:00"}, "body.seen", "часовым поясом"),
        ({"name": "A", "seen": "2024-06-30T25:00:00Z"}, "body.seen", "часовым поясом"),
        ({"name": "A", "room": "7"}, "body.room", "UUID"),
        ({"name": "A", "rows": "5"}, "body.rows", "целое число"),
        ({"name": "A", "rows": True}, "body.rows", "целое число"),
        ({"name": "A", "colour": "red"}, "body.colour", "поля нет"),
        ([], "body", "объект"),
    ],
)
async def test_invalid_fields_are_named_in_russian_and_not_echoed(
    client: Client, body: object, field: str, message: str
) -> None:
    answer = await client.post("/shelves", json=body)
    errors = problem(answer, 422, "invalid_request")["errors"]
    assert [error["field"] for error in errors] == [field]
    assert message in errors[0]["message"]
    assert "Иванов" not in answer.text


async def test_invalid_fields_are_named_in_english_on_demand(client: Client) -> None:
    answer = await client.get("/shelves/x", headers={"Accept-Language": "en"})
    assert problem(answer, 422, "invalid_request")["errors"] == [
        {"field": "path.number", "message": "A whole number is expected"}
    ]


async def test_an_unreadable_body_of_another_type_is_refused(client: Client) -> None:
    answer = await client.post("/shelves", content=b"name=A", headers={"Content-Type": "text/plain"})
    problem(answer, 422, "invalid_request")


def test_the_schema_of_a_route_lists_every_code_by_status() -> None:
    answers = problem_responses(NotFound, StaleState, TransitionRefused, NotFound)
    assert set(answers) == {404, 409, 422, "default"}
    assert set(answers[409]["content"][PROBLEM_JSON]["examples"]) == {"stale_state", "transition_refused"}
    assert "`not_found`" in answers[404]["description"]
    json.dumps(answers)


class _Choosy(DelotekaError):
    code = "choosy"
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)


def test_the_schema_needs_no_instance_of_an_error() -> None:
    assert "choosy" in problem_responses(_Choosy)[429]["description"]
