"""How tests of documents send, read and settle files."""

import hashlib
import os
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import UUID

import httpx

from core.documents.keeper import Keeper
from tests.registry_house import House, Json, Place

DOCUMENTS = "/api/v1/documents"
FORMS = "/api/v1/document-forms"
NOTE = "Справка об обучении выдана для предъявления по месту требования.\n".encode()
MISNAMED = "a.pdf"
"""A text under this name waits in quarantine: the extension does not fit."""
_NUMBERS = count(1)


def text() -> bytes:
    """A small text that was never sent before."""
    return NOTE + str(next(_NUMBERS)).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def send(
    place: Place,
    content: bytes | AsyncIterator[bytes] | None = None,
    *,
    role: str = "clerk",
    key: str | None = None,
    headers: dict[str, str] | None = None,
    **params: Any,  # noqa: ANN401 - whatever a query may say
) -> httpx.Response:
    """Upload by raw body; a fresh text of kind `other` for the learner, unless told otherwise."""
    query = {"kind": "other", "file_name": "a.txt", **params}
    if "group_id" not in query:
        query = {**place.holder(), **query}
    sent = ({"Idempotency-Key": key} if key else {}) | (headers or {})
    return await place.of(role).post(
        DOCUMENTS, params=query, content=text() if content is None else content, headers=sent
    )


async def keep(place: Place, content: bytes | AsyncIterator[bytes] | None = None, **options: Any) -> Json:  # noqa: ANN401 - see `send`
    """Upload, and expect that the file is taken."""
    answer = await send(place, content, **options)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def quarantine(place: Place, content: bytes | None = None) -> Json:
    """Upload something that waits for a decision."""
    made = await keep(place, content, file_name=MISNAMED)
    assert made["state"] == "quarantined"
    return made


async def read(place: Place, made: Json, *, role: str = "clerk", ordinal: int | None = None) -> httpx.Response:
    within = "" if ordinal is None else f"/versions/{ordinal}"
    return await place.of(role).get(f"{DOCUMENTS}/{made['id']}{within}/content")


async def add_version(
    place: Place, made: Json, content: bytes | None = None, *, role: str = "clerk", name: str = "a.txt"
) -> httpx.Response:
    path = f"{DOCUMENTS}/{made['id']}/versions"
    return await place.of(role).post(path, params={"file_name": name}, content=text() if content is None else content)


async def decide(
    place: Place, made: Json, step: str, *, ordinal: int = 1, role: str = "clerk", reason: str = "посмотрели"
) -> httpx.Response:
    """`release` or `refusal`."""
    path = f"{DOCUMENTS}/{made['id']}/versions/{ordinal}/{step}"
    return await place.of(role).post(path, json={"reason": reason})


async def withdraw(place: Place, made: Json, *, role: str = "clerk", reason: str = "не тот файл") -> httpx.Response:
    return await place.of(role).post(f"{DOCUMENTS}/{made['id']}/withdrawal", json={"reason": reason})


async def withdraw_version(place: Place, made: Json, ordinal: int, *, role: str = "clerk") -> httpx.Response:
    path = f"{DOCUMENTS}/{made['id']}/versions/{ordinal}/withdrawal"
    return await place.of(role).post(path, json={"reason": "не тот лист"})


async def settle(house: House, keeper: Keeper | None = None) -> int:
    """Let the settling time of everything in the spool pass, and settle it."""
    moment = house.clock().timestamp()
    spool = house.services.documents.spool
    for name in spool.names():
        os.utime(spool.path(name), (moment, moment))
    return await (keeper or Keeper(house.services.documents, abandoned_after=0)).settle()


async def rows_of(house: House, made: Json) -> dict[str, int]:
    """How many rows of each table are about a document."""
    document = UUID(made["id"])
    return {
        "documents": await house.owner.fetchval("SELECT count(*) FROM documents WHERE id = $1", document),
        "versions": await house.owner.fetchval(
            "SELECT count(*) FROM document_versions WHERE document_id = $1", document
        ),
        "renditions": await house.owner.fetchval(
            "SELECT count(*) FROM renditions r JOIN document_versions v ON v.id = r.version_id"
            " WHERE v.document_id = $1",
            document,
        ),
        "search": await house.owner.fetchval("SELECT count(*) FROM search_entries WHERE object_id = $1", document),
    }
