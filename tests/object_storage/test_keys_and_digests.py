"""Keys are made of random identifiers and read back; digests have one spelling."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.digest import (
    StreamingDigest,
    base64_to_hex,
    hex_to_base64,
    is_sha256,
    sha256_of,
    sha256_of_file,
    sha256_of_file_async,
)
from storage.errors import InvalidKey
from storage.keys import (
    LAST_POSITION,
    MAX_SEGMENT,
    AnchorKey,
    GivenFileKey,
    OriginalKey,
    PackageKey,
    QuarantineKey,
    RenditionKey,
    anchor_key,
    check_key,
    given_file_key,
    institution_prefixes,
    original_key,
    package_key,
    parse_key,
    quarantine_key,
    rendition_key,
    renditions_prefix,
)

NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,99}", fullmatch=True)
POSITIONS = st.integers(0, LAST_POSITION)


@given(st.uuids(), st.uuids(), st.uuids(), NAMES, POSITIONS)
def test_every_key_is_read_back_and_fits_every_store(
    institution: UUID, document: UUID, version: UUID, name: str, position: int
) -> None:
    pairs = (
        (original_key(institution, document, version), OriginalKey(institution, document, version)),
        (quarantine_key(institution, document, version), QuarantineKey(institution, document, version)),
        (rendition_key(institution, document, version, name), RenditionKey(institution, document, version, name)),
        (anchor_key(institution, position), AnchorKey(institution, position)),
        (package_key(institution, document, version), PackageKey(institution, document, version)),
        (given_file_key(institution, document, version), GivenFileKey(institution, document, version)),
    )
    for key, parts in pairs:
        assert parse_key(key) == parts
        assert check_key(key) == key
        assert all(0 < len(segment.encode()) <= MAX_SEGMENT for segment in key.split("/"))
        assert key.startswith(institution_prefixes(institution))
    assert rendition_key(institution, document, version, name).startswith(
        renditions_prefix(institution, document, version)
    )


@given(st.lists(st.tuples(st.uuids(), st.uuids(), st.uuids()), unique=True, min_size=2, max_size=5))
def test_different_versions_never_share_a_key(identities: list[tuple[UUID, UUID, UUID]]) -> None:
    keys = {build(*identity) for identity in identities for build in (original_key, quarantine_key)}
    assert len(keys) == 2 * len(identities)


@given(st.uuids(), POSITIONS, POSITIONS)
def test_anchors_sort_by_position(institution: UUID, first: int, second: int) -> None:
    assert (anchor_key(institution, first) < anchor_key(institution, second)) == (first < second)


@given(st.text(max_size=60))
def test_no_foreign_text_passes_for_a_key(text: str) -> None:
    with pytest.raises(InvalidKey):
        parse_key(text)


ONE = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "key",
    [
        f"originals/{ONE}/{ONE}",
        f"originals/{ONE}/{ONE}/{ONE}/{ONE}",
        f"originals/{ONE}/{ONE}/{ONE.upper().replace('0', 'A')}",
        f"originals/{{{ONE}}}/{ONE}/{ONE}",
        f"others/{ONE}/{ONE}/{ONE}",
        f"renditions/{ONE}/{ONE}/{ONE}",
        f"renditions/{ONE}/{ONE}/{ONE}/Иванов.webp",
        f"renditions/{ONE}/{ONE}/{ONE}/..",
        f"anchors/{ONE}/7",
        f"anchors/{ONE}/-0000000000000000007",
        f"/originals/{ONE}/{ONE}/{ONE}",
    ],
)
def test_a_key_spelt_otherwise_is_refused(key: str) -> None:
    with pytest.raises(InvalidKey):
        parse_key(key)


@pytest.mark.parametrize("name", ["", "Page.webp", "a/b", "..", "страница", "x" * 101])
def test_a_rendition_name_carries_nothing_personal(name: str) -> None:
    with pytest.raises(InvalidKey):
        rendition_key(UUID(ONE), UUID(ONE), UUID(ONE), name)


@pytest.mark.parametrize("position", [-1, LAST_POSITION + 1])
def test_an_anchor_has_a_position_within_the_digits_of_its_key(position: int) -> None:
    with pytest.raises(InvalidKey):
        anchor_key(UUID(ONE), position)


@given(st.binary(max_size=4096))
def test_both_spellings_of_a_digest_say_the_same(data: bytes) -> None:
    digest = sha256_of(data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert is_sha256(digest)
    assert base64_to_hex(hex_to_base64(digest)) == digest


@pytest.mark.parametrize("text", ["", "0" * 63, "A" * 64, "g" * 64, "0" * 64 + "\n"])
def test_what_is_no_digest_is_refused(text: str) -> None:
    assert not is_sha256(text)
    with pytest.raises(ValueError, match="SHA-256"):
        hex_to_base64(text)


@pytest.mark.parametrize("text", ["", "****", "AAAA"])
def test_what_is_no_digest_in_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        base64_to_hex(text)


@given(st.lists(st.binary(max_size=300), max_size=20))
async def test_a_stream_is_hashed_as_it_passes(chunks: list[bytes]) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    digest = StreamingDigest()
    assert [chunk async for chunk in digest.through(stream())] == chunks
    assert (digest.hex(), digest.size) == (sha256_of(b"".join(chunks)), sum(map(len, chunks)))


@pytest.mark.parametrize("size", [0, 1, 3 * 1024 * 1024 + 7])
async def test_a_file_is_hashed_in_pieces(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"q" * size)
    assert sha256_of_file(path) == (sha256_of(b"q" * size), size)
    assert await sha256_of_file_async(path) == sha256_of_file(path)
