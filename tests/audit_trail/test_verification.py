"""Whatever somebody with every right on the database changes in the trail, verification names it."""

import pytest

from core.kernel.audit.report import Fault
from core.kernel.audit.verification import verify_trail
from tests.audit_trail.trail import Trail

# what is done to a chain of five, what is found
TAMPERED = [
    ("UPDATE audit_entries SET action = 'document.viewed' WHERE id = $3", {Fault.ALTERED_ENTRY: 1}),
    ("UPDATE audit_entries SET actor_id = gen_random_uuid() WHERE id = $3", {Fault.ALTERED_ENTRY: 1}),
    ("UPDATE audit_entries SET recorded_at = recorded_at + interval '1 us' WHERE id = $3", {Fault.ALTERED_ENTRY: 1}),
    ("UPDATE audit_entries SET purpose = 'x', source = 'y' WHERE id = $5", {Fault.ALTERED_ENTRY: 1}),
    ("UPDATE audit_entries SET institution_id = gen_random_uuid() WHERE id = $3", {Fault.REMOVED_ENTRY: 1}),
    ("UPDATE audit_seals SET sealed_at = sealed_at + interval '1 s' WHERE position = 3", {Fault.ALTERED_ENTRY: 1}),
    ("UPDATE audit_seals SET digest = sha256('x') WHERE position = 3", {Fault.ALTERED_SEAL: 1}),
    ("UPDATE audit_seals SET digest = sha256('x') WHERE position = 5", {Fault.ALTERED_ENTRY: 1}),
    ("DELETE FROM audit_entries WHERE id = $3", {Fault.REMOVED_ENTRY: 1}),
    ("DELETE FROM audit_payloads WHERE entry_id = $3", {Fault.REMOVED_PAYLOAD: 1}),
    ("UPDATE audit_payloads SET payload = '{}' WHERE entry_id = $3", {Fault.ALTERED_PAYLOAD: 1}),
    ("UPDATE audit_payloads SET salt = sha256('x') WHERE entry_id = $3", {Fault.ALTERED_PAYLOAD: 1}),
    (
        "UPDATE audit_payloads SET payload = NULL, salt = NULL, blanked_by = $4 WHERE entry_id = $3",
        {Fault.BLANKED_WITHOUT_REASON: 1},
    ),
    ("DELETE FROM audit_seals WHERE position = 1", {Fault.GAP_IN_POSITIONS: 1, Fault.NEVER_SEALED: 1}),
    (
        "DELETE FROM audit_seals WHERE position IN (2, 3); DELETE FROM audit_entries WHERE id IN ($2, $3)",
        {Fault.GAP_IN_POSITIONS: 1},
    ),
    ("DELETE FROM audit_seals WHERE position = 5", {Fault.NEVER_SEALED: 1}),
    (
        "UPDATE audit_seals SET entry_id = CASE position WHEN 2 THEN $3 ELSE $2 END WHERE position IN (2, 3)",
        {Fault.REORDERED: 2},
    ),
    (
        "UPDATE audit_seals SET entry_id = CASE position WHEN 1 THEN $4 ELSE $1 END WHERE position IN (1, 4)",
        {Fault.REORDERED: 2},
    ),
    (
        (
            "DELETE FROM audit_seals WHERE position = 2; DELETE FROM audit_entries WHERE id = $2;"
            " UPDATE audit_seals SET position = position - 1 WHERE position > 2"
        ),
        {Fault.ALTERED_ENTRY: 3},
    ),
]


@pytest.mark.parametrize(("statement", "found"), TAMPERED)
async def test_what_was_tampered_with_is_named(trail: Trail, statement: str, found: dict[Fault, int]) -> None:
    ids = await trail.sealed(5)
    assert (await trail.verify()).sound
    for number, entry_id in enumerate(ids, start=1):
        statement = statement.replace(f"${number}", f"'{entry_id}'::uuid")
    await trail.tamper(
        "ALTER TABLE audit_seals DROP CONSTRAINT audit_seals_entry_id_key",
        "ALTER TABLE audit_seals DROP CONSTRAINT audit_seals_pkey",
        statement,
    )
    trail.clock.move(hours=1)
    assert await trail.faults() == found


async def test_a_finding_says_where(trail: Trail) -> None:
    ids = await trail.sealed(5)
    await trail.database.owner.execute("ALTER TABLE audit_entries DISABLE TRIGGER USER")
    await trail.database.owner.execute("UPDATE audit_entries SET action = 'document.viewed' WHERE id = $1", ids[2])
    (finding,) = (await trail.verify()).findings
    assert (finding.fault, finding.position, finding.entry_id) == (Fault.ALTERED_ENTRY, 3, ids[2])


async def test_an_entry_waits_quietly_inside_the_window_and_is_a_fault_outside(trail: Trail) -> None:
    await trail.write(2)
    report = await trail.verify()
    assert (report.sound, report.waiting) == (True, 2)
    trail.clock.move(hours=1)
    assert await trail.faults() == {Fault.NEVER_SEALED: 2}


async def test_an_entry_that_the_service_hides_from_the_sealer_is_found(trail: Trail) -> None:
    await trail.write(2)
    async with trail.database.service.work(trail.scope) as work:
        await work.run("DELETE FROM audit_unsealed WHERE institution_id = $1", [trail.institution])
    assert await trail.seal() == 0
    trail.clock.move(hours=1)
    assert await trail.faults() == {Fault.NEVER_SEALED: 2}


async def test_many_faults_are_counted_and_some_are_shown(trail: Trail) -> None:
    await trail.write_many(1_300)
    await trail.seal()
    await trail.tamper("UPDATE audit_entries SET purpose = 'other'")
    report = await trail.verify()
    assert report.counts == {Fault.ALTERED_ENTRY: 1_300}
    assert len(report.findings) == 1_000


async def test_a_gap_wider_than_a_page_hides_nothing_behind_it(trail: Trail) -> None:
    await trail.write_many(30)
    await trail.seal()
    await trail.tamper(
        "DELETE FROM audit_payloads p USING audit_seals s WHERE s.entry_id = p.entry_id AND position BETWEEN 5 AND 25",
        "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_seals WHERE position BETWEEN 5 AND 25)",
        "DELETE FROM audit_seals WHERE position BETWEEN 5 AND 25",
        "UPDATE audit_entries SET purpose = 'x' WHERE id = (SELECT entry_id FROM audit_seals WHERE position = 30)",
    )
    report = await verify_trail(trail.database.service, None, trail.institution, batch=4)
    assert report.counts == {Fault.GAP_IN_POSITIONS: 1, Fault.ALTERED_ENTRY: 1}
    assert report.findings[0].detail == "21 seals are missing after position 4"
