"""The head of each chain lies outside the database too, so that a rewritten or shortened chain is found."""

import asyncio
from pathlib import Path

import pytest

from core.kernel.audit.anchors import Anchor, Anchorer, TrailBroken
from core.kernel.audit.report import Fault
from core.kernel.audit.verification import institutions_to_verify
from core.kernel.ids import new_id
from storage.digest import sha256_of
from storage.errors import ObjectLocked, StoreUnavailable
from storage.keys import anchor_key
from storage.objects import Capabilities
from tests.audit_trail.trail import Trail

CUT_TAIL = (
    "DELETE FROM audit_payloads WHERE entry_id IN (SELECT entry_id FROM audit_seals WHERE position > 3)",
    "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals WHERE position > 3)",
    "DELETE FROM audit_seals WHERE position > 3",
)
FORGET_ANCHORS = "DELETE FROM audit_anchors"


async def anchors_written(trail: Trail) -> list[int]:
    rows = await trail.database.owner.fetch("SELECT position FROM audit_anchors ORDER BY position")
    return [row["position"] for row in rows]


async def test_an_anchor_is_written_for_a_chain_that_has_grown_and_not_otherwise(trail: Trail) -> None:
    assert not await trail.anchor()
    await trail.sealed(3)
    assert await trail.anchor()
    assert not await trail.anchor()
    await trail.sealed(2)
    assert await trail.anchor()
    assert await anchors_written(trail) == [3, 5]
    report = await trail.verify()
    assert (report.sound, report.anchors) == (True, 2)


async def test_an_anchor_names_the_one_before_it_and_reads_back(trail: Trail) -> None:
    await trail.sealed(3)
    await trail.anchor()
    await trail.sealed(1)
    await trail.anchor()
    async with trail.vault.open(anchor_key(trail.institution, 4)) as stream:
        anchor = Anchor.from_json(await stream.read())
    assert (anchor.position, anchor.previous_position) == (4, 3)
    assert Anchor.from_json(anchor.to_json()) == anchor
    with pytest.raises(ValueError, match="anchor"):
        Anchor.from_json(b"[]")
    with pytest.raises(ValueError, match="anchor"):
        Anchor.from_json(anchor.to_json().replace(b'"format"', b' "format"'))


async def test_an_anchor_cannot_be_deleted_for_ten_years(trail: Trail) -> None:
    await trail.sealed(3)
    await trail.anchor()
    with pytest.raises(ObjectLocked):
        await trail.vault.destroy(anchor_key(trail.institution, 3))


async def test_a_store_without_locks_still_keeps_anchors(trail: Trail) -> None:
    trail.vault.granted = Capabilities(versioning=True)
    await trail.sealed(3)
    assert await trail.anchor()
    assert (await trail.verify()).anchors == 1


async def test_a_crash_between_object_and_row_leaves_a_row_after_the_next_run(trail: Trail) -> None:
    await trail.sealed(3)
    trail.vault.faults.lose_next_answers = 1
    with pytest.raises(StoreUnavailable):
        await trail.anchor()
    assert await anchors_written(trail) == []
    assert (await trail.verify()).sound
    await trail.sealed(2)
    assert await trail.anchor()
    assert await anchors_written(trail) == [3, 5]
    assert (await trail.verify()).sound


async def test_a_cut_off_tail_is_found_by_the_anchors(trail: Trail) -> None:
    await trail.sealed(5)
    await trail.anchor()
    await trail.tamper(*CUT_TAIL)
    assert await trail.faults() == {Fault.ANCHOR_AHEAD_OF_CHAIN: 1}
    with pytest.raises(TrailBroken):
        await trail.anchor()


async def test_a_cut_off_tail_is_found_although_the_rows_of_the_anchors_went_with_it(trail: Trail) -> None:
    await trail.sealed(5)
    await trail.anchor()
    await trail.tamper(*CUT_TAIL, FORGET_ANCHORS)
    trail.clock.move(hours=1)
    assert await trail.faults() == {Fault.ANCHOR_AHEAD_OF_CHAIN: 1, Fault.ANCHOR_UNRECORDED: 1}


