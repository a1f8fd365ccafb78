"""What waits in the import tray and what was given to a connection is saved: no source has it for us."""

from pathlib import Path
from uuid import UUID, uuid4

from core.bootstrap.parts import connection_services
from core.connections.given_files import empty_removed_files
from core.preservation.checking import faults_of
from core.preservation.copying import ObjectCopier
from core.preservation.folder import BackupFolder
from core.preservation.ledger import LedgerCopier, stored_ledger
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

CONNECTION = """
INSERT INTO connections (id, institution_id, connector, title, configuration, config_version, fingerprint, created_at)
VALUES ($1, $2, 'tabular', 'Списки', '{}', 1, '', now())
"""
GIVEN = """
INSERT INTO connection_files (id, institution_id, connection_id, name, size, sha256, object_key, version_id, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())
"""


async def give(house: House, vault: S3Vault, folder: Path, content: bytes) -> tuple[UUID, str]:
    """Let a connection have a file; returns its id and the key of its bytes."""
    connection, row, source = uuid4(), uuid4(), folder / uuid4().hex
    source.write_bytes(content)
    key, digest = given_file_key(house.a.id, connection, row), sha256_of(content)
    stored = await vault.put(key, source, sha256=digest, size=len(content), media_type="application/octet-stream")
    await house.owner.execute(CONNECTION, connection, house.a.id)
    name = f"{row}.csv"
    await house.owner.execute(GIVEN, row, house.a.id, connection, name, len(content), digest, key, stored.version_id)
    return row, key


async def into_tray(house: House, vault: S3Vault, folder: Path, content: bytes) -> tuple[UUID, str]:
    """Let a file wait in the tray; returns its id and the key of its bytes."""
    row, source = uuid4(), folder / uuid4().hex
    source.write_bytes(content)
    key, digest = given_file_key(house.a.id, uuid4(), row), sha256_of(content)
    stored = await vault.put(key, source, sha256=digest, size=len(content), media_type="text/plain")
    await house.owner.execute(PUT, row, house.a.id, key, stored.version_id, bytes.fromhex(digest), len(content))
    return row, key


async def test_a_restored_tray_and_given_files_have_every_byte_but_what_was_emptied_since(
    house: House, vault: S3Vault, places: Places, tmp_path: Path
) -> None:
    content, listed = text(), "ФИО;Класс\nПримерова Вера;5А".encode()
    row, key = await into_tray(house, vault, tmp_path, content)
    given, given_key = await give(house, vault, tmp_path, listed)
    emptied, emptied_key = await give(house, vault, tmp_path, b"1;2")
    taken = await take(house, tmp_path / "backups")
    saved = {(each.kind, each.row) for each in taken.manifest.objects}
    assert saved == {("tray", str(row)), ("given", str(given)), ("given", str(emptied))}
    assert (await faults_of(BackupFolder(tmp_path / "backups"), [taken.manifest])) == []
    await house.owner.execute("UPDATE connection_files SET removed_at = now() WHERE id = $1", emptied)
    assert await empty_removed_files(connection_services(house.services)) == 1
    assert await LedgerCopier(house.services.database, vault).copy_all() == 1

    second = await places.restore(tmp_path / "backups", ledgers=[await stored_ledger(vault)])
    assert second.restored.not_brought_back == 1
    assert second.restored.applied[house.a.id].given_files == 1
    assert [entry async for entry in second.vault.versions(emptied_key)] == []
    gone = await second.owner.fetchrow("SELECT removed_at, emptied_at FROM connection_files WHERE id = $1", emptied)
    assert None not in tuple(gone)
    tray = await second.owner.fetchrow("SELECT object_key, storage_version_id FROM import_files WHERE id = $1", row)
    kept = await second.owner.fetchrow("SELECT object_key, version_id FROM connection_files WHERE id = $1", given)
    for (at, version), wanted, sent in ((tray, key, content), (kept, given_key, listed)):
        assert at == wanted
        async with second.vault.open(at, version) as stream:
            assert await stream.read() == sent


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
