"""A valid minimal request for each address, on things that exist in the first institution."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from fastapi.routing import iter_route_contexts

from core.access.permissions import Role
from core.documents.previews import render_preview
from tests.inspection import samples
from tests.registry.documents.papers import keep, quarantine, text
from tests.registry.listening import give_up, listening_host
from tests.registry_house import OPERATOR, PASSWORD, House, Place, appoint

V1: Final = "/api/v1"
_NUMBERS: Final = count(1)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What fills the braces of an address, and what is sent along."""

    ids: dict[str, object] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    content: bytes | None = None
    files: dict[str, Any] | None = None
    data: dict[str, str] | None = None

    async def send(self, client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
        options = {
            name: value
            for name in ("params", "headers", "json", "content", "files", "data")
            if (value := getattr(self, name)) is not None
        }
        return await client.request(method, path.format(**self.ids), **options)


@dataclass
class World:
    """A house in whose first institution there is one of everything."""

    house: House
    paper: dict[str, Any] = field(default_factory=dict)
    hashed: str = ""

    async def furnish(self) -> None:
        """Keep a document with a preview; everything that is asked for by an id is made for each question."""
        self.house.app.state.plugins = listening_host()
        self.hashed = await self.house.owner.fetchval("SELECT max(password_hash) FROM accounts")
        self.paper = await keep(self.house.a, samples.pdf(), file_name="a.pdf")
        version = await self.house.owner.fetchval(
            "SELECT id FROM document_versions WHERE document_id = $1", UUID(self.paper["id"])
        )
        assert await render_preview(self.house.services.documents, self.house.a.scope(), version) == 1

    async def newcomer(self, place: Place, role: str) -> Place:
        """The same institution with one new account, which nobody has asked anything with."""
        made = Place(place.id, place.name, client=place.client)
        made.learner, made.personal_file, made.group = place.learner, place.personal_file, place.group
        await appoint(self.house.owner, self.house.clock, made, [role], self.hashed)
        return made

    async def colleague(self, role: str = Role.TEACHER) -> tuple[UUID, UUID]:
        """A further account of the first institution, and its token."""
        account = (await self.newcomer(self.house.a, role)).accounts[role]
        return account, await self.token_of(account)

    async def token_of(self, account: UUID) -> UUID:
        found: UUID = await self.house.owner.fetchval(
            "SELECT id FROM api_tokens WHERE account_id = $1 AND name = 'test'", account
        )
        return found

    async def job(self) -> UUID:
        async with self.house.services.database.work(self.house.a.scope()) as work:
            return work.defer("document.render_preview", subject_type="document", subject_id="d-1")

    async def person(self) -> str:
        made = await self.house.clerk.post(f"{V1}/people", json=learner())
        return str(made.json()["id"])


Sample = Callable[[World, Place, str], Awaitable[Ask]]
"""Makes the request of somebody who works in a place in a role; what it names lies in the first institution."""


def learner() -> dict[str, str]:
    return {"family_name": f"Незнакомцева{next(_NUMBERS)}", "given_name": "Ольга"}


def login() -> str:
    return f"newcomer-{uuid4().hex[:12]}"


def plain(**sent: Any) -> Sample:  # noqa: ANN401 - members of Ask
    """The same request each time."""

    async def make(_world: World, _place: Place, _role: str) -> Ask:
        return Ask(**sent)

    return make


def made(make: Callable[[World], Awaitable[Ask]]) -> Sample:
    async def sample(world: World, _place: Place, _role: str) -> Ask:
        return await make(world)

    return sample


REASON: Final = {"reason": "так решено"}
ANY: Final = {"If-Match": "*"}


async def sign_in(world: World, place: Place, role: str) -> Ask:
    # A program has no password; whoever uses it may sign in beside it.
    login = world.house.a.logins[Role.CLERK] if role == Role.SERVICE_ACCOUNT else place.logins[role]
    return Ask(json={"login": login, "password": PASSWORD})


async def switch(_world: World, place: Place, _role: str) -> Ask:
    return Ask(json={"institution_id": str(place.id)})


async def own_token(world: World, place: Place, role: str) -> Ask:
    own = place.id == world.house.a.id
    token = await world.token_of(place.accounts[role]) if own else (await world.colleague())[1]
    return Ask(ids={"token_id": token})


async def own_scope(_world: World, _place: Place, role: str) -> Ask:
    scope = "jobs.read" if role in {Role.ADMINISTRATOR, OPERATOR} else "documents.read"
    return Ask(json={"name": "Выгрузка", "scopes": [scope]})


async def user(world: World) -> Ask:
    return Ask(ids={"user_id": (await world.colleague())[0]}, json=REASON)


async def user_read(world: World) -> Ask:
    return Ask(ids={"user_id": (await world.colleague())[0]})


async def user_changed(world: World) -> Ask:
    return Ask(ids={"user_id": (await world.colleague())[0]}, headers=ANY, json={"note": "на замене"})


async def user_token(world: World) -> Ask:
    account, token = await world.colleague()
    return Ask(ids={"user_id": account, "token_id": token})


async def program_token(world: World) -> Ask:
    account, _ = await world.colleague(Role.SERVICE_ACCOUNT)
    return Ask(ids={"user_id": account}, json={"name": "Обмен", "scopes": ["documents.read"]})


async def new_user(_world: World) -> Ask:
    return Ask(json={"login": login(), "display_name": "Новая Анна", "roles": ["teacher"]})


async def new_institution(_world: World) -> Ask:
    head = {"login": login(), "display_name": "Первая Анна"}
    named = {"name": "Школа № 3", "short_name": "Школа 3", "time_zone": "Europe/Moscow"}
    return Ask(json={**named, "administrator": head})


async def new_member(world: World) -> Ask:
    form = {"login": login(), "display_name": "Новая Анна", "roles": ["clerk"]}
    return Ask(ids={"institution_id": world.house.other.id}, json=form)


async def founded(world: World) -> Ask:
    return Ask(ids={"institution_id": world.house.other.id})


async def person(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner})