async def test_a_chain_that_was_cut_and_grew_again_contradicts_its_anchor(trail: Trail) -> None:
    await trail.sealed(5)
    await trail.anchor()
    await trail.tamper(*CUT_TAIL, FORGET_ANCHORS)
    await trail.sealed(4)
    assert await trail.faults() == {Fault.ANCHOR_MISMATCH: 1}
    with pytest.raises(TrailBroken):
        await trail.anchor()


async def test_an_anchor_that_the_store_lost_is_named(trail: Trail) -> None:
    trail.vault.granted = Capabilities(versioning=True)
    await trail.sealed(5)
    await trail.anchor()
    await trail.vault.destroy(anchor_key(trail.institution, 5))
    assert await trail.faults() == {Fault.ANCHOR_LOST: 1}


async def test_a_changed_row_of_an_anchor_is_named(trail: Trail) -> None:
    await trail.sealed(5)
    await trail.anchor()
    await trail.tamper("UPDATE audit_anchors SET digest = sha256('x')")
    assert await trail.faults() == {Fault.ANCHOR_MISMATCH: 1}


async def test_one_broken_chain_does_not_keep_the_others_from_their_anchors(trail: Trail) -> None:
    await trail.sealed(5)
    await trail.anchor()
    await trail.tamper(*CUT_TAIL)
    other = Trail(trail.database, trail.clock, new_id(), trail.vault)
    await other.sealed(2)
    with pytest.raises(TrailBroken):
        await Anchorer(trail.database.service, trail.vault).anchor_all()
    assert (await other.verify()).anchors == 1


async def test_workers_that_anchor_at_once_leave_one_anchor(trail: Trail) -> None:
    await trail.sealed(3)
    await asyncio.gather(*(trail.anchor() for _ in range(4)))
    await trail.anchor()
    assert await anchors_written(trail) == [3]
    report = await trail.verify()
    assert (report.sound, report.anchors) == (True, 1)


async def test_a_foreign_object_among_the_anchors_is_named(trail: Trail, tmp_path: Path) -> None:
    await trail.sealed(3)
    forged = tmp_path / "forged"
    forged.write_bytes(b"{}")
    await trail.vault.put(
        anchor_key(trail.institution, 2), forged, sha256=sha256_of(b"{}"), size=2, media_type="application/json"
    )
    assert await trail.faults() == {Fault.ANCHOR_UNREADABLE: 1}
    assert await trail.anchor()
    assert await anchors_written(trail) == [3]


async def test_an_anchor_of_another_position_or_institution_proves_nothing(trail: Trail, tmp_path: Path) -> None:
    await trail.sealed(3)
    await trail.anchor()
    async with trail.vault.open(anchor_key(trail.institution, 3)) as stream:
        data = await stream.read()
    copy = tmp_path / "copy"
    copy.write_bytes(data)
    await trail.vault.put(
        anchor_key(trail.institution, 1), copy, sha256=sha256_of(data), size=len(data), media_type="application/json"
    )
    assert await trail.faults() == {Fault.ANCHOR_UNREADABLE: 1}


async def test_an_institution_without_any_entry_left_is_known_by_its_anchors(trail: Trail) -> None:
    await trail.sealed(3)
    await trail.anchor()
    everything = ("audit_unsealed", "audit_payloads", "audit_entries", "audit_seals", "audit_anchors")
    await trail.tamper(*(f"DELETE FROM {table}" for table in everything))  # noqa: S608 - names from the line above
    assert await institutions_to_verify(trail.database.service, None) == []
    assert await institutions_to_verify(trail.database.service, trail.vault) == [trail.institution]
    trail.clock.move(hours=1)
    assert await trail.faults() == {Fault.ANCHOR_AHEAD_OF_CHAIN: 1, Fault.ANCHOR_UNRECORDED: 1}
