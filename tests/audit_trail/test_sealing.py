"""Entries are chained behind the writers' backs, in order, whatever happens."""

import asyncio

import pytest

from core.kernel.audit.sealing import seal_all, seal_entries
from core.kernel.errors import StaleState
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from tests.audit_trail.trail import Trail


async def test_sealed_entries_form_a_sound_chain_in_the_order_of_their_ids(trail: Trail) -> None:
    ids = await trail.write(7)
    assert await trail.seal() == 7
    rows = await trail.database.owner.fetch("SELECT entry_id FROM audit_seals ORDER BY position")
    assert [row["entry_id"] for row in rows] == ids
    report = await trail.verify()
    assert report.sound
    assert (report.sealed, report.waiting, report.head_position) == (7, 0, 7)


async def test_a_second_sealing_finds_nothing_to_do_and_a_third_goes_on_where_the_chain_ends(trail: Trail) -> None:
    await trail.sealed(3)
    assert await trail.seal() == 0
    await trail.write(2)
    assert await trail.seal() == 2
    report = await trail.verify()
    assert report.sound
    assert report.head_position == 5


async def test_an_undone_transaction_leaves_no_entry(trail: Trail) -> None:
    async def fail() -> None:
        async with trail.database.service.work(trail.scope) as work:
            work.record("document.uploaded", "document", "d-1")
            await work.flush()
            raise StaleState

    with pytest.raises(StaleState):
        await fail()
    assert await trail.database.owner.fetchval("SELECT count(*) FROM audit_entries") == 0


async def test_sealers_at_once_seal_each_entry_once(trail: Trail) -> None:
    await trail.write_many(300)
    counts = await asyncio.gather(
        *(seal_entries(trail.database.service, trail.institution, batch=50) for _ in range(4))
    )
    assert sum(counts) == 300
    report = await trail.verify()
    assert report.sound
    assert report.sealed == 300


async def test_writers_wait_neither_for_each_other_nor_for_the_sealer(trail: Trail) -> None:
    await trail.write(1)
    async with trail.database.service.work(trail.scope) as sealer:
        await sealer.rows(
            "SELECT pg_advisory_xact_lock(hashtextextended('audit.sealing:' || $1, 0))", [str(trail.institution)]
        )
        async with trail.database.service.work(trail.scope) as slow:
            slow.record("document.uploaded", "document", "d-2")
            await slow.flush()
            async with asyncio.timeout(5):
                await trail.write(1)
    assert await trail.seal() == 3


async def test_an_entry_that_commits_late_is_sealed_after_its_elders(trail: Trail) -> None:
    async with trail.database.service.work(trail.scope) as late:
        first = late.record("document.uploaded", "document", "d-1")
        await late.flush()
        (second,) = await trail.write(1)
        assert await trail.seal() == 1
    assert await trail.seal() == 1
    rows = await trail.database.owner.fetch("SELECT entry_id FROM audit_seals ORDER BY position")
    assert [row["entry_id"] for row in rows] == [second, first]
    assert (await trail.verify()).sound


async def test_every_institution_has_a_chain_of_its_own(trail: Trail) -> None:
    other = Scope(institution_id=new_id())
    await trail.write(2)
    async with trail.database.service.work(other) as work:
        work.record("document.uploaded", "document", "d-9")
    assert await seal_all(trail.database.service) == 3
    rows = await trail.database.owner.fetch(
        "SELECT institution_id, max(position) AS head FROM audit_seals GROUP BY institution_id"
    )
    assert {row["institution_id"]: row["head"] for row in rows} == {trail.institution: 2, other.institution_id: 1}


async def test_payloads_of_every_kind_come_back_as_they_were_hashed(trail: Trail) -> None:
    payload = {
        "text": 'Ёж \0 \ud800 \u2028 "quoted"',
        "numbers": [0, -1, 10**30, 0.1, 1e-7, 1e20, 1.0, -0.0, float("inf")],
        "nested": {"empty": {}, "list": [], "none": None, "true": True},
        "id": new_id(),
        "moment": trail.clock(),
    }
    async with trail.database.service.work(trail.scope) as work:
        work.record("document.uploaded", "document", "d-\0", payload)
    await trail.seal()
    assert (await trail.verify()).sound


async def test_a_backlog_larger_than_one_batch_is_sealed_and_verified_whole(trail: Trail) -> None:
    await trail.write_many(6_000)
    assert await trail.seal() == 6_000
    report = await trail.verify()
    assert report.sound
    assert report.sealed == 6_000
