"""The directory of a ZIP file, checked before any member is read, and its members, counted while they are read.

The directory is parsed here and not by a library, because what matters is what libraries forgive: entries that lie on
top of each other, two headers of one entry that disagree, sizes that lie (APPNOTE.TXT 6.3.10, sections 4.3 and 4.4).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_MARK, _END64_LOCATOR_MARK, _END64_MARK = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_CENTRAL_MARK, _LOCAL_MARK = b"PK\x01\x02", b"PK\x03\x04"

MAX_COMMENT = 0xFFFF
_MAX_DIRECTORY = 16 << 20
_SATURATED_16, _SATURATED_32 = 0xFFFF, 0xFFFFFFFF
_UTF8, _ENCRYPTED, _STRONG, _MASKED = 1 << 11, 1, 1 << 6, 1 << 13
_AES = 99
_STORED, _DEFLATED = 0, 8
_CHUNK = 1 << 16


class ArchiveError(Exception):
    """Base of what is wrong with a ZIP file."""


class BrokenArchive(ArchiveError):
    """The directory or a member cannot be read; `part` names what is wrong."""

    def __init__(self, *, part: str) -> None:
        super().__init__(f"The archive is damaged: {part}")
        self.part = part


class TooManyEntries(ArchiveError):
    """The directory says that it holds more entries than the limit; it was not read."""

    def __init__(self, *, entries: int) -> None:
        super().__init__(f"The archive has too many entries: {entries}")
        self.entries = entries


class LyingEntry(ArchiveError):
    """A member holds more bytes than it declares."""

    def __init__(self, *, name: str) -> None:
        super().__init__("An entry holds more bytes than it declares")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the directory."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    """Bytes, as declared."""
    size: int
    """Bytes after decompression, as declared."""
    offset: int
    """Of its local header, from the start of the file."""
    mode: int
    """Unix mode, 0 if there is none."""

    @property
    def is_folder(self) -> bool:
        """Whether the entry only names a folder."""
        return self.name.endswith("/") and self.size == 0

    @property
    def is_encrypted(self) -> bool:
        """Whether its content, or the directory's record of it, is encrypted."""
        return bool(self.flags & (_ENCRYPTED | _STRONG | _MASKED)) or self.method == _AES


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A directory that could be read; nothing of it has been believed yet."""

    entries: tuple[Entry, ...]
    start: int
    """Offset of the first record of the directory."""
    prefix: int
    """Bytes before the archive, 0 in an honest one."""
    trailing: int
    """Bytes behind the end record and its comment, 0 in an honest one."""

    @property
    def files(self) -> tuple[Entry, ...]:
        """The entries that are no folders."""
        return tuple(entry for entry in self.entries if not entry.is_folder)


def read_directory(file: BinaryIO, size: int, max_entries: int) -> Directory:
    """Read the directory of a ZIP file of `size` bytes.

    Raises:
        TooManyEntries: it announces more than `max_entries`, or more bytes than so many could need.
        BrokenArchive: there is none, or it contradicts itself.
    """
    count, length, offset, position, trailing = _find_end(file, size)
    if count > max_entries or length > _MAX_DIRECTORY:
        raise TooManyEntries(entries=count)
    start = position - length
    prefix = start - offset
    if prefix < 0:
        raise BrokenArchive(part="directory")
    file.seek(start)
    records = file.read(length)
    if len(records) != length:
        raise BrokenArchive(part="directory")
    entries = tuple(_entries(records, prefix, max_entries))
    if len(entries) != count:
        raise BrokenArchive(part="count")
    return Directory(entries=entries, start=start, prefix=prefix, trailing=trailing)


def find_end_record(tail: bytes) -> int:
    """Offset in `tail` of an end record whose comment fits into what follows it; -1 if there is none."""
    position = tail.rfind(_END_MARK)
    while position >= 0:
        if position + _END.size <= len(tail):
            comment = _END.unpack_from(tail, position)[7]
            if position + _END.size + comment <= len(tail):
                return position
        position = tail.rfind(_END_MARK, 0, position)
    return -1


def overlapping(file: BinaryIO, directory: Directory) -> Entry | None:
    """The first entry whose bytes reach into another entry or into the directory, or None.

    Raises:
        BrokenArchive: a local header is missing or names another file than the directory does.
    """
    ordered = sorted(directory.entries, key=lambda entry: entry.offset)
    limits = [*(entry.offset for entry in ordered), directory.start][1:]
    for entry, limit in zip(ordered, limits, strict=False):
        if _data_offset(file, entry) + entry.compressed > limit:
            return entry
    return None


def read_member(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """Blocks of a member, counted: not a byte more than declared is handed on.

    Raises:
        LyingEntry: there are more bytes than declared.
        BrokenArchive: the data is damaged, ends early, or is compressed in a way that is not read.
    """
    if entry.method not in {_STORED, _DEFLATED}:
        raise BrokenArchive(part="method")
    file.seek(_data_offset(file, entry))
    real, crc = 0, 0
    for block in _inflate(file, entry) if entry.method == _DEFLATED else _stored(file, entry.compressed):
        real += len(block)
        if real > entry.size:
            raise LyingEntry(name=entry.name)
        crc = zlib.crc32(block, crc)
        yield block
    if real != entry.size or crc != entry.crc:
        raise BrokenArchive(part="checksum")


def _find_end(file: BinaryIO, size: int) -> tuple[int, int, int, int, int]:
    """Entries, length and declared offset of the directory, where it ends, and bytes behind the archive."""
    base = max(0, size - MAX_COMMENT - _END.size)
    file.seek(base)
    tail = file.read(MAX_COMMENT + _END.size)
    at = find_end_record(tail)
    if at < 0:
        raise BrokenArchive(part="end")
    _, disk, first_disk, here, count, length, offset, comment = _END.unpack_from(tail, at)
    position = base + at
    trailing = size - position - _END.size - comment
    if _SATURATED_16 in {here, count} or _SATURATED_32 in {length, offset}:
        count, length, offset, position = _find_end64(file, position, (count, length, offset))
    elif disk or first_disk or here != count:
        raise BrokenArchive(part="disks")
    return count, length, offset, position, trailing


def _find_end64(file: BinaryIO, position: int, plain: tuple[int, int, int]) -> tuple[int, int, int, int]:
    located = _read_at(file, position - _END64_LOCATOR.size, _END64_LOCATOR.size)
    if len(located) != _END64_LOCATOR.size or not located.startswith(_END64_LOCATOR_MARK):
        return (*plain, position)
    where = _END64_LOCATOR.unpack(located)[2]
    record = _read_at(file, where, _END64.size)
    if len(record) != _END64.size or not record.startswith(_END64_MARK):
        raise BrokenArchive(part="end64")
    fields = _END64.unpack(record)
    return fields[7], fields[8], fields[9], where


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    if offset < 0:
        return b""
    try:
        file.seek(offset)
    except (OSError, OverflowError, ValueError):
        return b""
    return file.read(length)


def _entries(records: bytes, prefix: int, max_entries: int) -> Iterator[Entry]:
    position = 0
    for _ in range(max_entries):
        if position == len(records):
            return
        if len(records) - position < _CENTRAL.size or not records.startswith(_CENTRAL_MARK, position):
            raise BrokenArchive(part="record")
        fields = _CENTRAL.unpack_from(records, position)
        flags, method, crc, compressed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
        name_length, extra_length, comment_length = fields[10:13]
        offset = fields[16]
        name_at = position + _CENTRAL.size
        extra_at = name_at + name_length
        position = extra_at + extra_length + comment_length
        if position > len(records):
            raise BrokenArchive(part="record")
        raw = records[name_at:extra_at]
        size, compressed, offset = _widened(records[extra_at : extra_at + extra_length], size, compressed, offset)
        yield Entry(
            name=decode_name(raw, utf8=bool(flags & _UTF8)),
            raw_name=raw,
            flags=flags,
            method=method,
            crc=crc,
            compressed=compressed,
            size=size,
            offset=offset + prefix,
            mode=fields[15] >> 16,
        )
    if position != len(records):
        raise TooManyEntries(entries=max_entries + 1)


def decode_name(raw: bytes, *, utf8: bool) -> str:
    """The name of an entry; without the UTF-8 flag it is CP866, as Russian archivers for Windows write it.

    Some archivers forget the flag, so what reads as UTF-8 is taken for UTF-8.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if utf8 else raw.decode("cp866", "replace")


