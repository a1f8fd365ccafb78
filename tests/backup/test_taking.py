"""Taking backups: what is saved, what is named as lost, and what a kill leaves behind."""

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from core.preservation.checking import faults_of
from core.preservation.copying import ObjectCopier
from core.preservation.errors import BackupError, BackupUnsound, ProgramMissing, TargetBusy, TargetUnusable
from core.preservation.folder import BackupFolder
from core.preservation.ledger import LedgerFile
from core.preservation.programs import connection_environment, find_program
from core.preservation.snapshot import snapshot
from storage.s3 import S3Vault
from tests.backup.places import Places, command, take
from tests.kernel_database import HandClock
from tests.registry.documents.papers import decide, keep, quarantine, withdraw
from tests.registry_house import House


async def test_a_second_backup_copies_only_what_is_new_and_both_stay_whole(house: House, tmp_path: Path) -> None:
    await keep(house.a)
    first = await take(house, tmp_path)
    await keep(house.a)
    second = await take(house, tmp_path)
    assert (first.copied, second.copied, len(second.manifest.objects)) == (1, 1, 2)
    folder = BackupFolder(tmp_path)
    assert folder.generations() == [first.name, second.name]
    assert folder.newest() == second.name
    assert await faults_of(folder, [folder.manifest(name) for name in folder.generations()]) == []


async def test_what_is_missing_or_damaged_is_named_and_the_rest_is_saved(
    house: House, vault: S3Vault, tmp_path: Path
) -> None:
    sound, missing, damaged = [await keep(house.a) for _ in range(3)]
    await vault.destroy(await key_of(house, missing["id"]))
    await house.owner.execute(
        "UPDATE document_versions SET sha256 = sha256('x') WHERE document_id = $1", UUID(damaged["id"])
    )
    backups = tmp_path / "backups"
    asked = command(house, vault, "backup", str(backups), data=tmp_path)
    said, faults = await asyncio.to_thread(asked.communicate)
    assert asked.returncode == 1, faults
    assert "copied    1" in said
    folder = BackupFolder(backups)
    manifest = folder.manifest(folder.newest())
    assert {each.why: missing["id"] in each.key or damaged["id"] in each.key for each in manifest.lost} == {
        "missing": True,
        "damaged": True,
    }
    assert [sound["id"] in each.key for each in manifest.objects] == [True]
    checked = command(house, vault, "backup", "verify", str(backups), data=tmp_path)
    said, _ = await asyncio.to_thread(checked.communicate)
    assert checked.returncode == 1
    assert "missing when the backup was made" in said


async def key_of(house: House, document: str) -> str:
    key: str = await house.owner.fetchval(
        "SELECT object_key FROM document_versions WHERE document_id = $1", UUID(document)
    )
    return key


async def test_what_ends_or_moves_while_the_backup_runs_is_no_damage(
    house: House, vault: S3Vault, tmp_path: Path
) -> None:
    ended, moved = await keep(house.a), await quarantine(house.a)
    async with snapshot(house.owner_url) as seen:
        wanted = await seen.objects()
    assert (await withdraw(house.a, ended)).status_code == 204
    assert (await decide(house.a, moved, "release")).status_code == 200
    await vault.destroy(next(each.key for each in wanted if moved["id"] in each.key))
    folder = BackupFolder(tmp_path)
    with folder.writing():
        saved, left_out = await ObjectCopier(folder, vault, house.owner_url).copy(wanted)
    assert [(ended["id"] in each.key, each.why) for each in left_out] == [(True, "destroyed")]
    assert [each.key.startswith("quarantine/") for each in saved] == [True]


async def test_a_killed_backup_leaves_nothing_that_looks_whole(house: House, vault: S3Vault, tmp_path: Path) -> None:
    await keep(house.a)
    backups = tmp_path / "backups"
    async with house.owner.transaction():
        # Nobody reads the table until this ends: the backup stands still in the middle.
        await house.owner.execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
        asked = command(house, vault, "backup", str(backups), data=tmp_path)
        deadline = time.monotonic() + 30
        while not list(backups.glob("generations/*")):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.005)
        asked.kill()
        await asyncio.to_thread(asked.communicate)
    folder = BackupFolder(backups)
    assert folder.generations() == []
    with pytest.raises(BackupUnsound):
        folder.newest()
    (backups / "objects" / "ab").mkdir(parents=True)
    (backups / "objects" / "ab" / ".unfinished-x").write_bytes(b"half")
    taken = await take(house, backups)
    assert folder.generations() == [taken.name]
    assert not list(backups.rglob(".unfinished-*"))
    assert await faults_of(folder, [taken.manifest]) == []


async def test_a_database_without_the_schema_is_no_backup(places: Places, tmp_path: Path) -> None:
    place = await places.empty()
    with pytest.raises(BackupError, match="deloteka migrate"):
        async with snapshot(place.owner_url):
            pass
    nowhere = {**os.environ, "DELOTEKA_SERVICE__DATA_FOLDER": str(tmp_path / "nowhere")}
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "core.cli", "backup", str(tmp_path / "backups")),
        env=nowhere,
        stderr=asyncio.subprocess.PIPE,
    )
    _, faults = await asked.communicate()
    assert asked.returncode == 1
    assert "There is no installation in" in faults.decode()


async def test_two_backups_at_once_and_folders_that_cannot_be_written_are_refused(house: House, tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path / "backups")
    with folder.writing(), pytest.raises(TargetBusy):
        await take(house, folder.path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TargetUnusable) as refused:
        await take(house, tmp_path / "file" / "backups")
    assert refused.value.facts["folder"] == str(tmp_path / "file" / "backups")
    assert folder.generations() == []


async def test_a_full_disk_is_said(house: House, vault: S3Vault, tmp_path: Path) -> None:
    await keep(house.a)
    async with snapshot(house.owner_url) as seen:
        wanted = await seen.objects()
    folder = BackupFolder(tmp_path)
    with folder.writing():
        folder.partial(f"objects/new/{wanted[0].row}").symlink_to("/dev/full")
        with pytest.raises(TargetUnusable, match="No space left on device"):
            await ObjectCopier(folder, vault, house.owner_url).copy(wanted)
    assert not [each for each in (tmp_path / "objects").rglob("*") if not each.is_dir()]


async def test_the_password_is_in_the_environment_of_the_child_only(tmp_path: Path) -> None:
    environment = connection_environment("postgresql://owner:p%40ss@db.example:6543/registry?sslmode=verify-full")
    assert {name: environment[name] for name in environment if name.startswith("PG")} == {
        "PGAPPNAME": "deloteka backup",
        "PGDATABASE": "registry",
        "PGHOST": "db.example",
        "PGPASSWORD": "p@ss",
        "PGPORT": "6543",
        "PGSSLMODE": "verify-full",
        "PGUSER": "owner",
    }
    assert (await find_program("pg_dump", 18)).name == "pg_dump"
    with pytest.raises(ProgramMissing) as refused:
        await find_program("pg_dump", 99)
    assert refused.value.facts["needed"] == 99
    assert shutil.which("pg_dump", path=str(tmp_path)) is None


def test_a_ledger_that_was_changed_is_not_believed(clock: HandClock) -> None:
    sound = LedgerFile(written_at=clock(), entries=()).to_json()
    assert LedgerFile.from_json(sound, "ledger").entries == ()
    for damaged in (b"", b"{}", b"[]", sound[:-2], sound.replace(b"2026", b"2027")):
        with pytest.raises(BackupUnsound):
            LedgerFile.from_json(damaged, "ledger")