async def person_changed(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner}, headers=ANY, json={"note": f"правка {next(_NUMBERS)}"})


async def new_file(world: World) -> Ask:
    return Ask(ids={"person_id": await world.person()}, json={})


async def group(world: World) -> Ask:
    return Ask(ids={"group_id": world.house.a.group})


async def group_changed(world: World) -> Ask:
    return Ask(ids={"group_id": world.house.a.group}, headers=ANY, json={"note": f"правка {next(_NUMBERS)}"})


async def new_group(_world: World) -> Ask:
    return Ask(json={"name": f"ИС-{next(_NUMBERS)}"})


async def new_person(_world: World) -> Ask:
    return Ask(json=learner())


async def personal_file(world: World) -> Ask:
    return Ask(ids={"personal_file_id": world.house.a.personal_file})


async def personal_file_changed(world: World) -> Ask:
    note = {"note": f"правка {next(_NUMBERS)}"}
    return Ask(ids={"personal_file_id": world.house.a.personal_file}, headers=ANY, json=note)


async def uploaded(world: World) -> Ask:
    return Ask(params={"kind": "other", "file_name": "a.txt", **world.house.a.holder()}, content=text())


async def uploaded_by_form(world: World) -> Ask:
    return Ask(data={"kind": "other", **world.house.a.holder()}, files={"file": ("a.txt", text(), "text/plain")})


async def new_version(world: World) -> Ask:
    return Ask(ids={"document_id": world.paper["id"]}, params={"file_name": "a.txt"}, content=text())


async def paper(world: World) -> Ask:
    return Ask(ids={"document_id": world.paper["id"], "ordinal": 1, "page": 1})


async def paper_changed(world: World) -> Ask:
    return Ask(ids={"document_id": world.paper["id"]}, headers=ANY, json={"note": f"правка {next(_NUMBERS)}"})


async def waiting(world: World) -> Ask:
    return Ask(ids={"document_id": (await quarantine(world.house.a))["id"], "ordinal": 1}, json=REASON)


async def withdrawn(world: World, place: Place, role: str) -> Ask:
    own = place.id == world.house.a.id and role in {Role.CLERK, Role.SERVICE_ACCOUNT}
    uploaded_one = await keep(place, role=role) if own else await keep(world.house.a)
    return Ask(ids={"document_id": uploaded_one["id"]}, json=REASON)


