"""The library's API, with invented readers."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from core.devkit.faults import Faults, RepeatedPage, ShortPage

PAGE = 3
NAMES = ("Абрикосова Анна", "Ежевикин Егор", "Земляникина Зоя", "Облепихин Олег", "Рябинина Римма")


class Library:
    """What the library holds, and who may ask for it."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.keys = {"key-of-the-school-library": "library-7", "key-of-another-library": "library-8"}
        self.rights = {"readers", "awards", "files"}
        self.data = good_data()

    async def me(self, request: Request) -> Any:
        """Say whose key it is."""
        site = self.keys.get(request.headers.get("X-Card-Key", ""))
        if site is None:
            return JSONResponse({"error": "unknown_key"}, 401)
        rights = sorted(self.rights)
        return {"site": site, "name": "Библиотека школы", "rights": rights, "files_at": "files.library.example"}

    async def members(self, request: Request, group: str, page: int = 1) -> Any:
        """Say who is in a class."""
        of_group = [each for each in self.data["members"] if each["group"] == group]
        return self._refused(request, "readers") or self._page(request, of_group, page)

    async def objects(self, request: Request, stream: str, page: int = 1, since: str = "") -> Any:
        """Give a page of objects; of awards those that have changed `since`."""
        right = {"awards": "awards", "certificates": "files"}.get(stream, "readers")
        items = [each for each in self.data[stream] if each.get("changed_at", since) >= since]
        return self._refused(request, right) or self._page(request, items, page)

    async def file(self, name: str) -> Response:
        """Give the bytes of a certificate."""
        return Response(b"%PDF-1.7 " + name.encode(), media_type="application/pdf")

    def _refused(self, request: Request, right: str) -> JSONResponse | None:
        if request.headers.get("X-Card-Key") not in self.keys:
            return JSONResponse({"error": "unknown_key"}, 401)
        if right not in self.rights:
            return JSONResponse({"error": "no_right", "right": right}, 403)
        return None

    def _page(self, request: Request, items: list[dict[str, Any]], page: int) -> dict[str, Any]:
        path = request.url.path
        if self.faults.strikes(RepeatedPage, path):
            page = 1
        chunk = items[(page - 1) * PAGE : page * PAGE]
        short = self.faults.strikes(ShortPage, path)
        pages = -(-len(items) // PAGE)
        return {"items": chunk[: short.records] if short else chunk, "pages": pages, "total": len(items)}


def application(library: Library) -> FastAPI:
    """Return the library's API."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/api/me", library.me)
    app.add_api_route("/api/groups/{group}/members", library.members)
    app.add_api_route("/api/{stream}", library.objects)
    app.add_api_route("/files/{name}", library.file)
    return app


def good_data() -> dict[str, list[dict[str, Any]]]:
    """Return what the library holds."""
    readers = [
        {"id": f"r-{n}", "card": f"{n:05}", "last": name.split()[0], "first": name.split()[1], "born": f"2012-05-0{n}"}
        for n, name in enumerate(NAMES, 1)
    ]
    return {
        "groups": [{"id": "g-1", "name": "7А", "year": "2025/2026"}, {"id": "g-2", "name": "7Б", "year": "2025/2026"}],
        "readers": [{**reader, "patronymic": ""} for reader in readers],
        "members": [{"id": f"m-{n}", "group": f"g-{1 + n % 2}", "reader": f"r-{n}"} for n in range(1, 6)],
        "awards": [
            {
                "id": f"a-{n}",
                "reader": f"r-{n}",
                "title": "Читатель года",
                "kind": "reading",
                "given_on": f"2026-02-0{n}",
                "changed_at": f"2026-02-0{n}T09:00:00+00:00",
            }
            for n in range(1, 6)
        ],
        "certificates": [
            {"id": f"c-{n}", "reader": f"r-{n}", "name": f"грамота {n}.pdf", "size": 20, "url": file_address(n)}
            for n in range(1, 4)
        ],
    }


def file_address(number: int) -> str:
    """Return where a certificate lies."""
    return f"https://files.library.example/files/c-{number}.pdf"