def _widened(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """The 64-bit values of the extra field, for those that did not fit into 32 bits."""
    values = [size, compressed, offset]
    wide = [index for index, value in enumerate(values) if value == _SATURATED_32]
    position = 0
    while wide and position + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, position)
        if tag == 1:
            if length < 8 * len(wide) or position + 4 + length > len(extra):
                raise BrokenArchive(part="zip64")
            for place, index in enumerate(wide):
                (values[index],) = struct.unpack_from("<Q", extra, position + 4 + 8 * place)
            break
        position += 4 + length
    return values[0], values[1], values[2]


def _data_offset(file: BinaryIO, entry: Entry) -> int:
    header = _read_at(file, entry.offset, _LOCAL.size + len(entry.raw_name))
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MARK):
        raise BrokenArchive(part="local header")
    name_length, extra_length = _LOCAL.unpack_from(header)[9:11]
    if header[_LOCAL.size :] != entry.raw_name or name_length != len(entry.raw_name):
        raise BrokenArchive(part="local name")
    return entry.offset + _LOCAL.size + int(name_length) + int(extra_length)


def _stored(file: BinaryIO, length: int) -> Iterator[bytes]:
    rest = length
    while rest:
        block = file.read(min(_CHUNK, rest))
        if not block:
            raise BrokenArchive(part="short")
        rest -= len(block)
        yield block


def _inflate(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for block in _stored(file, entry.compressed):
            pending = block
            while pending or inflater.unconsumed_tail:
                yield inflater.decompress(pending, _CHUNK)
                pending = inflater.unconsumed_tail
            if inflater.eof:
                return
        yield inflater.flush()
    except zlib.error as error:
        raise BrokenArchive(part="deflate") from error
