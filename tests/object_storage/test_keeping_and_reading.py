"""Every vault keeps what it acknowledged, once, and gives it back byte for byte."""

import asyncio

import pytest

from storage.digest import sha256_of
from storage.errors import (
    DigestMismatch,
    InvalidKey,
    KeyTaken,
    ObjectAbsent,
    RangeUnsatisfiable,
    SourceChanged,
)
from storage.objects import StoredVersion
from tests.object_storage.surroundings import Bench, keep, make_source, new_key, read


@pytest.mark.parametrize("size", [0, 1, 300 * 1024, 3 * 1024 * 1024 + 1])
async def test_what_was_put_is_read_back_byte_for_byte(bench: Bench, size: int) -> None:
    source = bench.source(size)
    stored = await keep(bench.vault, source)
    assert (stored.size, stored.sha256, stored.media_type) == (size, source.sha256, "application/pdf")
    assert await read(bench.vault, stored.key, stored.version_id) == source.data


async def test_a_stat_says_what_was_stored(bench: Bench) -> None:
    source = bench.source(1000)
    stored = await keep(bench.vault, source)
    stat = await bench.vault.stat(stored.key, stored.version_id)
    assert (stat.size, stat.etag, stat.media_type) == (1000, stored.etag, "application/pdf")
    assert stat.recorded_sha256 == source.sha256
    assert stat.lock is None
    assert not stat.legal_hold
    assert stat == await bench.vault.stat(stored.key)


async def test_the_same_put_again_gives_the_same_answer(bench: Bench) -> None:
    source, key = bench.source(5000), new_key()
    first = await keep(bench.vault, source, key)
    assert await keep(bench.vault, source, key) == first
    assert len([entry async for entry in bench.vault.versions(key)]) == 1


async def test_other_bytes_never_take_a_used_key(bench: Bench) -> None:
    source, key = bench.source(5000), new_key()
    first = await keep(bench.vault, source, key)
    for other in (bench.source(5000), bench.source(4999)):
        with pytest.raises(KeyTaken):
            await keep(bench.vault, other, key)
    assert await read(bench.vault, key) == source.data
    assert [entry.version_id async for entry in bench.vault.versions(key)] == [first.version_id]


async def test_of_eight_writers_of_different_bytes_one_wins(bench: Bench) -> None:
    sources, key = [bench.source(2000 + number) for number in range(8)], new_key()
    answers = await asyncio.gather(*(keep(bench.vault, each, key) for each in sources), return_exceptions=True)
    winners = [answer for answer in answers if isinstance(answer, StoredVersion)]
    assert len(winners) == 1
    assert [type(answer) for answer in answers].count(KeyTaken) == 7
    assert sha256_of(await read(bench.vault, key)) == winners[0].sha256
    assert len([entry async for entry in bench.vault.versions(key)]) == 1


async def test_eight_writers_of_the_same_bytes_get_the_same_answer(bench: Bench) -> None:
    source, key = bench.source(2000), new_key()
    answers = await asyncio.gather(*(keep(bench.vault, source, key) for _ in range(8)))
    assert len(set(answers)) == 1


async def test_a_wrong_digest_is_refused_and_nothing_is_kept(bench: Bench) -> None:
    source, key = bench.source(2000), new_key()
    with pytest.raises(DigestMismatch) as refusal:
        await bench.vault.put(key, source.path, sha256=sha256_of(b"other"), size=2000, media_type="text/plain")
    assert refusal.value.expected == sha256_of(b"other")
    with pytest.raises(ObjectAbsent):
        await bench.vault.stat(key)


async def test_a_file_of_another_size_is_not_sent(bench: Bench) -> None:
    source, key = bench.source(2000), new_key()
    with pytest.raises(SourceChanged):
        await bench.vault.put(key, source.path, sha256=source.sha256, size=2001, media_type="text/plain")
    with pytest.raises(ObjectAbsent):
        await bench.vault.stat(key)


async def test_a_missing_file_is_an_error_of_the_caller(bench: Bench) -> None:
    with pytest.raises(FileNotFoundError):
        await bench.vault.put(
            new_key(), bench.folder / "absent", sha256=sha256_of(b""), size=0, media_type="text/plain"
        )


