"""An inbox gives what others put there, and takes away nothing else: in memory, in a bucket with versions, without."""

from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from storage.embedded import EmbeddedStore
from storage.errors import BucketMissing, ObjectAbsent, ObjectChanged
from storage.inbox import Inbox, InboxEntry
from storage.memory_inbox import MemoryInbox
from storage.s3 import S3Inbox, S3Vault
from tests.object_storage.surroundings import keeper_address, now

Put = Callable[[str, bytes], object]
Bay = tuple[Inbox, Put, str]
"""An inbox, the hand of somebody who fills it, and a prefix of this test alone."""


@pytest.fixture(params=["memory", "versions", "plain"])
async def bay(request: pytest.FixtureRequest, embedded_store: EmbeddedStore, s3_vault: S3Vault) -> AsyncIterator[Bay]:
    prefix = f"incoming/{uuid4()}/"
    if request.param == "memory":
        memory = MemoryInbox(clock=now)
        yield memory, memory.put, prefix
        return
    plain = keeper_address(embedded_store, bucket="scans")
    address = s3_vault.address if request.param == "versions" else plain
    inbox = S3Inbox(address)
    client = inbox._door.client
    if request.param == "plain" and not client.bucket_exists("scans"):
        client.make_bucket("scans")
    async with inbox:
        yield inbox, lambda key, data: inbox._door.send("PUT", key, body=data), prefix


async def content(inbox: Inbox, entry: InboxEntry) -> bytes:
    async with inbox.open(entry) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def listed(inbox: Inbox, prefix: str) -> dict[str, bytes]:
    entries = [entry async for entry in inbox.listing(prefix)]
    return {entry.key.removeprefix(prefix): await content(inbox, entry) for entry in entries}


async def test_what_lies_there_is_listed_read_and_removed(bay: Bay) -> None:
    inbox, put, prefix = bay
    await inbox.ping()
    names = {"скан 1.pdf": b"one", "a+b&c=%41.pdf": b"two" * 900_000, "folder/деталь.pdf": b"three"}
    for name, data in names.items():
        put(prefix + name, data)
    put(f"{prefix[:-1]}-other/scan.pdf", b"not below the prefix")
    assert await listed(inbox, prefix) == names
    for name in names:
        entry = await inbox.look(prefix + name)
        assert entry in [each async for each in inbox.listing(prefix)]
        await inbox.remove(entry)
        await inbox.remove(entry)
        with pytest.raises(ObjectAbsent):
            await inbox.look(prefix + name)
        with pytest.raises(ObjectAbsent):
            await content(inbox, entry)
    assert await listed(inbox, prefix) == {}


async def test_what_has_changed_is_not_read_not_copied_and_stays(bay: Bay) -> None:
    inbox, put, prefix = bay
    key = f"{prefix}scan.pdf"
    put(key, b"first")
    before = await inbox.look(key)
    put(key, b"other")
    with pytest.raises(ObjectChanged):
        await content(inbox, before)
    with pytest.raises(ObjectChanged):
        await inbox.copy(before, f"{prefix}rejected/scan.pdf")
    with pytest.raises(ObjectChanged):
        await inbox.remove(before)
    assert await listed(inbox, prefix) == {"scan.pdf": b"other"}
    # With versions the earlier one goes too: nothing of a scan stays behind unseen.
    await inbox.remove(await inbox.look(key))
    assert await listed(inbox, prefix) == {}


async def test_no_version_stays_behind(embedded_store: EmbeddedStore, s3_vault: S3Vault) -> None:
    del embedded_store
    key = f"incoming/{uuid4()}/scan.pdf"
    async with S3Inbox(s3_vault.address) as inbox:
        for data in (b"first", b"second"):
            inbox._door.send("PUT", key, body=data)
        await inbox.remove(await inbox.look(key))
    assert [version async for version in s3_vault.versions(key)] == []


async def test_a_copy_and_a_note_take_no_place_that_is_taken(bay: Bay) -> None:
    inbox, put, prefix = bay
    put(f"{prefix}scan.pdf", b"bytes")
    put(f"{prefix}rejected/scan.pdf", b"taken")
    entry = await inbox.look(f"{prefix}scan.pdf")
    assert not await inbox.copy(entry, f"{prefix}rejected/scan.pdf")
    for _ in range(2):
        assert await inbox.copy(entry, f"{prefix}rejected/scan (2).pdf")
        assert await inbox.write(f"{prefix}rejected/scan.pdf.txt", "Причина".encode())
    assert not await inbox.write(f"{prefix}rejected/scan.pdf.txt", b"another reason")
    assert await listed(inbox, f"{prefix}rejected/") == {
        "scan.pdf": b"taken",
        "scan (2).pdf": b"bytes",
        "scan.pdf.txt": "Причина".encode(),
    }


async def test_a_missing_bucket_is_named(embedded_store: EmbeddedStore) -> None:
    async with S3Inbox(keeper_address(embedded_store, bucket="nowhere")) as inbox:
        with pytest.raises(BucketMissing):
            await inbox.ping()
        with pytest.raises(BucketMissing):
            _ = [entry async for entry in inbox.listing("incoming/")]
