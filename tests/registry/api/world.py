"""What a valid request to an address is made of, and the house it is asked in."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from core.access.permissions import Role
from core.documents.previews import render_preview
from tests.inspection import samples
from tests.registry.documents.papers import keep
from tests.registry.listening import listening_host
from tests.registry_house import House, Place, appoint

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
    years: Iterator[int] = field(default_factory=lambda: count(2030))
    """For nomenclatures, of which there is one a year."""
    past_years: Iterator[int] = field(default_factory=lambda: count(1901))
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Rows of the nomenclature that cases are opened under, by term."""
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """A valid mark by the id of the institution."""
    known: dict[str, str] = field(default_factory=dict)
    """Further things that exist, by the name of the parameter that names them."""
    standing: dict[tuple[UUID, str], Place] = field(default_factory=dict)
    """Who is asked with again and again, by institution and role."""
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
        body = {"group_id": str(self.house.a.group), "person_id": str(self.house.a.learner), "role": "learner"}
        self.known["enrolment_id"] = (await self.house.clerk.post(f"{V1}/enrolments", json=body)).json()["id"]

    async def newcomer(self, place: Place, role: str) -> Place:
        """The same institution with one new account, which nobody has asked anything with."""
        made = Place(place.id, place.name, client=place.client)
        made.learner, made.personal_file, made.group = place.learner, place.personal_file, place.group
        await appoint(self.house.owner, self.house.clock, made, [role], self.hashed)
        if role == Role.TEACHER:
            await self._let_teach(made)
        return made

    async def _let_teach(self, place: Place) -> None:
        """A teacher sees the own groups: that of the place, in which its learner is."""
        await self.house.owner.execute(
            "WITH member AS (INSERT INTO staff (id, institution_id, family_name, sort_key, account_id, created_at)"
            " VALUES ($1, $2, 'Учителева', 'учителева', $3, now()) RETURNING id)"
            " INSERT INTO enrolments (id, institution_id, group_id, staff_id, role, created_at)"
            " SELECT $4, $2, $5, id, 'teacher', now() FROM member",
            uuid4(),
            place.id,
            place.accounts[Role.TEACHER],
            uuid4(),
            place.group,
        )

    async def of_role(self, role: str, where: Place | None = None) -> Place:
        """An institution (by default the first) with one account of this role, the same each time.

        For those who are refused or find nothing: that changes nothing.
        """
        where = where or self.house.a
        if (where.id, role) not in self.standing:
            self.standing[where.id, role] = await self.newcomer(where, role)
        return self.standing[where.id, role]

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
