"""What waits in the import tray is saved: its source may have let go of it."""

from pathlib import Path
from uuid import UUID, uuid4

from core.preservation.copying import ObjectCopier
from core.preservation.folder import BackupFolder
from core.preservation.snapshot import snapshot
from storage.digest import sha256_of
from storage.keys import given_file_key
from storage.s3 import S3Vault
from tests.backup.places import Places, take
from tests.registry.documents.papers import keep, text
from tests.registry_house import House

PUT = """
INSERT INTO import_files (id, institution_id, said, state, reason, object_key, storage_version_id, sha256,
  received_size, media_type, created_at)
VALUES ($1, $2, '{}', 'tray', 'holder_unknown', $3, $4, $5, $6, 'text/plain', now())
"""


async def into_tray(house: House, vault: S3Vault, folder: Path, content: bytes) -> tuple[UUID, str]:
    """Let a file wait in the tray; returns its id and the key of its bytes."""
    row, source = uuid4(), folder / uuid4().hex
    source.write_bytes(content)
    key, digest = given_file_key(house.a.id, uuid4(), row), sha256_of(content)
    stored = await vault.put(key, source, sha256=digest, size=len(content), media_type="text/plain")
    await house.owner.execute(PUT, row, house.a.id, key, stored.version_id, bytes.fromhex(digest), len(content))
    return row, key


async def test_a_restored_tray_has_every_byte(house: House, vault: S3Vault, places: Places, tmp_path: Path) -> None:
    content = text()
    row, key = await into_tray(house, vault, tmp_path, content)
    taken = await take(house, tmp_path / "backups")
    assert [(each.kind, each.row) for each in taken.manifest.objects] == [("tray", str(row))]
    second = await places.restore(tmp_path / "backups")
    found = await second.owner.fetchrow("SELECT object_key, storage_version_id FROM import_files WHERE id = $1", row)
    assert found["object_key"] == key
    async with second.vault.open(key, found["storage_version_id"]) as stream:
        assert await stream.read() == content


async def test_what_leaves_the_tray_while_the_backup_runs_is_no_damage(
    house: House, vault: S3Vault, tmp_path: Path
) -> None:
    content = text()
    assigned, first = await into_tray(house, vault, tmp_path, content)
    refused, second = await into_tray(house, vault, tmp_path, text())
    lost, third = await into_tray(house, vault, tmp_path, text())
    async with snapshot(house.owner_url) as seen:
        wanted = await seen.objects()
    document = await keep(house.a, content)
    change = "UPDATE import_files SET state = $2, document_id = $3 WHERE id = $1"
    await house.owner.execute(change, assigned, "kept", UUID(document["id"]))
    await house.owner.execute(change, refused, "refused", None)
    for key in (first, second, third):
        await vault.destroy(key)
    folder = BackupFolder(tmp_path / "backups")
    with folder.writing():
        saved, left_out = await ObjectCopier(folder, vault, house.owner_url).copy(wanted)
    assert {each.row: each.why for each in left_out} == {str(refused): "destroyed", str(lost): "missing"}
    assert [(each.row, (folder.path / each.file).read_bytes()) for each in saved] == [(str(assigned), content)]
