"""The directory of a ZIP file as it is read by hand."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inspection.archives import (
    BrokenArchive,
    Directory,
    LyingEntry,
    TooManyEntries,
    decode_name,
    read_directory,
    read_member,
)
from tests.inspection import samples


def directory_of(content: bytes, limit: int = 1_000) -> tuple[io.BytesIO, Directory]:
    file = io.BytesIO(content)
    return file, read_directory(file, len(content), limit)


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1), st.binary()))
def test_an_honest_archive_is_read_as_the_library_reads_it(members: dict[str, bytes]) -> None:
    content = samples.archive(members)
    file, directory = directory_of(content)
    with zipfile.ZipFile(io.BytesIO(content)) as read:
        expected = {info.filename: (info.file_size, info.compress_size) for info in read.infolist()}
    assert {entry.name: (entry.size, entry.compressed) for entry in directory.entries} == expected
    assert {entry.name: b"".join(read_member(file, entry)) for entry in directory.entries} == members
    assert (directory.prefix, directory.trailing) == (0, 0)


def test_a_64_bit_archive_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written, written.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"content")
    file, directory = directory_of(target.getvalue())
    assert b"".join(read_member(file, directory.entries[0])) == b"content"


def test_the_64_bit_end_record_is_believed_for_what_does_not_fit() -> None:
    whole = samples.archive({"a.txt": b"x", "b.txt": b"y"})
    end = whole.rindex(b"PK\x05\x06")
    length, offset = struct.unpack_from("<2L", whole, end + 12)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, length, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    saturated = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    _, directory = directory_of(whole[:end] + record + locator + saturated)
    assert [entry.name for entry in directory.entries] == ["a.txt", "b.txt"]


def test_a_directory_that_announces_too_much_is_not_read() -> None:
    with pytest.raises(TooManyEntries):
        directory_of(samples.archive({"a": b"", "b": b""}), limit=1)


def test_a_member_that_lies_about_its_size_is_stopped_at_that_size() -> None:
    file, directory = directory_of(samples.lying_archive())
    with pytest.raises(LyingEntry):
        list(read_member(file, directory.entries[0]))


@pytest.mark.parametrize("cut", [1, 10, 22, 60])
def test_an_archive_without_its_end_is_broken(cut: int) -> None:
    with pytest.raises(BrokenArchive):
        directory_of(samples.archive({"a.txt": b"content"})[:-cut])


@pytest.mark.parametrize(
    ("raw", "utf8", "name"),
    [
        ("Скан.pdf".encode("cp866"), False, "Скан.pdf"),
        ("Скан.pdf".encode(), False, "Скан.pdf"),
        ("Скан.pdf".encode(), True, "Скан.pdf"),
        (b"scan.pdf", False, "scan.pdf"),
        (b"\xff.pdf", True, "\ufffd.pdf"),
    ],
)
def test_names_without_the_utf8_flag_are_cp866(raw: bytes, utf8: bool, name: str) -> None:  # noqa: FBT001
    assert decode_name(raw, utf8=utf8) == name


@given(st.binary(max_size=300), st.integers(0, 500), st.integers(0, 255))
def test_hostile_bytes_end_in_a_reason(noise: bytes, position: int, value: int) -> None:
    content = bytearray(samples.archive({"a.txt": b"content" * 20, "b.txt": b"other"}) + noise)
    content[position % len(content)] = value
    try:
        file, directory = directory_of(bytes(content))
        for entry in directory.entries:
            list(read_member(file, entry))
    except (BrokenArchive, TooManyEntries, LyingEntry):
        pass
