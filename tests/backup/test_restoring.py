"""What was saved comes back byte for byte; what was destroyed since does not, and what was held since is held."""

import asyncio
import json
import secrets
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.kernel.audit.verification import verify_trail
from core.preservation.checking import faults_of
from core.preservation.errors import BackupTooNew, BackupUnsound, PlaceNotEmpty
from core.preservation.folder import BackupFolder
from core.preservation.ledger import LedgerCopier, stored_ledger
from core.preservation.manifest import NAME, Manifest
from core.preservation.restoring import Restorer
from core.preservation.taking import take_backup
from storage.errors import StoreFull
from storage.memory import Faults, MemoryVault
from storage.s3 import S3Vault
from tests.backup.places import Places, anchored, command, take
from tests.kernel_database import HandClock
from tests.registry.cases.desk import hold
from tests.registry.documents.papers import (
    DOCUMENTS,
    add_version,
    decide,
    keep,
    quarantine,
    read,
    text,
    withdraw,
    withdraw_version,
)
from tests.registry_house import House

LARGE = 9 * 1024 * 1024
LATER_WORDS = "SELECT count(*) FROM search_entries WHERE text_vector @@ to_tsquery('russian', 'олимпиада')"


async def test_a_restored_service_has_every_byte_finds_everything_and_its_trail_is_sound(
    house: House, vault: S3Vault, places: Places, tmp_path: Path
) -> None:
    sent = [text(), secrets.token_hex(LARGE // 2).encode(), text()]
    made = [await keep(house.a, each, title=f"Справка {number}") for number, each in enumerate(sent)]
    assert (await add_version(house.a, made[0])).status_code == 201
    newest = await read(house.a, made[0])
    waiting = await quarantine(house.a)
    held = await house.learner(family_name="Сохранова")
    kept_for_long = await keep(house.a, personal_file_id=str(held))
    person = await house.owner.fetchval("SELECT person_id FROM personal_files WHERE id = $1", held)
    await anchored(house)
    await hold(house.a, person_ids=[str(person)])

    taken = await take(house, tmp_path / "backups")
    assert (len(taken.manifest.objects), taken.manifest.left_out) == (7, ())
    house.clock.move(days=2)
    second = await places.restore(tmp_path / "backups")
    assert second.restored.trail_faults == []

    client = second.clients(house.a.tokens["clerk"])
    for document, content in zip(made, sent, strict=True):
        assert (await client.get(f"{DOCUMENTS}/{document['id']}/versions/1/content")).content == content
    assert (await client.get(f"{DOCUMENTS}/{made[0]['id']}/content")).content == newest.content
    assert (await client.get(f"{DOCUMENTS}/{waiting['id']}")).json()["state"] == "quarantined"
    found = (await client.get("/api/v1/search", params={"q": "Сохранова"})).json()["items"]
    assert [each["id"] for each in found] == [kept_for_long["id"]]
    stranger = second.clients(house.other.tokens["clerk"])
    assert (await stranger.get(f"{DOCUMENTS}/{made[0]['id']}")).status_code == 404

    report = await verify_trail(second.database, second.vault, house.a.id)
    assert (report.sound, report.anchors) == (True, 1), report.findings
    version = await second.owner.fetchrow(
        "SELECT object_key, storage_version_id FROM document_versions WHERE document_id = $1",
        UUID(kept_for_long["id"]),
    )
    stat = await second.vault.stat(version["object_key"], version["storage_version_id"])
    assert stat.legal_hold
    assert second.restored.held == 1
    actions = await second.owner.fetch("SELECT DISTINCT action FROM audit_entries WHERE action LIKE 'backup.%'")
    assert [row["action"] for row in actions] == ["backup.restored"]
    assert await second.owner.fetchval("SELECT count(*) FROM sessions") == 0


async def test_what_was_ended_after_the_backup_does_not_come_back_and_a_later_hold_does(
    house: House, vault: S3Vault, places: Places, tmp_path: Path
) -> None:
    content = text()
    stays, goes = await keep(house.a, content), await keep(house.a, title="Справка Забытого")
    shortened, waiting = await keep(house.a), await quarantine(house.a)
    assert (await add_version(house.a, shortened)).status_code == 201
    await house.owner.execute(  # as if these words stood in the later version
        "UPDATE search_entries SET text_vector = to_tsvector('russian', 'олимпиада') WHERE object_id = $1",
        UUID(shortened["id"]),
    )
    assert await house.owner.fetchval(LATER_WORDS) == 1
    await take(house, tmp_path / "backups")

    assert (await withdraw(house.a, goes)).status_code == 204
    assert (await withdraw_version(house.a, shortened, 2)).status_code in {200, 204}
    assert (await decide(house.a, waiting, "refusal")).status_code == 200
    await hold(house.a, whole_institution=True)
    copier = LedgerCopier(house.services.database, vault)
    assert await copier.copy_all() == 5
    assert await copier.copy_all() == 0
    assert await house.owner.fetchval("SELECT count(*) FROM destruction_ledger_waiting") == 0

    second = await places.restore(tmp_path / "backups", ledgers=[await stored_ledger(vault)])
    applied = second.restored.applied[house.a.id]
    assert (applied.documents, applied.versions, applied.refusals, applied.holds) == (1, 1, 1, 1)
    assert second.restored.not_brought_back == 3
    keys = [entry.key async for entry in second.vault.versions("")]
    assert not [key for key in keys if goes["id"] in key or waiting["id"] in key]
    assert len([key for key in keys if shortened["id"] in key]) == 1

    client = second.clients(house.a.tokens["clerk"])
    assert (await client.get(f"{DOCUMENTS}/{stays['id']}/content")).content == content
    assert (await client.get(f"{DOCUMENTS}/{goes['id']}")).status_code == 404
    assert (await client.get(f"{DOCUMENTS}/{waiting['id']}")).json()["state"] == "refused"
    assert "Забытого" not in (await client.get("/api/v1/search", params={"q": "Забытого"})).text
    assert await second.owner.fetchval(LATER_WORDS) == 0
    said = await second.owner.fetch(
        "SELECT p.payload::text AS said FROM audit_payloads p JOIN audit_entries e ON e.id = p.entry_id"
        " WHERE e.object_id = $1",
        goes["id"],
    )
    assert not [row for row in said if row["said"] and "Забытого" in row["said"]]
    answer = await client.post(f"{DOCUMENTS}/{stays['id']}/withdrawal", json={"reason": "не тот файл"})
    assert answer.status_code == 409
    report = await verify_trail(second.database, second.vault, house.a.id)
    assert report.sound, report.findings
    guarded = "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O' AND NOT tgisinternal"
    assert await second.owner.fetchval(guarded) == 0


async def test_a_later_backup_in_the_folder_tells_an_earlier_one_what_was_destroyed(
    house: House, places: Places, tmp_path: Path
) -> None:
    goes = await keep(house.a)
    first = await take(house, tmp_path / "backups")
    await withdraw(house.a, goes)
    stays = await keep(house.a)
    later = await take(house, tmp_path / "backups")
    assert later.copied == 1

    place, target = await places.empty(), await places.make_vault()
    words = ("restore", str(tmp_path / "backups"), "--generation", first.name)
    asked = command(place, target, *words, data=tmp_path)
    said, faults = await asyncio.to_thread(asked.communicate)
    assert asked.returncode == 0, faults
    assert "destroyed since and not brought back  1 objects" in said
    owner = await asyncpg.connect(place.owner_url)
    rows = [str(row["id"]) for row in await owner.fetch("SELECT id FROM documents")]
    await owner.close()
    assert (goes["id"] in rows, stays["id"] in rows) == (False, False)
    assert await faults_of(BackupFolder(tmp_path / "backups"), [first.manifest, later.manifest]) == []


async def tables(place_url: str) -> int:
    owner = await asyncpg.connect(place_url)
    try:
        count: int = await owner.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        return count
    finally:
        await owner.close()


async def test_a_damaged_backup_is_refused_before_anything_is_written(
    house: House, places: Places, tmp_path: Path
) -> None:
    await keep(house.a)
    taken = await take(house, tmp_path / "backups")
    place, backups = await places.empty(), BackupFolder(tmp_path / "backups")
    for file in (*(each.file for each in taken.manifest.files), f"generations/{taken.name}/{NAME}"):
        path = tmp_path / "backups" / file
        sound = path.read_bytes()
        middle = len(sound) // 2
        for damaged in (b"", sound[:-1], sound[:middle] + bytes([sound[middle] ^ 1]) + sound[middle + 1 :]):
            path.write_bytes(damaged)
            with pytest.raises(BackupUnsound):
                await Restorer(backups, place).restore(taken.name)
        path.unlink()
        with pytest.raises(BackupUnsound):
            await Restorer(backups, place).restore(taken.name)
        path.write_bytes(sound)
    assert await tables(place.owner_url) == 0
    assert [entry async for entry in place.vault.versions("")] == []
    assert (await Restorer(backups, place).restore(taken.name)).objects == 1


async def test_a_place_that_is_not_empty_is_refused(house: House, places: Places, tmp_path: Path) -> None:
    await keep(house.a)
    taken = await take(house, tmp_path / "backups")
    fresh, backups = await places.empty(), BackupFolder(tmp_path / "backups")
    used_database = await places.empty()
    owner = await asyncpg.connect(used_database.owner_url)
    await owner.execute("CREATE TABLE somebody (id int)")
    await owner.close()
    with pytest.raises(PlaceNotEmpty) as refused:
        await Restorer(backups, used_database).restore(taken.name)
    assert refused.value.facts["place"] == "database"
    used_bucket = replace(fresh, vault=house.services.vault)
    with pytest.raises(PlaceNotEmpty) as refused:
        await Restorer(backups, used_bucket).restore(taken.name)
    assert refused.value.facts["place"] == "storage"
    assert await tables(fresh.owner_url) == 0


async def test_a_backup_of_a_later_release_is_refused(house: House, places: Places, tmp_path: Path) -> None:
    taken = await take(house, tmp_path / "backups")
    file = tmp_path / "backups" / "generations" / taken.name / NAME
    content = json.loads(file.read_bytes())
    later = Manifest._from(content | {"migrations": [*content["migrations"], "documents.9999_later"]})
    file.write_bytes(later.to_json())
    with pytest.raises(BackupTooNew) as refused:
        await Restorer(BackupFolder(tmp_path / "backups"), await places.empty()).restore(taken.name)
    assert refused.value.facts["migrations"] == ["documents.9999_later"]


async def test_a_restore_that_was_cut_off_cannot_be_served(
    house: House, places: Places, clock: HandClock, tmp_path: Path
) -> None:
    await keep(house.a)
    await take(house, tmp_path / "backups")
    memory = MemoryVault(clock, faults=Faults(full=True))
    place = replace(await places.empty(), vault=memory)
    backups = BackupFolder(tmp_path / "backups")
    with pytest.raises(StoreFull):
        await Restorer(backups, place).restore(backups.newest())
    assert await tables(place.owner_url) > 0
    service = await asyncpg.connect(place.service_url)
    for table in ("accounts", "documents", "audit_entries", "tortoise_migrations"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.fetch(f"TABLE {table}")
    await service.close()
    memory.faults.full = False
    with pytest.raises(PlaceNotEmpty):
        await Restorer(backups, place).restore(backups.newest())


async def test_a_lost_anchor_is_told_and_does_not_keep_the_rest_from_coming_back(
    house: House, vault: S3Vault, places: Places, tmp_path: Path
) -> None:
    await keep(house.a)
    await anchored(house)
    key = await house.owner.fetchval("SELECT object_key FROM audit_anchors")
    await vault.destroy(key, bypass_governance=True)
    taken = await take(house, tmp_path / "backups")
    assert [(each.key, each.why) for each in taken.manifest.lost] == [(key, "missing")]
    second = await places.restore(tmp_path / "backups")
    assert second.restored.trail_faults == [f"{house.a.id}: anchor_lost 1"]
    assert await second.owner.fetchval("SELECT count(*) FROM documents") == 1


async def test_an_owner_of_another_name_who_is_no_superuser_can_restore_and_back_up(
    house: House, places: Places, tmp_path: Path
) -> None:
    made = await keep(house.a)
    await take(house, tmp_path / "backups")
    async with places.plain_owner() as place:
        restored = await Restorer(BackupFolder(tmp_path / "backups"), place).restore(
            BackupFolder(tmp_path / "backups").newest()
        )
        again = await take_backup(
            BackupFolder(tmp_path / "again"),
            owner_url=place.owner_url,
            vault=place.vault,
            taken_at=house.clock(),
            deloteka="0.test",
        )
    assert restored.objects == 1
    assert [made["id"] in each.key for each in again.manifest.objects] == [True]