@pytest.mark.parametrize("key", ["", "a//b", "a/../b", "originals/ж", "a\nb", "x" * 256, "a/" * 600 + "a"])
async def test_a_key_that_some_store_could_not_keep_is_refused(bench: Bench, key: str) -> None:
    with pytest.raises(InvalidKey):
        await keep(bench.vault, bench.source(1), key)


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, 10, (0, 10)), (5, 7, (5, 12)), (990, None, (990, 1000)), (990, 100, (990, 1000)), (0, None, (0, 1000))],
)
async def test_a_range_is_read(bench: Bench, offset: int, length: int | None, expected: tuple[int, int]) -> None:
    source = bench.source(1000)
    stored = await keep(bench.vault, source)
    async with bench.vault.open(stored.key, stored.version_id, offset=offset, length=length) as stream:
        assert (stream.total_size, stream.offset, stream.length) == (1000, offset, expected[1] - expected[0])
        assert stream.etag == stored.etag
        assert await stream.read() == source.data[slice(*expected)]


@pytest.mark.parametrize(("offset", "length"), [(1000, None), (5000, 10), (-1, 5), (0, 0), (3, -2)])
async def test_a_range_outside_the_object_is_refused(bench: Bench, offset: int, length: int | None) -> None:
    stored = await keep(bench.vault, bench.source(1000))
    with pytest.raises(RangeUnsatisfiable):
        await read(bench.vault, stored.key, offset=offset, length=length)


async def test_what_is_not_there_is_absent(bench: Bench) -> None:
    stored = await keep(bench.vault, bench.source(10))
    for key, version_id in ((new_key(), None), (stored.key, "f" * 32)):
        with pytest.raises(ObjectAbsent):
            await bench.vault.stat(key, version_id)
        with pytest.raises(ObjectAbsent):
            await read(bench.vault, key, version_id)
        with pytest.raises(ObjectAbsent):
            await bench.vault.verify(key, version_id, sha256_of(b""))


async def test_verifying_reads_the_bytes_and_not_the_claim(bench: Bench) -> None:
    source = bench.source(100_000)
    stored = await keep(bench.vault, source)
    seen = await bench.vault.verify(stored.key, stored.version_id, source.sha256)
    assert seen.intact
    assert (seen.actual_sha256, seen.size) == (source.sha256, 100_000)
    forged = bench.hand.overwrite(stored.key, b"forged")
    seen = await bench.vault.verify(stored.key, forged, source.sha256)
    assert not seen.intact
    assert seen.actual_sha256 == sha256_of(b"forged")


async def test_an_old_version_is_read_although_a_foreign_hand_overwrote_it(bench: Bench) -> None:
    source = bench.source(100)
    stored = await keep(bench.vault, source)
    bench.hand.overwrite(stored.key, b"forged")
    bench.hand.mark_deleted(stored.key)
    assert await read(bench.vault, stored.key, stored.version_id) == source.data
    with pytest.raises(ObjectAbsent):
        await bench.vault.stat(stored.key)


async def test_every_version_and_marker_is_listed_newest_first(bench: Bench) -> None:
    stored = await keep(bench.vault, bench.source(100))
    second = bench.hand.overwrite(stored.key, b"forged")
    marker = bench.hand.mark_deleted(stored.key)
    entries = [entry async for entry in bench.vault.versions(stored.key)]
    assert {(entry.version_id, entry.is_delete_marker, entry.is_newest) for entry in entries} == {
        (marker, True, True),
        (second, False, False),
        (stored.version_id, False, False),
    }


async def test_a_prefix_lists_every_key_below_it_and_no_other(bench: Bench) -> None:
    source = bench.source(1)
    first, other = new_key(), new_key()
    prefix = first.rpartition("/")[0] + "/"
    names = sorted(f"{prefix}{number:04d}" for number in range(30))
    await asyncio.gather(*(keep(bench.vault, source, key) for key in [*names, other]))
    assert [entry.key async for entry in bench.vault.versions(prefix)] == names


async def test_a_stream_that_is_left_early_does_no_harm(bench: Bench) -> None:
    source = make_source(bench.folder, 3 * 1024 * 1024)
    stored = await keep(bench.vault, source)
    for _ in range(40):
        async with bench.vault.open(stored.key) as stream:
            async for chunk in stream:
                assert source.data.startswith(chunk)
                break
    assert await read(bench.vault, stored.key) == source.data


async def test_a_vault_says_what_it_can_do(bench: Bench) -> None:
    found = await bench.vault.probe()
    assert found == bench.vault.capabilities
    assert found.verifies_checksums
    assert found.conditional_create
    assert found.conditional_complete
    assert found.versioning
    assert found.object_lock
    assert [entry async for entry in bench.vault.versions("probes/")] == []
    await bench.vault.ping()
