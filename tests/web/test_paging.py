"""Pages by key, over rows of a real PostgreSQL and over plain lists."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Query
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.keyset import Listing
from core.kernel.models import JobRow
from core.kernel.scope import Scope
from core.web.errors import BadCursor
from core.web.middleware import install_middleware
from core.web.paging import Page, Paging, _decode, _encode, paged
from core.web.problems import install_problems, problem_responses
from tests.kernel_database import KernelDatabase
from tests.web.shelves import Client, client_of

ORDER = ("-created_at", "id")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def numbers_app(count: int) -> FastAPI:
    """A list of whole numbers, from 0."""
    app = FastAPI()
    install_problems(app)
    install_middleware(app)

    @app.get("/numbers", responses=problem_responses(BadCursor))
    async def numbers(page: Paging, odd: Annotated[bool, Query()] = False, word: str = "") -> Page[int]:  # noqa: FBT002
        position = page.position([int])
        begin = position[0] + 1 if position else 0
        chosen = [number for number in range(begin, count) if not odd or number % 2]
        items = chosen[: page.limit]
        return page.closed(items, (items[-1],) if len(chosen) > page.limit else None)

    return app


async def walked(client: Client, address: str | None) -> list[list[Any]]:
    """The items of every page, following the `Link` header."""
    pages = []
    while address:
        answer = await client.get(address)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json()["items"])
        link = answer.links.get("next")
        address = link["url"] if link else None
        assert (answer.json()["next"] is None) == (address is None)
        if address:
            assert dict(parse_qsl(urlsplit(address).query))["cursor"] == answer.json()["next"]
    return pages


async def test_pages_follow_each_other_to_the_end() -> None:
    async with client_of(numbers_app(10)) as client:
        assert await walked(client, "/numbers?limit=4") == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        assert await walked(client, "/numbers?limit=5") == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
        assert await walked(client, "/numbers?limit=2&odd=true&word=%D0%81%26") == [[1, 3], [5, 7], [9]]
        assert await walked(client, "/numbers") == [list(range(10))]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "9" * 30])
async def test_a_page_has_a_sensible_size(limit: str) -> None:
    async with client_of(numbers_app(10)) as client:
        assert (await client.get(f"/numbers?limit={limit}")).status_code == 422


def forged(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "ы", "!!!!", "AAAA", forged(), forged("digest", 1), forged(["a"]), base64.b64encode(b"[" * 900).decode()],
)
async def test_a_cursor_that_was_not_given_out_is_refused(cursor: str) -> None:
    async with client_of(numbers_app(10)) as client:
        answer = await client.get("/numbers", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_a_cursor_belongs_to_its_filters_but_not_to_its_page_size() -> None:
    async with client_of(numbers_app(10)) as client:
        cursor = (await client.get("/numbers?odd=true&limit=2")).json()["next"]
        assert (await client.get("/numbers", params={"cursor": cursor})).status_code == 400
        answer = await client.get("/numbers", params={"cursor": cursor, "odd": "true", "limit": 1})
        assert answer.json()["items"] == [5]


POSITIONS = st.tuples(
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.uuids(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
)
TYPES = (datetime, date, UUID, str, int, bool)


@given(POSITIONS)
def test_a_position_survives_its_cursor(position: tuple[Any, ...]) -> None:
    assert _decode(_encode(position, "digest"), "digest", TYPES) == position


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, str),
        ("a\x00", str),
        ("\ud800", str),
        ("1", int),
        (True, int),
        (2**63, int),
        (1.5, int),
        (1, bool),
        ("x", UUID),
        ("2024-01-01T00:00:00", datetime),
        ("2024-13-01", date),
        (None, str),
        ([1], str),
        ("1.5", float),
    ],
)
def test_a_forged_position_never_reaches_the_database(value: object, kind: type) -> None:
    with pytest.raises(BadCursor):
        _decode(forged("digest", value), "digest", [kind])


async def test_rows_are_walked_once_each_even_while_the_list_changes(kernel_database: KernelDatabase) -> None:
    institution = uuid4()
    scope = Scope(institution_id=institution, source="test")

    async def add(number: int, moment: datetime) -> None:
        await kernel_database.owner.execute(
            "INSERT INTO jobs (id, institution_id, kind, subject_type, subject_id, state, created_at)"
            " VALUES ($1, $2, 'k', 's', $3, 'queued', $4)",
            *(uuid4(), institution, str(number), moment),
        )

    for number in range(25):
        await add(number, BEGIN + timedelta(seconds=number // 10))
    app = FastAPI()

    @app.get("/jobs")
    async def jobs(page: Paging) -> Page[str]:
        async with kernel_database.service.work(scope):
            return await paged(Listing(JobRow.all(), ORDER), page, lambda row: row.subject_id)

    seen: list[str] = []
    async with client_of(app) as client:
        address: str | None = "/jobs?limit=7"
        while address:
            answer: httpx.Response = await client.get(address)
            seen += answer.json()["items"]
            address = answer.links["next"]["url"] if "next" in answer.links else None
            await add(100, BEGIN + timedelta(hours=1))
    assert sorted(seen, key=int) == [str(number) for number in range(25)]
    assert {int(name) // 10 for name in seen[:5]} == {2}
    assert {int(name) // 10 for name in seen[5:15]} == {1}
