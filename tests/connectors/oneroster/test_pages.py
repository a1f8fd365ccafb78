"""Lists page by page, whatever a server does to them."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.sdk import (
    ConnectorBug,
    ConnectorMisconfigured,
)
from core.sdk.connectors import Answer
from plugins.oneroster.paging import ListChanged, Pages


class Listing:
    """A list on a server of which each oddity can be chosen."""

    def __init__(self, names: str, *, limit: int, cap: int | None = None, headers: str = "none") -> None:
        self.names = list(names)
        self.limit = limit
        self.cap = cap or limit
        self.headers = headers
        self.ignores_offset = False
        self.asked: list[int] = []
        self.before_page: dict[int, list[str]] = {}
        """What the list is from the page of that number on."""

    async def ask(self, offset: int) -> tuple[Answer, Mapping[str, Any]]:
        self.names = self.before_page.get(len(self.asked), self.names)
        self.asked.append(offset)
        start = 0 if self.ignores_offset else offset
        page = self.names[start : start + min(self.limit, self.cap)]
        headers = {}
        if "total" in self.headers:
            headers["x-total-count"] = str(len(self.names))
        if "link" in self.headers:
            more = start + len(page) < len(self.names)
            headers["link"] = '<https://elsewhere.example/>; rel="next"' if more else '<https://x/>; rel="first"'
        return Answer(status=200, headers=headers, body=b""), {"users": [{"sourcedId": name} for name in page]}

    async def read(self, offset: int = 0, last: str = "") -> str:
        pages = Pages(self.ask, key="users", limit=self.limit, what="users")
        return "".join([entry["sourcedId"] async for page in pages.read(offset, last) for entry in page.entries])


@pytest.mark.parametrize("headers", ["none", "total", "link", "link and total"])
@pytest.mark.parametrize("names", ["", "a", "abc", "abcd", "abcdefg", "abcdefghij"])
@pytest.mark.parametrize("cap", [4, 3, 2])
async def test_every_object_comes_once_whatever_the_headers_and_limits(names: str, headers: str, cap: int) -> None:
    assert await Listing(names, limit=4, cap=cap, headers=headers).read() == names


async def test_with_headers_no_request_is_wasted() -> None:
    listing = Listing("abcdefg", limit=4, headers="link and total")
    await listing.read()
    assert listing.asked == [0, 3]


async def test_a_count_that_is_too_small_ends_nothing() -> None:
    class Understated(Listing):
        async def ask(self, offset: int) -> tuple[Answer, Mapping[str, Any]]:
            _, data = await super().ask(offset)
            return Answer(status=200, headers={"x-total-count": str(len(data["users"]))}, body=b""), data

    assert await Understated("abcdefghij", limit=4).read() == "abcdefghij"


@pytest.mark.parametrize("headers", ["none", "link and total"])
async def test_a_server_that_ignores_the_offset_is_found_out(headers: str) -> None:
    listing = Listing("abcdefgh", limit=4, headers=headers)
    listing.ignores_offset = True
    with pytest.raises(ConnectorMisconfigured, match="ignores offset"):
        await listing.read()
    assert len(listing.asked) == 2


@pytest.mark.parametrize("names", ["a", "abc"])
async def test_one_that_ignores_it_for_a_short_list_does_no_harm(names: str) -> None:
    listing = Listing(names, limit=4)
    listing.ignores_offset = True
    assert await listing.read() == names


async def test_one_that_ignores_the_limit_too_gives_all_at_once() -> None:
    listing = Listing("abcdefgh", limit=4, cap=9)
    listing.ignores_offset = True
    listing.limit = 9
    pages = Pages(listing.ask, key="users", limit=4, what="users")
    assert "".join([entry["sourcedId"] async for page in pages.read() for entry in page.entries]) == "abcdefgh"


async def test_what_moves_up_while_paging_is_not_lost() -> None:
    listing = Listing("abcdefghij", limit=4, headers="total")
    listing.before_page[1] = list("bcdefghij")
    assert set(await listing.read()) == set("abcdefghij")


async def test_what_is_added_while_paging_repeats_and_loses_nothing() -> None:
    listing = Listing("abcdefghij", limit=4, headers="total")
    listing.before_page[2] = list("0abcdefghij")
    assert set(await listing.read()) >= set("abcdefghij")


async def test_a_list_that_is_another_one_now_is_incomplete() -> None:
    listing = Listing("abcdefghij", limit=4)
    listing.before_page[1] = list("klmnopqrstu")
    with pytest.raises(ListChanged):
        await listing.read()


async def test_objects_without_identifiers_do_not_end_a_list() -> None:
    class Nameless(Listing):
        async def ask(self, offset: int) -> tuple[Answer, Mapping[str, Any]]:
            answer, data = await super().ask(offset)
            return answer, {"users": [{"name": each["sourcedId"]} for each in data["users"]]}

    listing = Nameless("abcdefghij", limit=4)
    pages = Pages(listing.ask, key="users", limit=4, what="users")
    assert "".join([entry["name"] async for page in pages.read() for entry in page.entries]) == "abcdefghij"


async def test_an_answer_without_its_list_fits_no_shape() -> None:
    async def ask(offset: int) -> tuple[Answer, Mapping[str, Any]]:
        return Answer(status=200, headers={}, body=b""), {"people": []}

    with pytest.raises(ConnectorBug, match="no list users"):
        await anext(Pages(ask, key="users", limit=4, what="users").read())
