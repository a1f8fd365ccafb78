"""What identifies a person can be taken out by a lawful destruction, by nothing else, and the chain stays whole."""

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from core.kernel.audit.blanking import BlankingRefused, blank_payloads
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from tests.audit_trail.trail import Trail

REFUSED = [
    "UPDATE audit_entries SET action = 'document.viewed'",
    "DELETE FROM audit_entries",
    "TRUNCATE audit_entries CASCADE",
    "UPDATE audit_payloads SET payload = '{}'",
    "UPDATE audit_payloads SET payload = NULL, salt = NULL, blanked_by = entry_id",
    "DELETE FROM audit_payloads",
    "TRUNCATE audit_payloads",
    "UPDATE audit_seals SET position = position + 1",
    "DELETE FROM audit_seals",
    "TRUNCATE audit_seals",
    "DELETE FROM audit_anchors",
]


async def blanked(trail: Trail) -> int:
    async with trail.database.service.work(trail.scope) as work:
        reason = work.record("document.destroyed", "document", "d-1", {"act": "2026-1"})
        return await blank_payloads(work, "document", "d-1", reason)


async def test_payloads_about_a_destroyed_object_are_blanked_and_the_chain_stays_sound(trail: Trail) -> None:
    await trail.sealed(3)
    await trail.write(1, object_id="d-2")
    assert await blanked(trail) == 3
    await trail.seal()
    rows = await trail.database.owner.fetch(
        "SELECT e.object_id, p.payload, p.salt FROM audit_entries e JOIN audit_payloads p ON p.entry_id = e.id"
        " ORDER BY e.id"
    )
    assert [(row["object_id"], row["payload"] is None, row["salt"] is None) for row in rows] == [
        ("d-1", True, True),
        ("d-1", True, True),
        ("d-1", True, True),
        ("d-2", False, False),
        ("d-1", False, False),
    ]
    assert (await trail.verify()).sound


async def test_blanking_again_changes_nothing(trail: Trail) -> None:
    await trail.sealed(3)
    await blanked(trail)
    async with trail.database.service.work(trail.scope) as work:
        reason = work.record("document.destroyed", "document", "d-1")
        assert await blank_payloads(work, "document", "d-1", reason) == 1
    await trail.seal()
    assert (await trail.verify()).sound


@pytest.mark.parametrize(
    ("action", "object_id"),
    [("document.viewed", "d-1"), ("document.destroyed", "d-2")],
    ids=["no end", "another object"],
)
async def test_an_entry_that_is_no_reason_blanks_nothing(trail: Trail, action: str, object_id: str) -> None:
    await trail.sealed(3)
    async with trail.database.service.work(trail.scope) as work:
        reason = work.record(action, "document", object_id)
        with pytest.raises(BlankingRefused):
            await blank_payloads(work, "document", "d-1", reason)


async def test_another_institution_blanks_nothing_of_ours(trail: Trail) -> None:
    await trail.sealed(3)
    async with trail.database.service.work(Scope(institution_id=new_id())) as work:
        reason = work.record("document.destroyed", "document", "d-1")
        assert await blank_payloads(work, "document", "d-1", reason) == 0
    count = await trail.database.owner.fetchval("SELECT count(*) FROM audit_payloads WHERE payload IS NULL")
    assert count == 0


@pytest.mark.parametrize("statement", REFUSED)
async def test_nobody_changes_or_prunes_the_trail(trail: Trail, statement: str) -> None:
    await trail.sealed(2)
    await trail.anchor()
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await trail.database.owner.execute(statement)
    assert refusal.value.sqlstate == "DL001"
    service = await asyncpg.connect(trail.database.service_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    finally:
        await service.close()


async def _blank_by_a_table_of_ones_own(trail: Trail) -> None:
    async with trail.database.service.work(trail.scope) as work:
        reason = work.record("document.viewed", "document", "d-1")
        await work.flush()
        await work.run("CREATE TEMP TABLE audit_entries (LIKE public.audit_entries)")
        await work.run(
            "INSERT INTO pg_temp.audit_entries SELECT id, institution_id, recorded_at, actor_kind, actor_id,"
            " 'document.destroyed', object_type, object_id, purpose, source, request_id, payload_digest"
            " FROM public.audit_entries"
        )
        await work.rows("SELECT blank_audit_payloads('document', 'd-1', $1)", [reason])


async def test_the_function_that_blanks_reads_no_table_its_caller_made(trail: Trail) -> None:
    (entry, *_) = await trail.sealed(2)
    with pytest.raises((OperationalError, asyncpg.PostgresError)):
        await _blank_by_a_table_of_ones_own(trail)
    count = await trail.database.owner.fetchval(
        "SELECT count(*) FROM audit_payloads WHERE entry_id = $1 AND payload IS NULL", entry
    )
    assert count == 0


async def test_rows_of_another_institution_are_neither_seen_nor_written(trail: Trail) -> None:
    await trail.sealed(2)
    async with trail.database.service.work(Scope(institution_id=new_id())) as work:
        for table in ("audit_entries", "audit_payloads", "audit_seals", "audit_unsealed", "outbox_events", "jobs"):
            assert await work.rows(f"SELECT * FROM {table}") == []  # noqa: S608 - names from the line above
    with pytest.raises(Exception, match="row-level security"):
        async with trail.database.service.work(Scope(institution_id=new_id())) as work:
            await work.run("INSERT INTO audit_unsealed SELECT gen_random_uuid(), $1", [trail.institution])
