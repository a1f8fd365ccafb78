"""A simulated library: its API, invented readers, and everything that can go wrong."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from core.devkit.faults import (
    Asked,
    DeadToken,
    ErrorObject,
    Fault,
    FaultAnswer,
    MissingFields,
    NullFields,
    PrivateRedirect,
    Refusal,
    RepeatedPage,
    ShortPage,
    UnknownValue,
)
from core.devkit.middleware import Application, FaultMiddleware
from core.devkit.platform import SimulatedPlatform, Spot

PAGE = 3
NAMES = ("Абрикосова Анна", "Ежевикин Егор", "Земляникина Зоя", "Облепихин Олег", "Рябинина Римма")


def in_its_words(refusal: Refusal, asked: Asked) -> FaultAnswer | None:
    """Say refusals as this library does."""
    if isinstance(refusal, DeadToken):
        return FaultAnswer.of(401, {"error": "unknown_key"})
    if isinstance(refusal, ErrorObject):
        return FaultAnswer.of(200, {"error": refusal.code})
    return None


class SimulatedLibrary(SimulatedPlatform):
    """A library with two classes and five readers."""

    file_hosts = ("files.library.example",)

    def __init__(self) -> None:
        super().__init__()
        self.keys = {"key-of-the-school-library": "library-7", "key-of-another-library": "library-8"}
        self.key = "key-of-the-school-library"
        self.rights_given = {"readers", "awards", "files"}
        self.data = good_data()
        self._changes = 0
        self._application = FaultMiddleware(application(self), self.faults, shape=in_its_words, files=("/files/*",))

    def hosts(self) -> Mapping[str, Application]:
        return {"library.example": self._application, "files.library.example": self._application}

    def configuration(self) -> Mapping[str, Any]:
        return {"address": "https://library.example", "key": self.key}

    def repair(self) -> None:
        self.faults.off()
        self.rights_given = {"readers", "awards", "files"}
        spoilt, self.data = self.data, good_data()
        for was, award in zip(spoilt["awards"], self.data["awards"], strict=True):
            if was != award:
                self._touch(award)

    def _touch(self, award: dict[str, Any]) -> None:
        """Note that the award has changed now: on the morning of the bench's first day."""
        self._changes += 1
        award["changed_at"] = f"2026-03-02T05:{self._changes:02}:00+00:00"

    def troubles(self) -> Sequence[Fault]:
        pages = (ShortPage(path="/api/readers", records=1), RepeatedPage(path="/api/readers", after=1))
        return (*super().troubles(), *pages, ErrorObject(code="limit"))

    def rights(self) -> Mapping[str, frozenset[str]]:
        return {"awards": frozenset({"awards"}), "files": frozenset({"certificates"})}

    def take_right(self, right: str) -> None:
        self.rights_given.remove(right)

    def revoke(self, after: int = 0) -> None:
        self.faults.on(DeadToken(after=after, token=self.key))

    def renewed(self) -> Mapping[str, Any]:
        self.key = "fresh-key-of-the-library-7"
        self.keys[self.key] = "library-7"
        return self.configuration()

    def other_account(self) -> Mapping[str, Any]:
        return {**self.configuration(), "key": "key-of-another-library"}

    def poison(self) -> Spot:
        award = self.data["awards"][1]
        award["title"] = ""
        self._touch(award)
        return Spot(stream="awards", external_id=award["id"])

    def leave_out_key(self) -> Spot:
        award = self.data["awards"][1]
        spot = Spot(stream="awards", external_id=award.pop("id"), nameless=True)
        self._touch(award)
        return spot

    def oddities(self) -> Iterator[str]:
        self.faults.on(MissingFields(fields=("patronymic", "born", "kind", "year")))
        yield "optional fields are missing"
        self.faults.on(NullFields(fields=("patronymic", "born", "kind", "year", "size")))
        yield "optional fields are null"
        self.faults.on(UnknownValue(name="kind", value="seldom"))
        yield "an unknown kind of award"

    def remove(self) -> Spot:
        award = self.data["awards"][2]
        award["deleted"] = True
        self._touch(award)
        return Spot(stream="awards", external_id=award["id"])

    def change_old_result(self) -> Spot:
        award = self.data["awards"][0]
        award["title"] = "Читатель года (исправлено)"
        self._touch(award)
        return Spot(stream="awards", external_id=award["id"])

    def misplace_files(self) -> Iterator[tuple[str, Spot]]:
        spot = Spot(stream="certificates", external_id="c-1")
        self.data["certificates"][0]["url"] = "https://elsewhere.example/files/c-1.pdf"
        yield "a file at another host", spot
        for address in ("https://elsewhere.example/c-1.pdf", "http://127.0.0.1:9/inside", "https://10.0.0.1/inside"):
            self.faults.on(PrivateRedirect(path="/files/c-1.pdf", address=address))
            yield f"a redirect to {address}", spot


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


def application(library: SimulatedLibrary) -> FastAPI:
    """Return the library's API."""
    app = FastAPI(openapi_url=None)

    def refused(request: Request, right: str) -> JSONResponse | None:
        if request.headers.get("X-Card-Key") not in library.keys:
            return JSONResponse({"error": "unknown_key"}, 401)
        if right not in library.rights_given:
            return JSONResponse({"error": "no_right", "right": right}, 403)
        return None

    def page_of(request: Request, items: list[dict[str, Any]], page: int) -> dict[str, Any]:
        path = request.url.path
        if library.faults.strikes(RepeatedPage, path):
            page = 1
        chunk = items[(page - 1) * PAGE : page * PAGE]
        short = library.faults.strikes(ShortPage, path)
        pages = -(-len(items) // PAGE)
        return {"items": chunk[: short.records] if short else chunk, "pages": pages, "total": len(items)}

    @app.get("/api/me")
    async def me(request: Request) -> Any:
        site = library.keys.get(request.headers.get("X-Card-Key", ""))
        if site is None:
            return JSONResponse({"error": "unknown_key"}, 401)
        rights = sorted(library.rights_given)
        return {"site": site, "name": "Библиотека школы", "rights": rights, "files_at": "files.library.example"}

    @app.get("/api/groups/{group}/members")
    async def members(request: Request, group: str, page: int = 1) -> Any:
        of_group = [each for each in library.data["members"] if each["group"] == group]
        return refused(request, "readers") or page_of(request, of_group, page)

    @app.get("/api/{stream}")
    async def objects(request: Request, stream: str, page: int = 1, since: str = "") -> Any:
        right = {"awards": "awards", "certificates": "files"}.get(stream, "readers")
        since = since.replace(" ", "+")
        items = [each for each in library.data[stream] if each.get("changed_at", since) >= since]
        return refused(request, right) or page_of(request, items, page)

    @app.get("/files/{name}")
    async def file(name: str) -> Response:
        return Response(b"%PDF-1.7 " + name.encode(), media_type="application/pdf")

    return app
