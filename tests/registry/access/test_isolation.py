"""What PostgreSQL itself refuses, whatever the query layer forgets: raw SQL under the login of the service."""

# ruff: noqa: S608 - the names of tables are written in this file

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from core.access.credentials import token_digest
from core.kernel.database.isolation import EXCEPTIONS
from core.kernel.ids import INSTALLATION, new_id
from tests.registry.access.house import House

BOUND = ("memberships", "sessions", "api_tokens")


@pytest.fixture
async def service(house: House) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(house.service_url)
    yield connection
    await connection.close()


async def speak_for(service: asyncpg.Connection, institution: UUID | None, account: UUID | None = None) -> None:
    await service.execute(
        "SELECT set_config('deloteka.institution', $1, false), set_config('deloteka.account', $2, false)",
        str(institution or ""),
        str(account or ""),
    )


async def two_schools(house: House) -> tuple[UUID, UUID, UUID, UUID]:
    """Two institutions, and an administrator of each with a session and a token."""
    first = await house.administrator()
    second_id, second = await house.second_institution(first)
    for browser in (first, second):
        made = await browser.post("/api/v1/tokens", {"name": "Проба", "scopes": ["accounts.read"]})
        assert made.status_code == 201
    second_account = UUID((await second.get("/api/v1/session")).json()["account_id"])
    return house.first.institution_id, house.first.account_id, second_id, second_account


@pytest.mark.parametrize("table", [*BOUND, "accounts", "institutions"])
async def test_without_an_institution_there_are_no_rows(house: House, service: asyncpg.Connection, table: str) -> None:
    await two_schools(house)
    await speak_for(service, None)
    assert await service.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize("table", BOUND)
async def test_rows_of_another_institution_are_invisible_and_cannot_be_touched(
    house: House, service: asyncpg.Connection, table: str
) -> None:
    here, account, there, _ = await two_schools(house)
    await speak_for(service, here, account)
    assert await service.fetchval(f"SELECT count(*) FROM {table} WHERE institution_id = $1", here) > 0
    assert await service.fetchval(f"SELECT count(*) FROM {table} WHERE institution_id <> $1", here) == 0
    column = {"memberships": "note = 'x'", "sessions": "ended_at = now()", "api_tokens": "revoked_at = now()"}[table]
    assert await service.execute(f"UPDATE {table} SET {column} WHERE institution_id = $1", there) == "UPDATE 0"


async def test_rows_cannot_be_put_into_another_institution(house: House, service: asyncpg.Connection) -> None:
    here, account, there, _ = await two_schools(house)
    await speak_for(service, here, account)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await service.execute(
            "INSERT INTO memberships (id, institution_id, account_id, roles, created_at)"
            " VALUES ($1, $2, $3, '{clerk}', now())",
            new_id(),
            there,
            account,
        )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("UPDATE memberships SET institution_id = $1", there)


async def test_accounts_of_strangers_are_invisible_and_cannot_be_changed(
    house: House, service: asyncpg.Connection
) -> None:
    here, account, _, stranger = await two_schools(house)
    await speak_for(service, here, account)
    assert {row["id"] for row in await service.fetch("SELECT id FROM accounts")} == {account}
    changed = await service.execute("UPDATE accounts SET display_name = 'x' WHERE id = $1", stranger)
    assert changed == "UPDATE 0"


async def test_other_institutions_are_invisible_and_cannot_be_changed(
    house: House, service: asyncpg.Connection
) -> None:
    here, account, there, _ = await two_schools(house)
    await speak_for(service, here, account)
    assert [row["id"] for row in await service.fetch("SELECT id FROM institutions")] == [here]
    assert await service.execute("UPDATE institutions SET name = 'x' WHERE id = $1", there) == "UPDATE 0"
    await speak_for(service, INSTALLATION)
    assert await service.fetchval("SELECT count(*) FROM institutions") == 2
    assert await service.execute("UPDATE institutions SET name = 'x'") == "UPDATE 0"


