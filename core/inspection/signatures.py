"""What a file is, by its content: the table that decides. libmagic is asked for a second opinion only."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from core.inspection import media_types as types

HEAD = 4096
"""Bytes from the start of a file that this module wants to see."""

_FIXED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", types.PDF),
    (b"\xff\xd8\xff", types.JPEG),
    (b"\x89PNG\r\n\x1a\n", types.PNG),
    (b"II*\x00", types.TIFF),
    (b"MM\x00*", types.TIFF),
    (b"II+\x00\x08\x00\x00\x00", types.TIFF),
    (b"MM\x00+\x00\x08\x00\x00", types.TIFF),
    (b"PK\x03\x04", types.ZIP),
    (b"PK\x05\x06", types.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", types.OLE),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"{\\rtf", "application/rtf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"Rar!\x1a\x07", "application/x-rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
)
_RIFF = {b"WEBP": types.WEBP, b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"heic": types.HEIC,
    b"heix": types.HEIC,
    b"mif1": types.HEIF,
    b"msf1": "image/heic-sequence",
    b"hevc": "image/heic-sequence",
    b"hevx": "image/heic-sequence",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_MP4_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"dash",
    b"3gp",
    b"MSNV",
)
_MPEG_AUDIO = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")

_EXECUTABLE = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"dex\n03",
    b"\x00asm",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",
    b"ITSF\x03\x00\x00\x00",
    b"!<arch>\n",
    b"\xed\xab\xee\xdb",
)
"""ELF, Mach-O, Java, Dalvik, WebAssembly, scripts, shortcuts, compiled help, Debian and RPM packages."""
_MARKUP = re.compile(
    rb"(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}\?>\s*)*"
    rb"<(?:!doctype\s+(?:html|svg)|html|head|body|script|iframe|object|embed|meta|link|style|svg|table|a\s|img|title"
    rb"|\?php|\?=|%|h1|div|p>|br|form|hta:)",
    re.IGNORECASE | re.DOTALL,
)
_BATCH = re.compile(
    rb"@?echo\s+off\b|powershell(?:\.exe)?\s|\[InternetShortcut\]|Windows Registry Editor", re.IGNORECASE
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\x0c\x1a")
_CMS_OID = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_ARMOUR = re.compile(rb"-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA|SIGNED MESSAGE)-----")
_BASE64_CMS = re.compile(rb"MI[A-Za-z0-9+/]{10,}[A-Za-z0-9+/=\s]*\Z")
_BASE64_OID = (b"BgkqhkiG9w0BBwK", b"GCSqGSIb3DQEHAq", b"YJKoZIhvcNAQcC")
_PDF_HEADER_WITHIN = 1024
_ASCII_END = 0x80
_WINDOWS_LETTERS = frozenset(range(0xC0, 0x100)) | frozenset(b"\xa8\xb8\xab\xbb\xb9\x96\x97\xa0")
_DOS_LETTERS = frozenset(range(0x80, 0xB0)) | frozenset(range(0xE0, 0xF2)) | {0xFC}
_MOST_LETTERS, _LEAST_ASCII, _SHORT = 0.98, 0.1, 64
_TAR_MAGIC = 257


@dataclass(frozen=True, slots=True)
class Detection:
    """What the head of a file says."""

    media_type: str
    executable: bool = False
    """A program, a script or a page for a browser."""
    shifted: int = 0
    """Bytes before the header of a PDF."""


def detect(head: bytes, extension: str) -> Detection:
    """Name the media type of a file by its first `HEAD` bytes.

    `extension` only tells kinds of plain text apart, which have no signature of their own.
    """
    if _is_program(head, extension) or _is_markup(head):
        return Detection(types.UNKNOWN, executable=True)
    media_type = _by_signature(head)
    if media_type is not None:
        return Detection(media_type)
    shift = head.find(b"%PDF-", 0, _PDF_HEADER_WITHIN + 5)
    if shift > 0:
        return Detection(types.PDF, shifted=shift)
    return Detection(_by_text(head, extension))


def is_encrypted_office(content: bytes) -> bool:
    """Whether the sectors of an OLE2 container name the streams of an encrypted Office file (MS-OFFCRYPTO 2.3)."""
    return "EncryptedPackage".encode("utf-16-le") in content


def _is_program(head: bytes, extension: str) -> bool:
    if head.startswith(b"MZ"):
        return not (extension in types.EXTENSIONS[types.TEXT] | types.EXTENSIONS[types.CSV] and _decodes(head))
    return head.startswith(_EXECUTABLE)


def _is_markup(head: bytes) -> bool:
    text = head
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            text = head[len(mark) :].decode(encoding, "ignore").encode()
    text = text.lstrip(b"\x00\t\n\x0b\x0c\r \xa0")
    return bool(_MARKUP.match(text) or _BATCH.match(text))


def _by_signature(head: bytes) -> str | None:
    for signature, media_type in _FIXED:
        if head.startswith(signature):
            return media_type
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return next((media_type for looks_so, media_type in _SHAPES if looks_so(head)), None)


def _by_brand(head: bytes) -> str | None:
    brand = head[8:12]
    (size,) = struct.unpack(">I", head[:4])
    compatible = head[16 : min(size, 256)]
    if brand == b"mif1":
        if b"heic" in compatible or b"heix" in compatible:
            return types.HEIC
        return "image/avif" if b"avif" in compatible else types.HEIF
    if brand in _BRANDS:
        return _BRANDS[brand]
    return "video/mp4" if brand.startswith(_MP4_BRANDS) else None


def _is_cms(head: bytes) -> bool:
    if head.startswith(b"0") and _CMS_OID in head[:24]:
        return True
    text = head.lstrip()
    if _ARMOUR.match(text):
        return True
    compact = b"".join(text[:200].split())
    return bool(_BASE64_CMS.match(text)) and any(oid in compact[:60] for oid in _BASE64_OID)


_SHAPES: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64], "video/webm"),
    (lambda head: head.startswith(b"\x1aE\xdf\xa3"), "video/x-matroska"),
    (lambda head: head.startswith(b"BM") and head[6:10] == b"\0\0\0\0", "image/bmp"),
    (lambda head: head.startswith(_MPEG_AUDIO), "audio/mpeg"),
    (lambda head: head[_TAR_MAGIC : _TAR_MAGIC + 5] == b"ustar", "application/x-tar"),
    (_is_cms, types.SIGNATURE),
)


def _by_text(head: bytes, extension: str) -> str:
    if not _decodes(head):
        return types.UNKNOWN
    stripped = head.lstrip(b"\xef\xbb\xbf\t\r\n ")
    if stripped.startswith(b"<?xml"):
        return "application/xml"
    for media_type in (types.CSV, "application/json"):
        if extension in types.EXTENSIONS[media_type]:
            return media_type
    return types.TEXT


def _decodes(head: bytes) -> bool:
    """Whether it reads as text: UTF-8, UTF-16 with its mark, or a Cyrillic code page without control characters."""
    for mark, encoding in _BOMS[1:]:
        if head.startswith(mark):
            try:
                text = head[2 : len(head) & ~1].decode(encoding)
            except UnicodeDecodeError:
                return False
            return not any(ord(character) in _CONTROL for character in text)
    if not _CONTROL.isdisjoint(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 3 and len(head) == HEAD:
            return True
        return _looks_cyrillic(head)
    return True


def _looks_cyrillic(head: bytes) -> bool:
    """Windows-1251 and CP866 give every byte a meaning, so most letters above ASCII must be letters of theirs."""
    high = [byte for byte in head if byte >= _ASCII_END]
    windows = sum(byte in _WINDOWS_LETTERS for byte in high)
    dos = sum(byte in _DOS_LETTERS for byte in high)
    mixed = len(head) - len(high) > len(head) * _LEAST_ASCII or len(head) < _SHORT
    return mixed and max(windows, dos) >= _MOST_LETTERS * len(high)
