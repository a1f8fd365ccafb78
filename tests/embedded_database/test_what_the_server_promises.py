"""What the service may rely on in an embedded PostgreSQL: Russian, roles, settings."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from core.kernel.database.embedded import EmbeddedPostgres


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("lower('ЁЖ')", "ёж"),
        ("upper('съёмка')", "СЪЁМКА"),
        ("initcap('иванова пётр')", "Иванова Пётр"),
        ("'ЁЖ' ILIKE 'ёж'", True),
        ("'Аттестат' ~* '^АТТЕСТАТ$'", True),
        ("'Ш' ~ '^[[:alpha:]]$'", True),
        ("to_tsvector('russian', 'Аттестаты о среднем образовании') @@ plainto_tsquery('russian', 'аттестат')", True),
        ("to_tsvector('russian', 'ПРИКАЗЫ') @@ plainto_tsquery('russian', 'приказом')", True),
        ("current_setting('data_checksums')", "on"),
        ("current_setting('server_encoding')", "UTF8"),
        ("current_setting('TimeZone')", "UTC"),
        ("current_setting('unix_socket_directories')", ""),
        ("current_setting('listen_addresses')", "127.0.0.1"),
        ("current_setting('password_encryption')", "scram-sha-256"),
        ("current_setting('log_statement')", "none"),
        ("current_setting('log_min_error_statement')", "panic"),
        ("current_setting('log_parameter_max_length_on_error')", "0"),
    ],
)
async def test_the_server_answers_as_promised(owner: asyncpg.Connection, question: str, answer: object) -> None:
    assert await owner.fetchval(f"SELECT {question}") == answer


async def test_trigrams_forgive_case_and_endings_in_cyrillic(owner: asyncpg.Connection) -> None:
    await owner.execute("CREATE EXTENSION pg_trgm")
    assert await owner.fetchval("SELECT similarity('Иванов', 'ИВАНОВА')") > 0.6


async def test_the_extensions_the_registry_needs_are_there(owner: asyncpg.Connection) -> None:
    names = {row["name"] for row in await owner.fetch("SELECT name FROM pg_available_extensions")}
    assert {"pg_trgm", "unaccent", "btree_gist", "citext", "ltree"} <= names


async def test_the_services_role_has_no_right_to_step_over_row_level_security(owner: asyncpg.Connection) -> None:
    role = await owner.fetchrow("SELECT * FROM pg_roles WHERE rolname = 'deloteka_service'")
    assert role is not None
    assert role["rolcanlogin"]
    forbidden = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    assert not any(role[right] for right in forbidden)


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE mine (id int)", "CREATE ROLE friend", "CREATE DATABASE mine", "SET ROLE deloteka_owner"],
)
async def test_the_service_may_not_make_or_become_anything(service: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(statement)


async def test_row_level_security_binds_the_service_and_not_the_owner(
    owner: asyncpg.Connection, service: asyncpg.Connection
) -> None:
    await owner.execute(
        "CREATE TABLE note (institution int); INSERT INTO note VALUES (1), (2);"
        "ALTER TABLE note ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON note USING (institution = 1);"
        "GRANT SELECT ON note TO deloteka_service"
    )
    assert await service.fetchval("SELECT count(*) FROM note") == 1
    assert await owner.fetchval("SELECT count(*) FROM note") == 2


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_nobody_comes_in_without_the_password(postgres: EmbeddedPostgres, password: str) -> None:
    parts = urlsplit(postgres.app_url)
    stranger = parts._replace(netloc=f"deloteka_service:{password}@127.0.0.1:{postgres.port}")
    with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InterfaceError)):
        await asyncpg.connect(urlunsplit(stranger), password=password)


def _listening() -> list[str]:
    tables = [Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6") if Path(f"/proc/net/{name}").exists()]
    rows = [line.split() for table in tables for line in table.splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "0A"]


async def test_the_server_listens_on_the_loopback_only(postgres: EmbeddedPostgres) -> None:
    mine = [address for address in _listening() if address.endswith(f":{postgres.port:04X}")]
    assert mine == [f"0100007F:{postgres.port:04X}"]


async def test_a_new_database_is_closed_to_other_roles(owner: asyncpg.Connection, database: str) -> None:
    await owner.execute("DROP ROLE IF EXISTS visitor; CREATE ROLE visitor")
    assert not await owner.fetchval("SELECT has_database_privilege('visitor', $1, 'CONNECT')", database)
    assert await owner.fetchval("SELECT has_database_privilege('deloteka_service', $1, 'CONNECT')", database)
    await owner.execute("DROP ROLE visitor")


async def test_a_database_is_made_from_a_template(postgres: EmbeddedPostgres, database: str) -> None:
    owner = await asyncpg.connect(postgres.owner_url_of(database))
    await owner.execute("CREATE TABLE diploma (number text); INSERT INTO diploma VALUES ('107704')")
    await owner.close()
    await postgres.create_database(f"{database}_copy", template=database)
    copy = await asyncpg.connect(postgres.owner_url_of(f"{database}_copy"))
    assert await copy.fetchval("SELECT number FROM diploma") == "107704"
    await postgres.drop_database(f"{database}_copy")
    await copy.close()


async def test_a_taken_name_is_refused_and_an_absent_one_is_dropped_quietly(
    postgres: EmbeddedPostgres, database: str
) -> None:
    with pytest.raises(asyncpg.DuplicateDatabaseError):
        await postgres.create_database(database)
    await postgres.drop_database('never "there"')


async def test_the_log_holds_no_statement_and_no_value(postgres: EmbeddedPostgres, owner: asyncpg.Connection) -> None:
    await owner.execute("CREATE TABLE person (name text UNIQUE); INSERT INTO person VALUES ('Чичиков')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await owner.execute("INSERT INTO person VALUES ('Чичиков')")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await owner.execute("SELECT 'Ноздрёв'::int")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await owner.fetchval("SELECT 1 / length(left($1, 0)), 'Плюшкин'", "Собакевич")
    await asyncio.sleep(0)
    files = list((postgres.folder / "log").iterdir())
    assert files
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert not [name for name in ("Чичиков", "Ноздрёв", "Плюшкин", "Собакевич", "INSERT", "SELECT") if name in text]
