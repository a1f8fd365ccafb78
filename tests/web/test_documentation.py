import re

import httpx
import pytest

from core.kernel.errors import DelotekaError
from core.web.docs import DOCS_POLICY
from core.web.problem_pages import problem_kinds
from core.web.problems import Problem
from tests.web.shelves import build_app

Client = httpx.AsyncClient


async def test_the_interactive_documentation_needs_nothing_from_outside(client: Client) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == DOCS_POLICY
    assert "http" not in DOCS_POLICY
    assert "'unsafe-inline'" not in re.findall(r"script-src ([^;]+)", DOCS_POLICY)[0]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) == 4
    for address in addresses:
        assert address.startswith("/docs/")
        answer = await client.get(address)
        assert (answer.status_code, len(answer.content) > 50) == (200, True)
    assert not re.search(r"<script(?! src)", page.text)


@pytest.mark.parametrize("name", ["redoc.standalone.js", "..%2fcore.py", "nothing.js"])
async def test_no_other_file_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/docs/assets/{name}")).status_code == 404


async def test_the_schema_knows_every_refusal(client: Client) -> None:
    schema = (await client.get("/openapi.json")).json()
    assert schema["openapi"].startswith("3.1")
    assert {"Problem", "FieldError"} <= set(schema["components"]["schemas"])
    assert "HTTPValidationError" not in str(schema)
    for path in schema["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    examples = schema["components"]["examples"]
    named = set(re.findall(r"#/components/examples/(\w+)", str(schema)))
    assert {"forbidden", "stale_state", "precondition_failed"} <= named <= set(examples)
    assert all(Problem.model_validate(example["value"]) for example in examples.values())
    assert "/docs" not in schema["paths"]
    assert (await client.get("/openapi.json")).json() == schema


async def test_the_schema_is_built_once() -> None:
    app = build_app()
    assert app.openapi() is app.openapi()


async def test_every_problem_has_a_page(client: Client) -> None:
    listed = (await client.get("/problems")).json()["items"]
    assert {kind["code"] for kind in listed} == set(problem_kinds())
    for kind in listed:
        answer = await client.get(f"/problems/{kind['code']}")
        assert answer.json() == kind
    assert DelotekaError.code in problem_kinds()


async def test_a_browser_gets_the_page_as_text(client: Client) -> None:
    answer = await client.get("/problems/not_found", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Nothing was found" in answer.text


async def test_an_unknown_code_is_not_found(client: Client) -> None:
    assert (await client.get("/problems/nonsense")).status_code == 404
