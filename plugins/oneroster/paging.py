"""Lists of a server, page by page, without trusting what it says of their length."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.sdk import ConnectorBug, ConnectorMisconfigured, ConnectorTransient
from core.sdk.connectors import Answer

MOST_PAGES = 1_000_000
STEPS_BACK = 5
"""Pages that are gone back to find the place again when a list has changed under the reading."""

_NEXT = re.compile(r'<[^>]*>[^,]*;\s*rel="?next"?', re.IGNORECASE)
Entries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Part of a list that was not given before."""

    entries: Entries
    offset: int
    """Where the next page begins."""
    last: str
    """Identifier of the object before it."""
    total: int | None


class ListChanged(ConnectorTransient):
    """The place up to which a list was read is not found again."""


Ask = Callable[[int], Awaitable[tuple[Answer, Mapping[str, Any]]]]
"""Asks for the page at an offset; returns the answer and the object in it."""


class Pages:
    """One list. Every page but the first begins with the last object of the one before.

    So a list that shrank or grew meanwhile is noticed and read again from a little earlier, and a server that ignores
    `offset` is noticed too. `Link` and `X-Total-Count` say when it ends; where neither is sent, it ends when nothing
    more comes: a short page may be the server's own limit.
    """

    def __init__(self, ask: Ask, *, key: str, limit: int, what: str) -> None:
        self._ask = ask
        self._key = key
        self._limit = limit
        self._what = what
        self._first: Entries | None = None

    async def read(self, offset: int = 0, last: str = "") -> AsyncIterator[Page]:
        """Return what the list holds from `offset` on, where `last` is the object before it; raise `ListChanged`."""
        for _ in range(MOST_PAGES):
            begin, answer, entries = await self._next(offset, last)
            fresh = [entry for entry in entries if not last or _key(entry) != last]
            if not fresh:
                return
            offset, last = begin + len(entries), _key(entries[-1])
            total = _total(answer)
            yield Page(entries=fresh, offset=offset, last=last, total=total)
            if _is_last(answer, offset, total, full=len(entries) >= self._limit):
                return
        detail = f"{self._what}: no end after {MOST_PAGES} pages"
        raise ConnectorBug(detail)

    async def _next(self, offset: int, last: str) -> tuple[int, Answer, Entries]:
        """The page that begins with `last`, or where nothing follows it the one behind: empty at the end."""
        begin = offset - 1 if last else offset
        answer, entries = await self._page(begin)
        if begin > 0 and self._is_first_again(entries):
            return offset, answer, ()
        if not last:
            return begin, answer, entries
        if not entries or _key(entries[0]) != last:
            return await self._found_again(begin, last)
        if len(entries) == 1:
            # It may be the end, or a page that is shorter than it should be.
            answer, entries = await self._page(offset)
            return offset, answer, () if self._is_first_again(entries) else entries
        return begin, answer, entries

    async def _page(self, offset: int) -> tuple[Answer, Entries]:
        answer, data = await self._ask(offset)
        entries = self._entries(data)
        if offset == 0 and self._first is None:
            self._first = entries
        return answer, entries

    def _is_first_again(self, entries: Entries) -> bool:
        """Whether the server ignores `offset`; its first page may have been the whole list, unless it was full."""
        first = self._first
        if not first or entries != first:
            return False
        if len(first) == self._limit:
            detail = f"{self._what}: the server ignores offset; set more records a page than the list has"
            raise ConnectorMisconfigured(detail)
        return True

    def _entries(self, data: Mapping[str, Any]) -> Entries:
        found = data.get(self._key)
        if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
            detail = f"{self._what}: no list {self._key} in the answer"
            raise ConnectorBug(detail)
        return found

    async def _found_again(self, begin: int, last: str) -> tuple[int, Answer, Entries]:
        for step in range(1, STEPS_BACK + 1):
            earlier = max(0, begin - step * max(1, self._limit // 2))
            answer, entries = await self._page(earlier)
            place = next((number for number, entry in enumerate(entries) if _key(entry) == last), None)
            if place is not None and len(entries) > 1:
                return earlier, answer, entries
            if earlier == 0:
                break
        detail = f"{self._what}: the list changed while it was read"
        raise ListChanged(detail)


def _key(entry: Mapping[str, Any]) -> str:
    return str(entry.get("sourcedId", ""))


def _total(answer: Answer) -> int | None:
    told = answer.headers.get("x-total-count", "").strip()
    return int(told) if told.isascii() and told.isdigit() else None


def _is_last(answer: Answer, read: int, total: int | None, *, full: bool) -> bool:
    """Whether the server says so. Counts are trusted only beside a `Link`, or a page that is not full."""
    link = answer.headers.get("link")
    if link is None:
        return total is not None and read >= total and not full
    return _NEXT.search(link) is None and (total is None or read >= total)
