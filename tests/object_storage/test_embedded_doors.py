"""Who may enter the embedded store: only the service, only by the S3 door, and not to its own bucket's settings."""

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from storage.embedded import EmbeddedStore
from storage.errors import StoreAccessDenied
from storage.s3 import S3Address, S3Vault
from storage.s3.faults import translated
from tests.object_storage.surroundings import keep, make_source


def request(url: str, method: str = "GET", body: bytes | None = None) -> int:
    asked = urllib.request.Request(url, data=body, method=method)  # noqa: S310 — a loopback address of the test
    try:
        with urllib.request.urlopen(asked, timeout=5) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


async def test_nobody_enters_without_the_generated_keys(embedded_store: EmbeddedStore, tmp_path: Path) -> None:
    address = await embedded_store.start()
    url = f"{address.endpoint}/{address.bucket}"
    for method, path, body in (("PUT", "/x", b"x"), ("GET", "", None), ("DELETE", "", None)):
        assert await asyncio.to_thread(request, url + path, method, body) == 403
    for access_key, secret_key in ((address.access_key, "wrong"), ("wrong", address.secret_key), ("any", "any")):
        stranger = S3Address(
            endpoint=address.endpoint, access_key=access_key, secret_key=secret_key, bucket=address.bucket
        )
        async with S3Vault(stranger) as vault:
            with pytest.raises(StoreAccessDenied):
                await keep(vault, make_source(tmp_path, 10))


async def test_the_inner_doors_serve_no_objects_over_http(embedded_store: EmbeddedStore, s3_vault: S3Vault) -> None:
    ports = json.loads((embedded_store.folder / "ports.json").read_text("ascii"))
    for door, path, method in (
        ("master.port", "/dir/assign", "GET"),
        ("master.port", "/dir/status", "GET"),
        ("master.port", "/vol/vacuum", "GET"),
        ("filer.port", "/", "GET"),
        ("filer.port", "/buckets/deloteka?recursive=true", "DELETE"),
        ("filer.port", "/buckets/deloteka/x", "PUT"),
        ("volume.port", "/1,01637037d6", "GET"),
        ("volume.port", "/1,01637037d6", "DELETE"),
        ("admin.port", "/", "GET"),
    ):
        status = await asyncio.to_thread(request, f"http://127.0.0.1:{ports[door]}{path}", method)
        assert status in {401, 403, 404, 405}, (door, path, method)
    await s3_vault.ping()


def listening_addresses(pid: int) -> set[str]:
    inodes = {
        str(link.readlink()).partition("[")[2][:-1] for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists()
    }
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].partition(":")[0])
    return found


def shown_to_others(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


async def test_every_door_is_on_loopback_and_no_secret_shows(embedded_store: EmbeddedStore) -> None:
    address = await embedded_store.start()
    pid = embedded_store.pid
    assert pid is not None
    assert listening_addresses(pid) == {"0100007F"}
    assert address.secret_key.encode() not in shown_to_others(pid)
    for file in embedded_store.folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


EXPIRY = (
    b"<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter>"
    b"<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
)


async def test_the_service_can_neither_delete_nor_unprotect_its_bucket(s3_vault: S3Vault, tmp_path: Path) -> None:
    stored = await keep(s3_vault, make_source(tmp_path, 10))
    attempts: tuple[tuple[str, dict[str, str], bytes | None], ...] = (
        ("DELETE", {}, None),
        ("PUT", {"versioning": ""}, b"<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"),
        ("PUT", {"lifecycle": ""}, EXPIRY),
        ("PUT", {"policy": ""}, b"{}"),
        ("PUT", {"acl": ""}, b""),
        ("PUT", {"object-lock": ""}, b"<ObjectLockConfiguration/>"),
    )
    for method, query, body in attempts:
        with pytest.raises(StoreAccessDenied):
            s3_vault._door.send(method, query=query, body=body)
    with pytest.raises(StoreAccessDenied), translated("another"):
        s3_vault._door.client.make_bucket("another")
    await s3_vault.stat(stored.key)
