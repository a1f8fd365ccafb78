"""The server: token endpoint, lists and single objects of 1.1 and 1.2, in FastAPI."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote_plus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from core.devkit.faults import (
    Asked,
    DeadToken,
    ErrorObject,
    FaultAnswer,
    Faults,
    LimitReached,
    MissingScope,
    Refusal,
    RepeatedPage,
    ServerError,
    ShortPage,
)
from core.devkit.middleware import FaultMiddleware
from plugins.oneroster.simulator.filtering import QueryRefused, filtered, ordered, selected
from plugins.oneroster.simulator.nested import NESTED, nested
from plugins.oneroster.simulator.school import Entry, School
from plugins.oneroster.simulator.switches import (
    DeletedHidden,
    ExtraKeys,
    ForeignReferences,
    NoPagingHeaders,
    NoScopeInAnswer,
    OldRoles,
    WrappedErrors,
)

HOST = "sis.example.invalid"
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - an address
_LIMIT = 100
_BASES = {
    "/ims/oneroster/v1p1": "1.1",
    "/ims/oneroster/rostering/v1p2": "1.2",
    "/ims/oneroster/gradebook/v1p2": "1.2",
}
_GRADEBOOK = frozenset({"categories", "lineItems", "results"})
SINGULAR = {
    "academicSessions": "academicSession",
    "categories": "category",
    "classes": "class",
    "courses": "course",
    "demographics": "demographics",
    "enrollments": "enrollment",
    "gradingPeriods": "academicSession",
    "lineItems": "lineItem",
    "orgs": "org",
    "results": "result",
    "schools": "org",
    "students": "user",
    "teachers": "user",
    "terms": "academicSession",
    "users": "user",
}
_LISTS: Mapping[str, tuple[str, Callable[[Entry], bool]]] = {
    "schools": ("orgs", lambda entry: entry["type"] == "school"),
    "terms": ("academicSessions", lambda entry: entry["type"] == "term"),
    "gradingPeriods": ("academicSessions", lambda entry: entry["type"] == "gradingPeriod"),
    "students": ("users", lambda entry: entry["role"] == "student"),
    "teachers": ("users", lambda entry: entry["role"] == "teacher"),
}


@dataclass(slots=True)
class Client:
    """One registered client."""

    secret: str
    scopes: set[str] = field(
        default_factory=lambda: {"roster-core.readonly", "gradebook.readonly", "roster-demographics.readonly"}
    )
    """Short names of what it may be granted."""


class SimulatedSystem:
    """A school's system with its clients and its faults."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.faults = Faults()
        self.clients: dict[str, Client] = {"deloteka": Client("first-secret-of-client")}
        self.tokens: dict[str, str] = {}
        """Clients by their tokens."""
        self.lifetime: int | None = 3600
        """Seconds that are announced for a token; `None`: nothing is announced."""
        platform = FastAPI(openapi_url=None)
        platform.post(TOKEN_PATH)(self._token)
        platform.get("/ims/oneroster/{path:path}")(self._get)
        self.application = FaultMiddleware(platform, self.faults, shape=self._shape, sign_in=(TOKEN_PATH,))

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(credentials or b"").decode().partition(":")
        client = self.clients.get(unquote_plus(name))
        if scheme != "Basic" or client is None or client.secret != unquote_plus(secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "client_credentials" or not form.get("scope"):
            return JSONResponse({"error": "invalid_request"}, 400)
        token = f"bearer-{len(self.tokens) + 1}-of-{unquote_plus(name)}"
        self.tokens[token] = unquote_plus(name)
        answer: dict[str, object] = {"access_token": token, "token_type": "bearer"}
        if self.lifetime is not None:
            answer["expires_in"] = self.lifetime
        if self.faults.strikes(NoScopeInAnswer, TOKEN_PATH) is None:
            answer["scope"] = " ".join(each for each in form["scope"].split() if _short(each) in client.scopes)
        return JSONResponse(answer)

    async def _get(self, request: Request) -> Response:
        path = request.url.path
        base = next((base for base in _BASES if path.startswith(f"{base}/")), None)
        if base is None:
            return self._error(404, "unknownobject")
        parts = path.removeprefix(f"{base}/").split("/")
        refused = self._refused(request, base, parts)
        if refused is not None:
            return refused
        try:
            return self._answer(request, base, parts)
        except QueryRefused as error:
            return self._error(400, error.code)

    def _refused(self, request: Request, base: str, parts: list[str]) -> Response | None:
        name = parts[-1] if len(parts) % 2 else parts[-2]
        client = self.clients.get(self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "), ""))
        if client is None:
            return self._error(401, "unauthorisedrequest")
        scope = "gradebook.readonly" if name in _GRADEBOOK else "roster-core.readonly"
        scope = "roster-demographics.readonly" if name == "demographics" else scope
        if scope not in client.scopes:
            return self._error(403, "unauthorisedrequest")
        in_gradebook = name in _GRADEBOOK
        if name not in SINGULAR or (_BASES[base] == "1.2" and in_gradebook is not ("gradebook" in base)):
            return self._error(404, "unknownobject")
        return None

    def _answer(self, request: Request, base: str, parts: list[str]) -> Response:
        if len(parts) == 1:
            return self._list(request, base, parts[0], self._listed(parts[0]))
        if len(parts) % 2 == 0:
            collection = _LISTS.get(parts[-2], (parts[-2], None))[0]
            entry = self.school.collections[collection].get(parts[-1])
            if entry is None:
                return self._error(404, "unknownobject")
            return JSONResponse({SINGULAR[parts[-2]]: self._rendered(entry, base, collection, request.url.path)})
        if tuple(parts[::2]) not in NESTED:
            return self._error(404, "unknownobject")
        return self._list(request, base, parts[-1], nested(self.school, parts))

    def _listed(self, name: str) -> list[Entry]:
        collection, fits = _LISTS.get(name, (name, lambda _: True))
        return [entry for entry in self.school.entries(collection) if fits(entry)]

    def _list(self, request: Request, base: str, name: str, entries: list[Entry]) -> Response:
        query = request.query_params
        path = request.url.path
        if self.faults.strikes(DeletedHidden, path) is not None:
            entries = [entry for entry in entries if entry["status"] == "active"]
        found = ordered(filtered(entries, query.get("filter", "")), query.get("sort", ""), query.get("orderBy", "asc"))
        limit, offset = int(query.get("limit", _LIMIT)), int(query.get("offset", 0))
        if offset and self.faults.strikes(RepeatedPage, path) is not None:
            offset = 0
        page = found[offset : offset + limit]
        short = self.faults.strikes(ShortPage, path) if offset else None
        page = page[: short.records] if short is not None else page
        shown = [selected(self._rendered(entry, base, name, path), query.get("fields", "")) for entry in page]
        body: dict[str, Any] = {_key(name): shown}
        if self.faults.strikes(ExtraKeys, path) is not None:
            body |= {"totalCount": len(found), "pageCount": 1, "pageNumber": 1, "offset": offset, "limit": limit}
        return JSONResponse(body, headers=self._headers(request, len(found), offset, limit))

    def _headers(self, request: Request, total: int, offset: int, limit: int) -> dict[str, str]:
        if self.faults.strikes(NoPagingHeaders, request.url.path) is not None:
            return {}
        links = {"first": 0} | ({"next": offset + limit} if offset + limit < total else {})
        place = f"https://{HOST}{quote(request.url.path)}"
        told = [f'<{place}?limit={limit}&offset={at}>; rel="{rel}"' for rel, at in links.items()]
        return {"X-Total-Count": str(total), "Link": ", ".join(told)}

    def _rendered(self, entry: Entry, base: str, name: str, path: str) -> Entry:
        """The object as this version writes it."""
        foreign = self.faults.strikes(ForeignReferences, path)
        host = foreign.host if foreign is not None else HOST
        shown: Entry = {key: _with_href(value, f"https://{host}{base}") for key, value in entry.items()}
        is_user = name in {"users", "students", "teachers"}
        if is_user and _BASES[base] == "1.2" and self.faults.strikes(OldRoles, path) is None:
            role = shown.pop("role")
            orgs = shown.pop("orgs")
            shown["roles"] = [{"roleType": "primary", "role": role, "org": org} for org in orgs]
            shown |= {"primaryOrg": orgs[0] if orgs else None, "enabledUser": shown["enabledUser"] == "true"}
        return shown

    def _error(self, status: int, code: str) -> Response:
        return JSONResponse(self._imsx(code), status)

    def _imsx(self, code: str) -> dict[str, object]:
        minor = [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code}]
        body: dict[str, object] = {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_description": "refused",
            "imsx_CodeMinor": {"imsx_codeMinorField": minor},
        }
        return {"imsx_StatusInfo": body} if self.faults.strikes(WrappedErrors, "*") is not None else body

    def _shape(self, refusal: Refusal, asked: Asked) -> FaultAnswer | None:
        """The common refusals in the words of OneRoster; those of the token endpoint are OAuth's own."""
        if asked.path == TOKEN_PATH:
            return None
        codes: Mapping[type[Refusal], tuple[int, str]] = {
            DeadToken: (401, "unauthorisedrequest"),
            MissingScope: (403, "unauthorisedrequest"),
            LimitReached: (429, "server_busy"),
            ErrorObject: (200, "targetreadfailure"),
        }
        if isinstance(refusal, ServerError) and refusal.status == 500:  # noqa: PLR2004 - HTTP's "server error"
            return FaultAnswer.of(500, self._imsx("targetreadfailure"))
        if type(refusal) not in codes:
            return None
        status, code = codes[type(refusal)]
        return FaultAnswer.of(status, self._imsx(code))


def _short(scope: str) -> str:
    return scope.rpartition("/")[2]


def _key(name: str) -> str:
    """The plural key of a list."""
    return {"schools": "orgs", "students": "users", "teachers": "users"}.get(
        name, {"terms": "academicSessions", "gradingPeriods": "academicSessions"}.get(name, name)
    )


def _with_href(value: object, base: str) -> object:
    if isinstance(value, list):
        return [_with_href(each, base) for each in value]
    if isinstance(value, dict) and "sourcedId" in value:
        return {"href": f"{base}/{value['type']}s/{value['sourcedId']}", **value}
    return value