@pytest.mark.parametrize("column", ["is_operator = true", "is_first = true", "login = 'x.x'", "kind = 'service'"])
async def test_nobody_becomes_an_operator_by_an_update(house: House, service: asyncpg.Connection, column: str) -> None:
    await speak_for(service, house.first.institution_id, house.first.account_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(f"UPDATE accounts SET {column}")


async def test_no_operator_is_made_in_the_work_of_an_institution(house: House, service: asyncpg.Connection) -> None:
    await speak_for(service, house.first.institution_id, house.first.account_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await service.execute(
            "INSERT INTO accounts (id, login, display_name, kind, is_operator, created_at)"
            " VALUES ($1, 'intruder', 'x', 'person', true, now())",
            new_id(),
        )


async def test_credentials_of_strangers_are_not_ended_from_elsewhere(house: House, service: asyncpg.Connection) -> None:
    here, account, _, stranger = await two_schools(house)
    for institution in (None, here):
        await speak_for(service, institution, account if institution else None)
        await service.execute("SELECT end_credentials($1, NULL, true, now())", stranger)
    open_rows = "SELECT count(*) FROM sessions WHERE account_id = $1 AND ended_at IS NULL"
    assert await house.owner.fetchval(open_rows, stranger) == 1


async def test_a_temporary_table_cannot_stand_in_for_a_real_one(house: House, service: asyncpg.Connection) -> None:
    try:
        await service.execute("CREATE TEMP TABLE api_tokens AS SELECT * FROM api_tokens")
    except asyncpg.InsufficientPrivilegeError:
        return
    forged = (
        "INSERT INTO pg_temp.api_tokens SELECT $1, $2, $3, 'x', $4, '{accounts.manage}', $3, now(), NULL, 'infinity'"
    )
    await service.execute(forged, new_id(), house.first.institution_id, house.first.account_id, token_digest("x"))
    assert not await service.fetch("SELECT * FROM authenticate($1, now(), '1 hour')", token_digest("x"))


async def test_impossible_roles_are_refused_by_the_table(house: House) -> None:
    for roles in (["administrator", "clerk"], ["service_account", "clerk"], [], ["emperor"]):
        with pytest.raises(asyncpg.CheckViolationError):
            await house.owner.execute("UPDATE memberships SET roles = $1", roles)


async def test_every_table_is_bound_to_its_institution_or_a_written_exception(house: House) -> None:
    tables = await house.owner.fetch(
        "SELECT c.relname AS name, c.relrowsecurity AS bound, pg_get_userbyid(c.relowner) AS owner,"
        " EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'institution_id'"
        "          AND a.attnotnull) AS belongs,"
        " EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid"
        "          AND p.polroles @> ARRAY['deloteka_app'::regrole::oid]) AS policy"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    )
    names = {row["name"] for row in tables}
    assert names >= set(BOUND)
    assert set(EXCEPTIONS) <= names, "an exception for a table that does not exist"
    for row in tables:
        assert row["owner"] != "deloteka_service", row["name"]
        if row["name"] not in EXCEPTIONS:
            assert row["belongs"], row["name"]
            assert row["bound"], row["name"]
            assert row["policy"], row["name"]


async def test_no_policy_lets_everybody_through(house: House) -> None:
    rows = await house.owner.fetch("SELECT polrelid::regclass::text AS name FROM pg_policy WHERE polroles @> '{0}'")
    assert rows == []


async def test_every_narrow_door_searches_temporary_tables_last_and_is_closed_to_the_public(house: House) -> None:
    doors = ("authenticate", "institutions_of", "serves_elsewhere", "end_credentials", "forget_stale_access")
    rows = await house.owner.fetch(
        "SELECT proname, proconfig, proacl::text AS rights FROM pg_proc WHERE prosecdef AND proname = ANY ($1)", doors
    )
    assert {row["proname"] for row in rows} == set(doors)
    for row in rows:
        assert "search_path=pg_catalog, public, pg_temp" in row["proconfig"]
        assert "deloteka_app=X" in row["rights"]
        assert "{=X" not in row["rights"]
        assert ",=X" not in row["rights"]