async def undelivered(world: World) -> Ask:
    return Ask(ids={"delivery_id": await give_up(world.house)})


async def job(world: World) -> Ask:
    return Ask(ids={"job_id": await world.job()})


_DOCUMENT: Final = f"{V1}/documents/{{document_id}}"
_VERSION: Final = f"{_DOCUMENT}/versions/{{ordinal}}"
_USER: Final = f"{V1}/users/{{user_id}}"
NOTHING: Final = plain()

SAMPLES: Final[dict[str, Sample]] = {
    "GET /problems/{code}": plain(ids={"code": "not_found"}),
    "GET /docs/assets/{name}": plain(ids={"name": "swagger-ui.css"}),
    f"POST {V1}/session": sign_in,
    f"POST {V1}/session/institution": switch,
    f"POST {V1}/session/password": plain(json={"present": PASSWORD, "wanted": "совсем другая длинная фраза"}),
    f"POST {V1}/tokens": own_scope,
    f"DELETE {V1}/tokens/{{token_id}}": own_token,
    f"POST {V1}/users": made(new_user),
    f"GET {_USER}": made(user_read),
    f"PATCH {_USER}": made(user_changed),
    f"POST {_USER}/password-reset": made(user_read),
    f"POST {_USER}/deactivation": made(user),
    f"POST {_USER}/reactivation": made(user),
    f"GET {_USER}/tokens": made(user_read),
    f"POST {_USER}/tokens": made(program_token),
    f"DELETE {_USER}/tokens/{{token_id}}": made(user_token),
    f"PATCH {V1}/institution": plain(headers=ANY, json={"settings": {"contact": "каб. 12"}}),
    f"POST {V1}/institutions": made(new_institution),
    f"GET {V1}/institutions/{{institution_id}}": made(founded),
    f"POST {V1}/institutions/{{institution_id}}/members": made(new_member),
    f"POST {V1}/people": made(new_person),
    f"GET {V1}/people/{{person_id}}": made(person),
    f"PATCH {V1}/people/{{person_id}}": made(person_changed),
    f"POST {V1}/people/{{person_id}}/personal-file": made(new_file),
    f"POST {V1}/groups": made(new_group),
    f"GET {V1}/groups/{{group_id}}": made(group),
    f"PATCH {V1}/groups/{{group_id}}": made(group_changed),
    f"GET {V1}/personal-files/{{personal_file_id}}": made(personal_file),
    f"PATCH {V1}/personal-files/{{personal_file_id}}": made(personal_file_changed),
    f"POST {V1}/documents": made(uploaded),
    f"POST {V1}/documents/form": made(uploaded_by_form),
    f"POST {_DOCUMENT}/versions": made(new_version),
    f"GET {_DOCUMENT}/versions": made(paper),
    f"GET {_DOCUMENT}": made(paper),
    f"PATCH {_DOCUMENT}": made(paper_changed),
    f"GET {_DOCUMENT}/content": made(paper),
    f"HEAD {_DOCUMENT}/content": made(paper),
    f"GET {_VERSION}/content": made(paper),
    f"HEAD {_VERSION}/content": made(paper),
    f"GET {_VERSION}/previews": made(paper),
    f"GET {_VERSION}/previews/{{page}}": made(paper),
    f"HEAD {_VERSION}/previews/{{page}}": made(paper),
    f"POST {_VERSION}/release": made(waiting),
    f"POST {_VERSION}/refusal": made(waiting),
    f"POST {_DOCUMENT}/withdrawal": withdrawn,
    f"GET {V1}/search": plain(params={"q": "Примерова"}),
    f"GET {V1}/jobs/{{job_id}}": made(job),
    f"POST {V1}/jobs/{{job_id}}/cancellation": made(job),
    f"POST {V1}/undelivered-events/{{delivery_id}}/retry": made(undelivered),
}
"""Requests by method and address; the others need nothing."""


def addresses(house: House) -> set[str]:
    """Method and path of everything the application answers, hidden from its description or not."""
    return {
        f"{method} {route.path_format}"
        for route in iter_route_contexts(house.app.routes)
        for method in route.methods or ()
    }
