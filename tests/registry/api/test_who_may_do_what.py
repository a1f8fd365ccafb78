"""Every address of the application against `who_may_do_what.csv`, the written table of who may do what.

A row says who gets an answer (`yes`) and who is refused (`no`): somebody without credentials, each role, an operator,
a token whose scopes name something else. `session_only`: programs with tokens are refused whatever their role.
`foreign`: what somebody of another institution, in every role that gets a `yes`, gets with the ids of this one: `404`;
`own`, what belongs to the own institution only; `-`, nothing of any institution is shown there.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from core.access.credentials import new_api_token, token_digest
from core.access.permissions import Role
from core.kernel.ids import new_id
from tests.registry.api.asking import NOTHING, SAMPLES, Ask, World, addresses
from tests.registry_house import OPERATOR, House, Place, code

Row = Mapping[str, str]

TABLE: Final = Path(__file__).with_name("who_may_do_what.csv")
ROLES: Final = (*(role.value for role in Role), OPERATOR)
# Looking at a credential leaves a trace in its row, which is no change of what it is for.
_COUNTED: Final = ("sessions", "api_tokens")
_AT_ONCE: Final = 16
_PERSONAL: Final = frozenset({"GET /api/v1/connections/sign-in/callback"})
"""What is read once only, by who began it."""


def rows() -> Iterator[Row]:
    with TABLE.open(encoding="utf-8") as table:
        lines = (",".join(cell.strip() for cell in line.split(",")) for line in table)
        yield from csv.DictReader(lines, strict=True)


def by_address() -> dict[str, Row]:
    return {f"{row['method']} {row['path']}": row for row in rows()}


def blocks() -> Iterator[list[tuple[str, Row]]]:
    """The rows, some at a time: to look at every table takes longer than to ask."""
    rows = list(by_address().items())
    yield from (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))


@pytest.fixture
async def world(house_in_memory: House) -> World:
    made = World(house_in_memory)
    await made.furnish()
    return made


def test_every_cell_says_something_the_test_understands() -> None:
    for row in rows():
        answers = {row[name] for name in ("nobody", *ROLES, "other_scopes", "session_only")}
        assert answers <= {"yes", "no"}, row
        assert row["foreign"] in {"404", "own", "-"}, row
        assert row["foreign"] == "404" or "_id}" not in row["path"] or row["foreign"] == "-", row


def test_a_program_never_gets_what_needs_a_session() -> None:
    assert {row[Role.SERVICE_ACCOUNT] for row in rows() if row["session_only"] == "yes"} == {"no"}


async def test_every_address_has_a_row_and_every_row_an_address(house_in_memory: House) -> None:
    table = by_address()
    assert len(table) == len(list(rows())), "an address has two rows"
    assert set(table) == addresses(house_in_memory)
    described = house_in_memory.app.openapi()["paths"]
    assert {f"{method.upper()} {path}" for path in described for method in described[path]} <= set(table)
    assert set(SAMPLES) <= set(table)


async def test_who_may_gets_an_answer_and_who_may_not_changes_nothing(world: World) -> None:
    for block in blocks():
        asked = [(address, row, await _first_asking(world, address, row)) for address, row in block]
        refused = [(row, ask, await _refusals(world, row, place)) for _, row, (place, ask) in asked]
        before = await _state(world)
        for row, ask, questions in refused:
            for client, said in questions:
                _require_refusal(await ask.send(client, row["method"], row["path"]), row, said)
        assert await _state(world) == before, [address for address, _ in block]
        for address, row, (_, ask) in asked:
            await _served(world, address, row, ask)


async def test_nobody_reaches_another_institution(world: World) -> None:
    secrets = await _of_the_first(world)
    for block in blocks():
        foreign = [(address, row, _roles_elsewhere(row)) for address, row in block if row["foreign"] == "404"]
        asked = [(row, await _elsewhere(world, address, row, roles)) for address, row, roles in foreign if roles]
        before = await _state(world)
        for row, (ask, questions) in asked:
            for role, client in questions:
                _require_nothing_found(await ask.send(client, row["method"], row["path"]), ask, row, role, secrets)
        assert await _state(world) == before, [address for address, _ in block]
        for address, row in block:
            for role in _roles_elsewhere(row) if row["foreign"] == "own" else ():
                await _own_elsewhere(world, address, row, role, secrets)


async def _first_asking(world: World, address: str, row: Row) -> tuple[Place, Ask]:
    """A valid request of the first role that may; others are refused with it, and that must change nothing."""
    role = next(iter(_who(row, "yes")), Role.CLERK)
    place = await world.newcomer(world.house.a, role)
    return place, await _ask(world, address, place, role)


async def _refusals(world: World, row: Row, place: Place) -> list[tuple[httpx.AsyncClient, tuple[int, str]]]:
    """Who may not, and how each is refused."""
    role = next(iter(place.tokens))
    questions: list[tuple[httpx.AsyncClient, tuple[int, str]]] = []
    if row["nobody"] == "no":
        questions += [
            (world.house.stranger, (401, "not_signed_in")),
            (await _with_token(world, place, role, expired=True), (401, "credential_expired")),
            (world.house.a.client(headers={"Authorization": "Bearer dlt_nonsense"}), (401, "not_signed_in")),
        ]
        if row["other_scopes"] == "no":
            reason = "session_required" if row["session_only"] == "yes" else "forbidden"
            questions.append((await _with_token(world, place, role), (403, reason)))
    for refused in _who(row, "no"):
        colleague = await world.of_role(refused)
        session = row["session_only"] == "yes" and refused != Role.SERVICE_ACCOUNT
        client = colleague.browser(refused) if session else colleague.of(refused)
        reason = "session_required" if row["session_only"] == "yes" and not session else "forbidden"
        questions.append((client, (403, reason)))
    return questions


async def _served(world: World, address: str, row: Row, first: Ask) -> None:
    """Everybody who may: served, with a session too; and a program not where a session is needed."""
    # What only reads finds again what was made for the first.
    again = first if row["method"] in {"GET", "HEAD"} and address not in _PERSONAL else None
    if row["nobody"] == "yes":
        ask = again or await _ask(world, address, await world.newcomer(world.house.a, Role.CLERK), Role.CLERK)
        await _require_success(world.house.stranger, ask, row)
    for role in _who(row, "yes"):
        place = await world.newcomer(world.house.a, role)
        ask = again or await _ask(world, address, place, role)
        if row["nobody"] == "no" and row["session_only"] == "yes":
            _require_refusal(await ask.send(place.of(role), row["method"], row["path"]), row, (403, "session_required"))
            await _require_success(place.browser(role), ask, row)
        else:
            await _require_success(place.of(role), ask, row)
    if row["nobody"] == "no" and row["other_scopes"] == "yes":
        place = await world.newcomer(world.house.a, Role.CLERK)
        ask = again or await _ask(world, address, place, Role.CLERK)
        await _require_success(await _with_token(world, place, Role.CLERK), ask, row)


def _roles_elsewhere(row: Row) -> list[str]:
    return [role for role in _who(row, "yes") if role != OPERATOR]


async def _elsewhere(
    world: World, address: str, row: Row, roles: list[str]
) -> tuple[Ask, list[tuple[str, httpx.AsyncClient]]]:
    """What somebody of the other institution asks with ids of the first, in each role."""
    ask = await _ask(world, address, await world.newcomer(world.house.other, roles[0]), roles[0])
    places = [(role, await world.of_role(role, world.house.other)) for role in roles]
    session = row["session_only"] == "yes"
    return ask, [(role, place.browser(role) if session else place.of(role)) for role, place in places]


def _require_nothing_found(answer: httpx.Response, ask: Ask, row: Row, role: str, secrets: frozenset[str]) -> None:
    where = (row["method"], row["path"], role, answer.text)
    if row["method"] == "HEAD":
        assert answer.status_code == 404, where
    else:
        assert code(answer) == (404, "not_found"), where
    _require_silence(answer, ask, secrets, where)


async def _own_elsewhere(world: World, address: str, row: Row, role: str, secrets: frozenset[str]) -> None:
    place = await world.newcomer(world.house.other, role)
    ask = await _ask(world, address, place, role)
    client = place.browser(role) if row["session_only"] == "yes" else place.of(role)
    answer = await ask.send(client, row["method"], row["path"])
    assert answer.is_success, (address, role, answer.text)
    _require_silence(answer, ask, secrets, (address, role))


def _require_silence(answer: httpx.Response, ask: Ask, secrets: frozenset[str], where: tuple[str, ...]) -> None:
    assert not [secret for secret in secrets if secret in answer.text and secret not in str(ask)], where


def _who(row: Row, said: str) -> list[str]:
    return [role for role in ROLES if row[role] == said]


async def _ask(world: World, address: str, place: Place, role: str) -> Ask:
    return await SAMPLES.get(address, NOTHING)(world, place, role)


def _require_refusal(answer: httpx.Response, row: Row, said: tuple[int, str]) -> None:
    where = (row["method"], row["path"], answer.text)
    assert answer.headers["X-Request-Id"], where
    assert answer.headers["Content-Type"] == "application/problem+json", where
    if row["method"] == "HEAD":
        assert answer.status_code == said[0], where
    else:
        assert code(answer) == said, where


async def _require_success(client: httpx.AsyncClient, ask: Ask, row: Row) -> None:
    answer = await ask.send(client, row["method"], row["path"])
    assert answer.is_success, (row["method"], row["path"], client.headers, answer.text)
    assert answer.headers["X-Request-Id"]


async def _with_token(world: World, place: Place, role: str, *, expired: bool = False) -> httpx.AsyncClient:
    """A program with a further token of the account: out of date, or with a scope that no address asks for."""
    token = new_api_token()
    await world.house.owner.execute(
        "INSERT INTO api_tokens (id, institution_id, account_id, name, token_digest, scopes, created_by, created_at,"
        " expires_at) SELECT $1, institution_id, account_id, 'further', $2,"
        " CASE WHEN $3 THEN scopes ELSE '{institutions.create}' END,"
        " account_id, $4, CASE WHEN $3 THEN $4::timestamptz + interval '1 second' ELSE expires_at END"
        " FROM api_tokens WHERE account_id = $5 AND name = 'test'",
        new_id(),
        token_digest(token),
        expired,
        world.house.clock() if not expired else world.house.clock().replace(year=2025),
        place.accounts[role],
    )
    return place.client(headers={"Authorization": f"Bearer {token}"})


async def _state(world: World) -> Any:  # noqa: ANN401 - compared only
    """What every table holds, and which objects there are."""
    owner = world.house.owner
    names = [
        row["name"]
        for row in await owner.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ]
    parts = [
        f"SELECT '{name}' AS name, count(*) AS n, "  # noqa: S608 - names of tables
        + ("0" if name in _COUNTED else "coalesce(sum(hashtextextended(t::text, 0)), 0)")
        + f" AS digest FROM {name} t"
        for name in names
    ]
    found = await owner.fetch(" UNION ALL ".join(parts))
    return [tuple(row) for row in found], sorted(await world.house.objects())


async def _of_the_first(world: World) -> frozenset[str]:
    """Ids of everything of the first institution, and what its things are called."""
    a = world.house.a
    ids = {a.id, a.learner, a.personal_file, a.group, world.paper["id"], await world.job(), *a.accounts.values()}
    entries = await world.house.owner.fetch("SELECT id FROM audit_entries WHERE institution_id = $1", a.id)
    tokens = await world.house.owner.fetch("SELECT id FROM api_tokens WHERE institution_id = $1", a.id)
    return frozenset(map(str, {*ids, *(row["id"] for row in (*entries, *tokens)), *a.logins.values(), a.name}))
