"""A router passes over what is none of its own, and over nothing else."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from core.web.routing import Router


def _built(kind: type[APIRouter]) -> FastAPI:
    """The same application of routers of one kind."""
    inner, outer, any_first, others = kind(prefix="/boxes"), kind(prefix="/api/v1"), kind(), kind(prefix="/api/v1")

    @inner.get("/{box_id}/sheets")
    async def sheets(box_id: str) -> str:
        return f"sheets of {box_id}"

    @inner.post("/{box_id}/sheets/{name:path}")
    async def sheet(box_id: str, name: str) -> str:
        return f"{name} of {box_id}"

    @outer.get("/shelves")
    async def shelves() -> str:
        return "shelves"

    @others.get("/boxes")
    async def boxes() -> str:
        return "boxes"

    @any_first.get("/{first}")
    async def anything(first: str) -> str:
        return f"anything: {first}"

    outer.include_router(inner)
    app = FastAPI()
    for router in (outer, others, any_first):
        app.include_router(router)
    return app


async def _asked(app: FastAPI, method: str, path: str) -> tuple[int, str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://deloteka.test") as client:
        answer = await client.request(method, path)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/shelves", 200),
        ("GET", "/api/v1/boxes", 200),
        ("GET", "/api/v1/boxes/7/sheets", 200),
        ("GET", "/api/v1/boxes/a%2Fb/sheets", 404),
        ("POST", "/api/v1/boxes/7/sheets/a/b", 200),
        ("GET", "/api/v1/boxes/7/sheets/a/b", 405),
        ("DELETE", "/api/v1/shelves", 405),
        ("GET", "/api/v1/shelves/", 307),
        ("GET", "/api/v1/%D0%BF%D0%BE%D0%BB%D0%BA%D0%B8", 404),
        ("GET", "/api/v1/b%6Fxes", 200),
        ("GET", "/whatever", 200),
        ("GET", "/", 404),
        ("GET", "/api/v1", 404),
    ],
)
async def test_every_request_is_answered_as_by_plain_routers(method: str, path: str, status: int) -> None:
    ours, plain = await _asked(_built(Router), method, path), await _asked(_built(APIRouter), method, path)
    assert ours == plain
    assert ours[0] == status
